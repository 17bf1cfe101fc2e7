"""Exercise: how alike two texts are, by the runs of words that they share.

Check `near_duplicate(one, other, n)`: the Jaccard similarity of their runs of n words, from 0 to 1.

Words are what stands between blanks, in small letters. A run counts once, however often it comes. Each text has at
least n words.
"""

import re
from collections import Counter
from collections.abc import Callable

from lmkit.check.bank import Exercise, Probe, Probes, mistake, truth

Runs = list[tuple[str, ...]]


def _words(text: str) -> list[str]:
    return text.lower().split()


def _runs(words: list[str], n: int) -> Runs:
    return [tuple(words[start : start + n]) for start in range(len(words) - n + 1)]


def _jaccard(one: Runs, other: Runs) -> float:
    return len(set(one) & set(other)) / len(set(one) | set(other))


def similarity(
    one: str,
    other: str,
    n: int,
    *,
    words: Callable = _words,
    runs: Callable = _runs,
    compare: Callable = _jaccard,
) -> float:
    """The runs that both have, of those that either has. The keywords are the switches."""
    return float(compare(runs(words(one), n), runs(words(other), n)))


def _with_counts(one: Runs, other: Runs) -> float:
    shared = Counter(one) & Counter(other)
    return shared.total() / (Counter(one) | Counter(other)).total()


def _without_overlap(words: list[str], n: int) -> Runs:
    return [tuple(words[start : start + n]) for start in range(0, len(words) - n + 1, n)]


_SECRET = "The secret code of the old box was four zero seven one"
_TOLD = "Tom said that the secret code of the old box was four zero seven one"
_OTHER = "The secret code of the red car was nine nine two three"
_SONG = "row row row your boat row row row your boat gently down the stream"


def probes(seed: int) -> Probes:
    """Texts that are nearly the same, share a beginning, or nothing; runs that repeat; capital letters; n of 1 to 4."""
    names = ("Mia", "Leo", "Zoe", "Ben", "Ada")
    name = names[seed % len(names)]
    return (
        Probe("for a text within another", (_SECRET, f"{name} and {_TOLD}", 3)),
        Probe("for texts with the same beginning", (_SECRET, f"{_OTHER} said {name}", 2)),
        Probe("when runs come again and again", (_SONG, f"row row row your boat row row {name}", 2)),
        Probe("for single words", (f"{name} saw a kite and a kite", f"a kite saw {name} and Tom", 1)),
        Probe("for texts in other letters", (_SECRET.upper(), f"{_SECRET} said {name}", 4)),
        Probe("for words with their marks", (f"A kite! It flew. {name} saw a kite.", f"a kite. It flew {name}", 2)),
        Probe("for texts that share nothing", (_SECRET, f"{name} walked home and slept", 3)),
    )


def _a_text_is_like_itself(solve: Callable, probes: Probes) -> bool:
    return all(abs(float(solve(text, text, n)[0]) - 1) < 1e-6 for text, n in ((_SECRET, 3), (_SONG, 2), (_TOLD, 1)))


def _both_ways_the_same(solve: Callable, probes: Probes) -> bool:
    for probe in probes:
        one, other, n = probe.args
        if abs(float(solve(one, other, n)[0]) - float(solve(other, one, n)[0])) > 1e-6:
            return False
    return True


def _capitals_do_not_matter(solve: Callable, probes: Probes) -> bool:
    return abs(float(solve(_TOLD, _TOLD.upper(), 3)[0]) - 1) < 1e-6


MISCONCEPTIONS = (
    mistake("capitals-kept", words=lambda text: text.split())
    .says("Words that differ in capital letters only are two words for you.")
    .asks("A sentence is quoted, and no longer begins with a capital letter. Is it another sentence?"),
    mistake("marks-dropped", words=lambda text: re.findall(r"\w+", text.lower()))
    .says("You dropped the marks: a word and the same word before a full stop are one for you.")
    .asks("What does the exercise say that a word is?"),
    mistake("letters", words=lambda text: list(text.lower()))
    .says("Your runs are runs of letters.")
    .asks("What does a loop over a string give, one after the other?"),
    mistake("without-overlap", runs=_without_overlap)
    .says("Your runs do not overlap: each word belongs to one run.")
    .asks("If one word is put in front of a text, which of your runs stay as they were?"),
    mistake("last-run-lost", runs=lambda words, n: _runs(words, n)[:-1] or _runs(words, n))
    .says("The last run is missing.")
    .asks("A text has 5 words. How many runs of 3 words do you count by hand?"),
    mistake("counted-with-repeats", compare=_with_counts)
    .says("A run that comes again counts again.")
    .asks("What does a set do with what is put into it twice?"),
    mistake("part-of-the-smaller", compare=lambda a, b: len({*a} & {*b}) / min(len({*a}), len({*b})))
    .says("You divided by the number of runs of the smaller text.")
    .asks("A whole book quotes one sentence. Is the book nearly that sentence?"),
    mistake("part-of-the-first", compare=lambda a, b: len({*a} & {*b}) / len({*a}))
    .says("You divided by the number of runs of the first text.")
    .asks("If the two texts change places, should the number change?"),
    mistake("union-twice", compare=lambda a, b: len({*a} & {*b}) / (len({*a}) + len({*b})))
    .says("You divided by the sum of both numbers of runs: what both have counts twice.")
    .asks("How alike is a text to itself by your formula?"),
    mistake("dice", compare=lambda a, b: 2 * len({*a} & {*b}) / (len({*a}) + len({*b})))
    .says("That is another measure (of Dice): twice what is shared, by the sum of both.")
    .asks("Jaccard asks: of all the runs that either text has, which share do both have?"),
    mistake("distance", compare=lambda a, b: 1 - _jaccard(a, b))
    .says("You returned how unlike they are.")
    .asks("What should come out for two equal texts?"),
)

NEAR_DUPLICATE = Exercise(
    id="near_duplicate",
    title="Nearly the same",
    family=similarity,
    returns={"similarity": ""},
    probes=probes,
    examples=(
        ("a b c d", "a b c e", 2),
        ("a b", "A b c", 2),
        ("a b a b c", "a b a c", 2),
        ("a b c", "c b a", 2),
    ),
    properties=(
        truth("unlike-itself", _a_text_is_like_itself)
        .right("A text is like itself: 1.")
        .says("A text compared with itself does not give 1.")
        .asks("Which runs are shared, and which has either, if both texts are the same?"),
        truth("not-mutual", _both_ways_the_same)
        .right("Both ways round it is the same.")
        .says("If the two texts change places, your number changes.")
        .asks("By the runs of which text, or texts, do you divide?"),
        truth("capitals-matter", _capitals_do_not_matter)
        .right("Capital letters do not matter.")
        .says("A text in capital letters is not like itself for you.")
        .asks("Which method of a string makes its letters small?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
