"""Exercise: how often an attack succeeds.

Check `attack_success(before, after)`: a share, from 0 to 1.

`before` and `after` are [text], True where the classifier is right: about the text as it was, and as the attacker made
it. The attack succeeds where a right answer becomes wrong. Return its share of the texts that could be attacked: those
that were right before. At least one was.
"""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Bool
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, always, mistake, truth

Right = Bool[Tensor, "text"]


def success(
    before: Right,
    after: Right,
    *,
    turned: Callable = lambda before, after: (before & ~after).sum(),
    among: Callable = lambda before, after: before.sum(),
) -> float:
    """The texts that turned from right to wrong, of those that were right. The keywords are the switches."""
    return float(turned(before, after) / among(before, after))


def probes(seed: int) -> Probes:
    """Some that were wrong before, and stay so or turn right; strong and weak attacks."""
    draws = Draws(seed)

    def of(says: str, n: int, was_right: float, stays: float) -> Probe:
        before, after = draws.uniform(n) < was_right, draws.uniform(n) < stays
        ends = torch.tensor([[True, True], [True, False], [True, True], [False, True], [False, False], [False, False]])
        return Probe(says, (torch.cat([ends[:, 0], before]), torch.cat([ends[:, 1], after])))

    return (
        of("for a classifier that is often right", 33, 0.8, 0.6),
        of("for a classifier that is often wrong", 23, 0.4, 0.5),
        of("for an attack that hardly ever succeeds", 41, 0.7, 0.95),
    )


def _is_a_share(args: tuple, result: Any) -> bool:
    return -1e-9 <= float(result) <= 1 + 1e-9


def _what_was_wrong_does_not_count(solve: Callable, probes: Probes) -> bool:
    for probe in probes:
        before, after = probe.args
        more = torch.zeros(5, dtype=torch.bool)
        (plain,) = solve(before, after)
        for others in (more, ~more):
            (with_more,) = solve(torch.cat([before, more]), torch.cat([after, others]))
            if abs(float(plain) - float(with_more)) > 1e-6:
                return False
    return True


MISCONCEPTIONS = (
    mistake("wrong-after", turned=lambda before, after: (~after).sum())
    .says("You counted every text that is wrong after the attack.")
    .asks("Some were wrong before anybody touched them. Did the attack do that?"),
    mistake("changed", turned=lambda before, after: (before != after).sum())
    .says("You counted every answer that changed, also those from wrong to right.")
    .asks("A wrong answer became right by a swap. Is the attacker pleased?"),
    mistake("difference", turned=lambda before, after: before.sum() - after.sum())
    .says("You took the number right before less the number right after.")
    .asks("Two answers became wrong, and two others right. What is your number then?"),
    mistake("survived", turned=lambda before, after: (before & after).sum())
    .says("That is the share that the attack did not turn.")
    .asks("If no attack succeeds, what should come out?"),
    mistake("of-all", among=lambda before, after: len(before))
    .says("You divided by the number of all texts.")
    .asks("About how many texts was the classifier right, so that there was something to turn?"),
    mistake("of-wrong-after", among=lambda before, after: (~after).sum())
    .says("You divided by the number of texts that are wrong after the attack.")
    .asks("If a single text is attacked, and turned, and another had been wrong all along: which share is it?"),
    mistake("counted", among=lambda before, after: 1)
    .says("You returned how many texts turned, not which share.")
    .asks("By what must the count be divided?"),
)

ATTACK_SUCCESS = Exercise(
    id="attack_success",
    title="How often an attack succeeds",
    family=success,
    returns={"share": ""},
    probes=probes,
    examples=(
        (torch.tensor([True, True, False]), torch.tensor([True, False, False])),
        (torch.tensor([True, True, True, False]), torch.tensor([False, True, True, True])),
        (torch.tensor([True, False]), torch.tensor([True, False])),
    ),
    properties=(
        always("no-share", _is_a_share)
        .right("It is a share, from 0 to 1.")
        .says("Your number is no share from 0 to 1.")
        .asks("How many texts can an attack turn at the most?"),
        truth("wrong-ones-count", _what_was_wrong_does_not_count)
        .right("More texts that were wrong before change nothing.")
        .says("If there are more texts that were wrong before, your number changes.")
        .asks("Which texts can an attack succeed on, and are others in your count, or in what you divide by?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
