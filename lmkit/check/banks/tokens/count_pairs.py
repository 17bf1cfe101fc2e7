"""Exercise: count which tokens stand side by side in a corpus.

Check `count_pairs(words) -> dict`: how often each two tokens stand side by side within a word.

`words` gives each word, a tuple of tokens such as (b"t", b"h", b"e"), the number of times it occurs.
"""

import string
from collections.abc import Callable, Iterable
from itertools import pairwise

from lmkit.check.bank import COUNTS, Exercise, Probe, Probes, always, hides, mistake, truth, twin

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
    mistake("frequency-ignored", frequency=lambda times: 1)
    .says("You counted every word once, however often it occurs.")
    .asks("If a word stands in the text 5 times, how often does its first pair stand there?"),
    mistake("across-words", texts=never_reset)
    .says("You also counted pairs of the last token of one word and the first of the next.")
    .asks("The words of a dictionary have no order. Which tokens can you call neighbors, then?"),
    mistake("one-long-row", texts=written_out)
    .says("You wrote all words out in one long row, so that the end of each word meets the start of another.")
    .asks("If the word a occurs 7 times, how many pairs of a and a does the corpus hold?"),
    mistake("overlaps-skipped", pairs=without_overlap)
    .says("In a row of equal tokens you counted only every other pair.")
    .asks("Write a a a and draw an arc between each two neighbors. How many arcs are there?"),
    mistake("every-other-pair", pairs=lambda tokens: zip(tokens[::2], tokens[1::2], strict=False))
    .says("You cut each word into pieces of two tokens and counted those.")
    .asks("In t h e, the token h has a neighbor on either side. Which of the two pairs did you count?"),
    mistake("last-pair-missing", pairs=lambda tokens: pairwise(tokens[:-1]))
    .says("You left out the last pair of each word.")
    .asks("How many pairs does a word of 3 tokens have, and how many times does your loop run?"),
    mistake("once-per-word", pairs=lambda tokens: dict.fromkeys(pairwise(tokens)))
    .says("You counted a pair once in a word, even when it stands there twice.")
    .asks("How often do a and n stand side by side, in this order, in b a n a n a?"),
    mistake("order-ignored", key=lambda pair: tuple(sorted(pair)))
    .says("You counted a pair and the same pair turned round as one.")
    .asks("Is th the same as ht to somebody who reads?"),
    mistake("joined-keys", key=b"".join)
    .says("Your keys are joined bytes, not pairs.")
    .asks("The tokens ba, n and the tokens b, an spell the same. Are they the same pair?"),
    mistake("overwritten", update=lambda before, times: times)
    .says("You replaced the count of a pair when you met it again, so that only the last word counts.")
    .asks("When a pair has a count already and turns up in another word, what should happen to that count?"),
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
        always("wrong-total", _counts_every_neighbor)
        .right("All your counts together are as many as there are neighbors.")
        .says("All your counts together are not as many as there are neighbors in the corpus.")
        .asks("A word of 4 tokens that occurs 3 times: how many neighbors does it bring?"),
        truth("not-proportional", _twice_the_corpus)
        .right("Twice as large a corpus has twice the counts.")
        .says("When every word occurs twice as often, not every count doubles.")
        .asks("Which line of yours uses the number that belongs to a word?"),
        truth("order-of-words-matters", _order_does_not_matter)
        .right("The order of the words does not matter.")
        .says("Your counts change with the order of the words.")
        .asks("What does your function still remember of one word when it comes to the next?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "overwritten",
            "overlaps-skipped once-per-word",
            because="a count that is replaced does not show how often the pair stood in the word",
        ),
        twin(
            "frequency-ignored one-long-row",
            seen_as="frequency-ignored across-words",
            because="with each word once, the long row is the words one after the other",
        ),
        twin(
            "one-long-row overwritten",
            seen_as="one-long-row once-per-word",
            because="in one long row every word has the count 1, so replacing by it counts each pair once",
        ),
    ),
)
