"""Exercise: how many pieces of a translation stand in the reference? The heart of BLEU.

Check `clipped_precision(written, reference, n)`: one number from 0 to 1.

`written` and `reference` are lists of words, with at least n each. A piece is n words in a row. A piece that was
written counts as often as the reference has it, and no more often.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from lmkit.check.bank import Exercise, Probe, Probes, always, mistake, truth

Words = Sequence[str]


def pieces(words: Words, n: int) -> list[tuple[str, ...]]:
    """All n words in a row."""
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]


def clip(written: Counter, reference: Counter) -> int:
    """How many pieces both have, each as often as both have it."""
    return (written & reference).total()


def precision(
    written: Words,
    reference: Words,
    n: int,
    *,
    cut: Callable = pieces,
    match: Callable = clip,
    all_of: Callable = lambda written, reference: written.total(),
    key: Callable = lambda piece: piece,
) -> float:
    """The share of the written pieces that the reference has. The keywords are the switches."""
    ours, theirs = (Counter(map(key, cut(words, n))) for words in (written, reference))
    return match(ours, theirs) / all_of(ours, theirs)


def cut_apart(words: Words, n: int) -> list[tuple[str, ...]]:
    """Pieces that do not overlap."""
    return [tuple(words[i : i + n]) for i in range(0, len(words) - n + 1, n)]


def probes(seed: int) -> Probes:
    """One word said again and again; pieces of two and of three; a shorter text; words in another order."""
    end = ["kite", "drum", "boat"][seed % 3]
    reference = ["zoe", "gave", "the", end, "to", "the", "boy", "and", "the", end, "was", "gone"]
    return (
        Probe("for one word again and again", (["the"] * 7, reference, 1)),
        Probe("for pairs", (f"tom gave the {end} to the {end} and the {end} the {end}".split(), reference, 2)),
        Probe("for three in a row", (reference[:5] + ["a", "boy", "and", "the", end], reference, 3)),
        Probe("for a short text", (["the", end], reference, 2)),
        Probe("for another order", ([end, "the", "gave", "zoe", "to", "the", "boy"], reference, 2)),
        Probe("for a text that is longer than the reference", (reference, reference[2:7], 2)),
        Probe("for words that run together", (["no", "where", "to", "go"], ["now", "here", "to", "go", end], 2)),
    )


def _lies_between_0_and_1(args: tuple, result: object) -> bool:
    return 0 <= float(result) <= 1 + 1e-9


def _the_reference_has_1(solve: Callable, probes: Probes) -> bool:
    texts = [probe.args[1] for probe in probes]
    return all(abs(float(solve(text, text, n)[0]) - 1) < 1e-6 for text in texts for n in (1, 2, 3))


def _a_foreign_word_costs(solve: Callable, probes: Probes) -> bool:
    _, reference, _ = probes[1].args
    return float(solve([*reference, "xyz"], reference, 1)[0]) < float(solve(reference, reference, 1)[0]) - 1e-6


MISCONCEPTIONS = (
    mistake("not-clipped", match=lambda ours, theirs: sum(n for piece, n in ours.items() if piece in theirs))
    .says("Nothing is clipped: a piece counts as often as it was written.")
    .asks("Somebody translates everything as 'the the the the'. What does your number say?"),
    mistake("counted-once", match=lambda ours, theirs: len(ours.keys() & theirs.keys()))
    .says("You counted each piece once, however often both have it.")
    .asks("The reference has 'the kite' twice, and so has the translation. How many of its pieces are right?"),
    mistake("recall", all_of=lambda ours, theirs: theirs.total())
    .says("You divided by the pieces of the reference: that is recall.")
    .asks("Precision asks: of what was 'written', how much is right? By what must you divide?"),
    mistake("different-pieces", all_of=lambda ours, theirs: len(ours))
    .says("You divided by how many different pieces were written.")
    .asks("How many pieces of one word does 'the the the' have?"),
    mistake("last-piece-missing", cut=lambda words, n: pieces(words, n)[:-1] or pieces(words, n))
    .says("You left out the last piece.")
    .asks("How many pieces of two does a text of four words have, and how many times does your loop run?"),
    mistake("cut-apart", cut=cut_apart)
    .says("Your pieces do not overlap.")
    .asks("Which three pieces of two words does 'zoe gave the kite' have?"),
    mistake("order-ignored", key=lambda piece: tuple(sorted(piece)))
    .says("Within a piece you ignored the order.")
    .asks("Is 'the kite' the same piece as 'kite the'?"),
    mistake("glued", key="".join)
    .says("You glued the words of a piece together, so that their edges are lost.")
    .asks("Are 'no where' and 'now here' the same piece?"),
)

CLIPPED_PRECISION = Exercise(
    id="clipped_precision",
    title="Pieces of a translation",
    family=precision,
    returns={"precision": ""},
    probes=probes,
    examples=(
        (["a", "a"], ["a"], 1),
        (["a", "a", "b"], ["a", "a"], 1),
        (["a"], ["a", "b"], 1),
        (["b", "a"], ["a", "b"], 2),
        (["a", "b", "c"], ["a", "b", "d"], 2),
        (["no", "where"], ["now", "here"], 2),
        (["a", "b", "c", "d"], ["b", "c", "d"], 2),
        (["a", "b", "a", "b"], ["a", "b", "a", "b", "c"], 2),
    ),
    properties=(
        always("not-between-0-and-1", _lies_between_0_and_1)
        .right("It lies between 0 and 1.")
        .says("Somewhere your number is below 0 or above 1.")
        .asks("Can more pieces be right than were written?"),
        truth("reference-is-not-1", _the_reference_has_1)
        .right("The reference itself has 1.")
        .says("The reference itself does not get 1.")
        .asks("Which of its own pieces does the reference not have?"),
        truth("foreign-word-is-free", _a_foreign_word_costs)
        .right("A word that the reference does not have lowers it.")
        .says("A word that the reference does not have costs nothing.")
        .asks("Does your number know how much was written?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
