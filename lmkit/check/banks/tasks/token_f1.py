"""Exercise: how far does an answer agree with the right one?

Check `token_f1(answer, right)`: one number from 0 to 1.

Both are lists of words, such as ["the", "red", "kite"], in lower case and without punctuation already; neither is
empty. A word that both have counts as often as both have it. Where they share nothing, the number is 0.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from lmkit.check.bank import Exercise, Probe, Probes, always, mistake, truth

Words = Sequence[str]


def harmonic(precision: float, recall: float) -> float:
    """The harmonic mean, 0 where both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def f1(
    answer: Words,
    right: Words,
    *,
    shared: Callable = lambda answer, right: (Counter(answer) & Counter(right)).total(),
    sizes: Callable = lambda answer, right: (len(answer), len(right)),
    mean: Callable = harmonic,
) -> float:
    """The harmonic mean of precision and recall. The keywords are the switches."""
    both = shared(answer, right)
    said, wanted = sizes(answer, right)
    return mean(both / said, both / wanted)


def side_by_side(answer: Words, right: Words) -> int:
    """How many words stand at the same place in both."""
    return sum(one == other for one, other in zip(answer, right, strict=False))


def probes(seed: int) -> Probes:
    """Answers that are too long, too short, in another order, with a word twice, and wrong."""
    end = ["kitchen", "garden", "park"][seed % 3]
    return (
        Probe("for an answer that says too much", (["in", "the", "old", end, "now"], ["the", end])),
        Probe("for an answer that says too little", ([end], ["in", "the", end])),
        Probe("for the same words in another order", (["zoe", "and", "tom", end], ["tom", "and", "zoe"])),
        Probe("for a word that stands twice", (["the", "the", "the", end], ["the", end, "by", "the", "lake", "lake"])),
        Probe("for an answer that shares nothing", (["tom"], ["zoe", end])),
        Probe("for the right answer, a word of which stands twice", (["a", end, "a"], ["a", end, "a"])),
    )


def _lies_between_0_and_1(args: tuple, result: object) -> bool:
    return 0 <= float(result) <= 1 + 1e-9


def _is_the_same_from_both_sides(solve: Callable, probes: Probes) -> bool:
    return all(
        abs(float(solve(*probe.args)[0]) - float(solve(*reversed(probe.args))[0])) < 1e-6 for probe in probes[:4]
    )


def _the_right_answer_has_1(solve: Callable, probes: Probes) -> bool:
    return all(abs(float(solve(right, right)[0]) - 1) < 1e-6 for _, right in (probe.args for probe in probes))


MISCONCEPTIONS = (
    mistake("sets", shared=lambda answer, right: len(set(answer) & set(right)))
    .says("You counted each shared word once, even where both have it twice.")
    .asks("Both answers are 'a kite a'. How many words do they share, and how many has each?"),
    mistake("not-clipped", shared=lambda answer, right: sum(word in right for word in answer))
    .says("You counted a word of the answer as often as the answer has it.")
    .asks("Somebody answers 'the the the the'. How many of these four words does 'the kite' pay for?"),
    mistake("by-place", shared=side_by_side)
    .says("You compared the words place by place.")
    .asks("How many words do 'the red kite' and 'red kite' share?"),
    mistake("different-words", sizes=lambda answer, right: (len(set(answer)), len(set(right))))
    .says("You divided by how many different words there are.")
    .asks("How many words has 'the the kite'?"),
    mistake("precision-alone", mean=lambda precision, recall: precision)
    .says("You gave the precision alone.")
    .asks("Somebody answers with one word where five are wanted, and it is one of them. Is that a perfect answer?"),
    mistake("recall-alone", mean=lambda precision, recall: recall)
    .says("You gave the recall alone.")
    .asks("Somebody answers with the whole story. Is that a perfect answer?"),
    mistake("plain-mean", mean=lambda precision, recall: (precision + recall) / 2)
    .says("You took the plain mean of precision and recall.")
    .asks("Somebody answers with the whole story: recall 1, precision 0.01. What does your mean say?"),
    mistake("jaccard", mean=lambda precision, recall: harmonic(precision, recall) / (2 - harmonic(precision, recall)))
    .says("You divided what both have by what either has. That is the measure of Jaccard.")
    .asks("All is right that was said, and half of what is right was said. What is the harmonic mean of 1 and a half?"),
    mistake("not-doubled", mean=lambda precision, recall: harmonic(precision, recall) / 2)
    .says("The factor 2 of the harmonic mean is missing.")
    .asks("What should come out where precision and recall are both 1?"),
)

TOKEN_F1 = Exercise(
    id="token_f1",
    title="Half right",
    family=f1,
    returns={"F1": ""},
    probes=probes,
    examples=(
        (["kite"], ["kite"]),
        (["the", "kite"], ["kite"]),
        (["kite"], ["the", "kite"]),
        (["a", "a"], ["a"]),
        (["a", "a"], ["a", "a"]),
        (["red", "kite"], ["kite", "red"]),
        (["red", "big", "kite"], ["big", "red"]),
    ),
    properties=(
        always("not-between-0-and-1", _lies_between_0_and_1)
        .right("It lies between 0 and 1.")
        .says("Somewhere your number is below 0 or above 1.")
        .asks("Can an answer share more words than it has?"),
        truth("sides-matter", _is_the_same_from_both_sides)
        .right("It is the same when the two answers change places.")
        .says("Your number changes when the two answers change places.")
        .asks("What becomes of precision and recall when the two change places?"),
        truth("right-is-not-1", _the_right_answer_has_1)
        .right("The right answer has 1.")
        .says("The right answer itself does not get 1.")
        .asks("How many words does an answer share with itself?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
