"""Exercise: how wrong is an alignment?

Check `alignment_error_rate(found, sure, possible)`: one number from 0 to 1.

Each is a set of links (i, j): word i of the source belongs to word j of the translation. `sure` are the links that must
be found, `possible` those that may be; every sure link is a possible one as well. 0 is an alignment that has all sure
links and none that is not possible.
"""

from collections.abc import Callable

from lmkit.check.bank import Exercise, Probe, Probes, always, mistake, truth

Links = set[tuple[int, int]]


def error_rate(
    found: Links,
    sure: Links,
    possible: Links,
    *,
    agreed: Callable = lambda found, sure, possible: len(found & sure) + len(found & possible),
    all_of: Callable = lambda found, sure, possible: len(found) + len(sure),
    turn: Callable = lambda share: 1 - share,
) -> float:
    """1 - (|A and S| + |A and P|) / (|A| + |S|). The keywords are the switches."""
    return turn(agreed(found, sure, possible) / all_of(found, sure, possible))


def probes(seed: int) -> Probes:
    """Perfect, with a link too many, with one too few, with a possible one, and with everything wrong."""
    shift = seed % 3
    sure = {(i, i + shift) for i in range(4)}
    possible = sure | {(0, 1 + shift), (2, 3 + shift), (4, 4 + shift)}
    few, more = {(0, shift), (1, shift)}, {(0, shift), (1, shift), (1, 1 + shift), (2, 5), (3, 5)}
    return (
        Probe("for an alignment with possible links", (sure | {(0, 1 + shift)}, sure, possible)),
        Probe("for links that are wrong", ({*list(sure)[:2], (9, 2), (7, 3), (8, 1)}, sure, possible)),
        Probe("when sure links are missing", (set(sorted(sure)[:1]), sure, possible)),
        Probe("for both", ({(0, shift), (2, 3 + shift), (4, 4 + shift), (5, 0)}, sure, possible)),
        Probe("when all is wrong", ({(9, 9), (8, 9)}, sure, possible)),
        Probe("for the sure links alone", (set(few), few, more)),
    )


def _lies_between_0_and_1(args: tuple, result: object) -> bool:
    return -1e-9 <= float(result) <= 1 + 1e-9


def _sure_links_make_no_error(solve: Callable, probes: Probes) -> bool:
    return all(abs(float(solve(set(sure), sure, possible)[0])) < 1e-6 for _, sure, possible in (p.args for p in probes))


def _possible_links_cost_nothing(solve: Callable, probes: Probes) -> bool:
    _, sure, possible = probes[0].args
    return abs(float(solve(set(possible), sure, possible)[0])) < 1e-6


MISCONCEPTIONS = (
    mistake("sure-forgotten", agreed=lambda found, sure, possible: len(found & possible))
    .says("The sure links that were found do not count.")
    .asks("What lowers the error when a sure link is found that was missing?"),
    mistake("possible-forgotten", agreed=lambda found, sure, possible: len(found & sure))
    .says("The possible links that were found do not count.")
    .asks("The sure links alone were found. How often must they count above the line, if twice that stands below?"),
    mistake("sure-twice", agreed=lambda found, sure, possible: 2 * len(found & sure))
    .says("A possible link counts as wrong: you compared with the sure links both times.")
    .asks("Is it an error to find a link that is possible?"),
    mistake("divided-by-the-possible", all_of=lambda found, sure, possible: len(found) + len(possible))
    .says("You divided by the possible links, too, where the sure ones belong.")
    .asks("Must an alignment have all possible links, to be without error?"),
    mistake("divided-by-found", all_of=lambda found, sure, possible: 2 * len(found))
    .says("You divided by twice the links that were found: a missing link costs nothing.")
    .asks("Somebody finds one link only, and it is sure. Is the alignment perfect?"),
    mistake("divided-by-sure", all_of=lambda found, sure, possible: 2 * len(sure))
    .says("You divided by twice the sure links: a link too many costs nothing.")
    .asks("Somebody links every word with every other. What does your number say?"),
    mistake("not-turned", turn=lambda share: share)
    .says("You gave how right it is, not how wrong.")
    .asks("What should come out for a perfect alignment?"),
)

ALIGNMENT_ERROR_RATE = Exercise(
    id="alignment_error_rate",
    title="Which word belongs to which?",
    family=error_rate,
    returns={"error rate": ""},
    probes=probes,
    examples=(
        ({(0, 0)}, {(0, 0)}, {(0, 0)}),
        ({(0, 0)}, {(0, 0), (1, 1)}, {(0, 0), (1, 1)}),
        ({(0, 0), (0, 1)}, {(0, 0)}, {(0, 0), (0, 1)}),
        ({(0, 0), (5, 5)}, {(0, 0)}, {(0, 0)}),
        ({(0, 1), (2, 0)}, {(0, 1), (1, 2)}, {(0, 1), (1, 2), (2, 2)}),
        ({(0, 1), (2, 2), (3, 3)}, {(0, 1), (1, 0)}, {(0, 1), (1, 0), (2, 2)}),
    ),
    properties=(
        always("not-between-0-and-1", _lies_between_0_and_1)
        .right("It lies between 0 and 1.")
        .says("Somewhere your number is below 0 or above 1.")
        .asks("How large can the count above the line become, compared with the one below it?"),
        truth("sure-is-not-0", _sure_links_make_no_error)
        .right("The sure links alone make no error.")
        .says("The sure links alone do not come out at 0.")
        .asks("All that is found is sure, and so possible as well. How much stands above the line then?"),
        truth("possible-costs", _possible_links_cost_nothing)
        .right("All sure and all possible links together make no error.")
        .says("With all sure and all possible links, your number is not 0.")
        .asks("Does a link that is possible only stand above the line, or below it, or both?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
