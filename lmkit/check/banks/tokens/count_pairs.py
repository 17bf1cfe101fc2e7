"""Exercise: count which tokens stand side by side in a corpus."""

import string
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from lmkit.check.exercise import Exercise, Misconception, Probe, Property, Twin
from lmkit.check.judging import judge
from lmkit.check.kinds import COUNTS
from lmkit.check.properties import Probes, on_every_probe
from lmkit.check.report import Report

Word = tuple[bytes, ...]
Pair = tuple[bytes, bytes]


def count(
    words: dict[Word, int],
    *,
    frequency: Callable = lambda times: times,
    texts: Callable = dict.items,
    pairs: Callable = pairwise,
    key: Callable = lambda pair: pair,
    update: Callable = lambda before, times: before + times,
) -> dict:
    """How often each two tokens stand side by side within a word. The keywords are the switches."""
    counts = {}
    for tokens, times in texts({word: frequency(times) for word, times in words.items()}):
        for pair in map(key, pairs(tokens)):
            counts[pair] = update(counts.get(pair, 0), times)
    return counts


def written_out(words: dict[Word, int]) -> list[tuple[Word, int]]:
    """The corpus as one long word, each word as often as it occurs."""
    return [(sum((word * times for word, times in words.items()), ()), 1)]


def never_reset(words: dict[Word, int]) -> list[tuple[Word, int]]:
    """Each word with the last token of the word before it in front."""
    befores = [(), *(word[-1:] for word in words)]
    return [(before + word, times) for before, (word, times) in zip(befores, words.items(), strict=False)]


def without_overlap(tokens: Iterable[bytes]) -> list[Pair]:
    """The pairs, but in a row of equal tokens only every other one."""
    kept, free = [], True
    for left, right in pairwise(tokens):
        free = not (free and kept and kept[-1] == (left, right) and left == right)
        if free:
            kept.append((left, right))
    return kept


def spelled(words: dict[str, int]) -> dict[Word, int]:
    """Words written with a dot between their tokens, and their frequencies."""
    return {tuple(word.encode().split(b".")): times for word, times in words.items()}


def probes(seed: int) -> Probes:
    """Words in which nothing repeats; then repeats, rows of one letter, tokens of several bytes; long rare words."""
    plain = spelled({"t.h.e": 5 + seed, "t.h.i.n.g": 2, "h.i.t": 3, "a": 7})
    rows = spelled({"b.a.n.a.n.a": 2 + seed, "a.a.a.a.n": 3, "n.a.n": 4, "b": 6})
    merged = spelled({"an.an.as": 3 + seed, "b.an.an.a": 2, "ba.n.an": 5, "an.an.an.an": 7, "as.an": 11})
    letters = string.ascii_lowercase
    long = spelled({".".join(letters): 1, ".".join(letters[::-1]): 1, ".".join("n" * 20 + letters): 1 + seed})
    return (
        Probe("for words without repeats", (plain,)),
        Probe("for words with repeats", (rows,)),
        Probe("for tokens of several bytes", (merged,)),
        Probe("for long and rare words", (long,)),
    )


def _counts_every_neighbor(args: tuple, counts: dict) -> bool:
    return bool(sum(counts.values()) == sum(times * (len(word) - 1) for word, times in args[0].items()))


def _twice_the_corpus(solve: Callable, probes: Probes) -> bool:
    once = [solve(*probe.args)[0] for probe in probes]
    twice = [solve({word: 2 * times for word, times in probe.args[0].items()})[0] for probe in probes]
    return twice == [{pair: 2 * times for pair, times in counts.items()} for counts in once]


def _order_does_not_matter(solve: Callable, probes: Probes) -> bool:
    turned = [dict(reversed(probe.args[0].items())) for probe in probes]
    return [solve(*probe.args) for probe in probes] == [solve(words) for words in turned]


MISCONCEPTIONS = (
    Misconception(
        code="frequency-ignored",
        says="You counted every word once, however often it occurs.",
        asks="If a word stands in the text 5 times, how often does its first pair stand there?",
        wrong={"frequency": lambda times: 1},
    ),
    Misconception(
        code="across-words",
        says="You also counted pairs of the last token of one word and the first of the next.",
        asks="The words of a dictionary have no order. Which tokens can you call neighbors, then?",
        wrong={"texts": never_reset},
    ),
    Misconception(
        code="one-long-row",
        says="You wrote all words out in one long row, so that the end of each word meets the start of another.",
        asks="If the word a occurs 7 times, how many pairs of a and a does the corpus hold?",
        wrong={"texts": written_out},
    ),
    Misconception(
        code="overlaps-skipped",
        says="In a row of equal tokens you counted only every other pair.",
        asks="Write a a a and draw an arc between each two neighbors. How many arcs are there?",
        wrong={"pairs": without_overlap},
    ),
    Misconception(
        code="every-other-pair",
        says="You cut each word into pieces of two tokens and counted those.",
        asks="In t h e, the token h has a neighbor on either side. Which of the two pairs did you count?",
        wrong={"pairs": lambda tokens: zip(tokens[::2], tokens[1::2], strict=False)},
    ),
    Misconception(
        code="last-pair-missing",
        says="You left out the last pair of each word.",
        asks="How many pairs does a word of 3 tokens have, and how many times does your loop run?",
        wrong={"pairs": lambda tokens: pairwise(tokens[:-1])},
    ),
    Misconception(
        code="once-per-word",
        says="You counted a pair once in a word, even when it stands there twice.",
        asks="How often do a and n stand side by side, in this order, in b a n a n a?",
        wrong={"pairs": lambda tokens: dict.fromkeys(pairwise(tokens))},
    ),
    Misconception(
        code="order-ignored",
        says="You counted a pair and the same pair turned round as one.",
        asks="Is th the same as ht to somebody who reads?",
        wrong={"key": lambda pair: tuple(sorted(pair))},
    ),
    Misconception(
        code="joined-keys",
        says="Your keys are joined bytes, not pairs.",
        asks="The tokens ba, n and the tokens b, an spell the same. Are they the same pair?",
        wrong={"key": b"".join},
    ),
    Misconception(
        code="overwritten",
        says="You replaced the count of a pair when you met it again, so that only the last word counts.",
        asks="When a pair has a count already and turns up in another word, what should happen to that count?",
        wrong={"update": lambda before, times: times},
    ),
)

COUNT_PAIRS = Exercise(
    id="count_pairs",
    title="Counting pairs",
    family=count,
    returns={"counts": COUNTS},
    probes=probes,
    examples=tuple(
        (spelled(words),)
        for words in ({"t.h.e": 2}, {"a.a.a": 1}, {"n.a.n.a": 1}, {"t.h": 1, "h.t": 2}, {"t.h.e": 2, "h.e": 3})
    ),
    properties=(
        Property(
            code="wrong-total",
            right="All your counts together are as many as there are neighbors.",
            says="All your counts together are not as many as there are neighbors in the corpus.",
            asks="A word of 4 tokens that occurs 3 times: how many neighbors does it bring?",
            holds=on_every_probe(_counts_every_neighbor),
        ),
        Property(
            code="not-proportional",
            right="Twice as large a corpus has twice the counts.",
            says="When every word occurs twice as often, not every count doubles.",
            asks="Which line of yours uses the number that belongs to a word?",
            holds=_twice_the_corpus,
        ),
        Property(
            code="order-of-words-matters",
            right="The order of the words does not matter.",
            says="Your counts change with the order of the words.",
            asks="What does your function still remember of one word when it comes to the next?",
            holds=_order_does_not_matter,
        ),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *(
            Twin(
                pair=(pairs, "overwritten"),
                seen_as=("overwritten",),
                because="a count that is replaced does not show how often the pair stood in the word",
            )
            for pairs in ("overlaps-skipped", "once-per-word")
        ),
        Twin(
            pair=("frequency-ignored", "one-long-row"),
            seen_as=("frequency-ignored", "across-words"),
            because="with each word once, the long row is the words one after the other",
        ),
        Twin(
            pair=("one-long-row", "overwritten"),
            seen_as=("one-long-row", "once-per-word"),
            because="in one long row every word has the count 1, so replacing by it counts each pair once",
        ),
    ),
)


def count_pairs(student: Any, seed: int = 0) -> Report:
    """Check `count_pairs(words) -> dict`: how often each two tokens stand side by side within a word.

    `words` gives each word, a tuple of tokens such as (b"t", b"h", b"e"), the number of times it occurs.
    """
    return judge(COUNT_PAIRS, student, seed)
