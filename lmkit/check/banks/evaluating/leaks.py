"""Exercise: find the test texts that the model has been trained on.

Check `leaks(train, test) -> numbers`: the places, in order, of the test texts that are in `train` too.

Both are lists of strings. Two texts are the same if they differ in nothing but capital letters and blanks.
"""

import re
from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np

from lmkit.check.bank import Exercise, Kind, Probe, Probes, mistake, truth

Texts = list[str]


def _is_numbers(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(i, Integral) and not isinstance(i, bool) for i in value)


NUMBERS = Kind("a list of whole numbers", _is_numbers)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _in_train(train: Texts, test: Texts) -> list[int]:
    return [i for i, text in enumerate(test) if text in train]


def _part_of_train(train: Texts, test: Texts) -> list[int]:
    return [i for i, text in enumerate(test) if any(text in other for other in train)]


def _in_train_or_twice(train: Texts, test: Texts) -> list[int]:
    return [i for i, text in enumerate(test) if text in train or text in test[:i]]


def find(train: Texts, test: Texts, *, plain: Callable = _plain, found: Callable = _in_train) -> list[int]:
    """The numbers of the test texts that are in train too, but for case and blanks. The keywords are the switches."""
    return found([plain(text) for text in train], [plain(text) for text in test])


def observe(student: Callable, train: Texts, test: Texts) -> Any:
    """What comes back; an array of numpy as a list."""
    found = student(train, test)
    return found.tolist() if isinstance(found, np.ndarray) and found.ndim == 1 else found


_SENTENCES = (
    "A warm and funny film.",
    "Too long by half.",
    "I laughed twice.",
    "The ending is a surprise.",
    "Nobody needed this.",
    "Go and see it.",
    "A dull, grey film.",
)


def probes(seed: int) -> Probes:
    """Copies that are exact, that differ in case, in blanks, in both; copies within the test; a part of a text."""
    turn = seed % len(_SENTENCES)
    a, b, c, d, e, f, g = _SENTENCES[turn:] + _SENTENCES[:turn]
    spaced = c.replace(" ", "   ") + " \n"
    both = " " + d.upper().replace(" ", "\t")
    return (
        Probe("for exact copies", ([a, b, c, d], [e, b, f, a, g])),
        Probe("for copies that differ in capital letters", ([a, b, g], [c, d, a.upper(), e])),
        Probe("for copies that differ in blanks", ([g, c, a], [d, e, f, b, spaced])),
        Probe("for copies with blanks at their ends", ([a, b], [c, f" {b}\n", d])),
        Probe("for copies that differ in both", ([a, d], [b, c, both])),
        Probe("when a text is twice in the test set", ([a, b], [c, d, c, e, b])),
        Probe("when a leaked text is twice in the test set", ([a, b], [c, b, d, b, a])),
        Probe("when a text is a part of another", ([a, f"{b} {c}"], [d, b, a])),
        Probe(
            "when a text begins or ends as another", ([f"{a} {b}", c], [f"{a} {d}", f"{e} {a} {b}", c, f"{a} {b} {d}"])
        ),
        Probe("when the same words stand in another order", ([f"{a} {b}", c], [f"{b} {a}", " ".join(c.split()[::-1])])),
        Probe("when texts differ in where their words end", ([a, b], [c, a.replace(" ", ""), b.replace(" ", "-"), d])),
        Probe("when texts differ in punctuation", ([a, b, c], [a[:-1], b[:-1] + "!", d, c])),
        Probe("when texts differ in a number", ([f"{a} 7 of 10.", b], [f"{a} 8 of 10.", c, f"{a} 7 OF 10."])),
        Probe("when texts differ in an accent", (["A naive film.", a], [b, "A na\u00efve film.", "A NAIVE film."])),
    )


def _nothing_in_common_is_no_leak(solve: Callable, probes: Probes) -> bool:
    train, test = probes[0].args
    (found,) = solve(train[:1], test[:1])
    return found == []


def _trained_on_the_test_set(solve: Callable, probes: Probes) -> bool:
    _, test = probes[0].args
    (found,) = solve(["something else", *test], test)
    return found == list(range(len(test)))


MISCONCEPTIONS = (
    mistake("exact-copies-only", plain=lambda text: text)
    .says("You found exact copies only. A copy with other capital letters or blanks is a copy to the model too.")
    .asks("Print two texts that look the same to you but not to `==`. What must be done to both first?"),
    mistake("capitals-kept", plain=lambda text: " ".join(text.split()))
    .says("A copy with other capital letters escapes you.")
    .asks("Which method of a string makes capital letters small?"),
    mistake("blanks-kept", plain=lambda text: text.casefold())
    .says("A copy with other blanks escapes you.")
    .asks("What does `split` without an argument do with two blanks in a row, or with a line end?"),
    mistake("only-the-ends-stripped", plain=lambda text: text.casefold().strip())
    .says("You removed blanks at the ends only; those inside a text still hide a copy.")
    .asks("What does `strip` leave as it is?"),
    mistake("blanks-removed", plain=lambda text: "".join(text.casefold().split()))
    .says("You removed all blanks, so that texts with other words count as the same: nowhere, and now here.")
    .asks("What must be left of two blanks in a row, so that a reader still sees where a word ends?"),
    mistake("punctuation-removed", plain=lambda text: " ".join(re.sub(r"[^\w\s]", "", text.casefold()).split()))
    .says("You removed what is no letter. Texts that differ in more than capital letters and blanks are two texts.")
    .asks("In which two things may copies differ, as the exercise has it?"),
    mistake("parts-count", found=_part_of_train)
    .says("You count a test text as leaked when it is only a part of a training text.")
    .asks("Does `in` mean the same for a string as for a list of strings?"),
    mistake("copies-within-the-test", found=_in_train_or_twice)
    .says("You also count texts that are twice in the test set. The model never trained on those.")
    .asks("Which two sets do you compare?"),
    mistake("first-place-twice", found=lambda train, test: [test.index(text) for text in test if text in train])
    .says("Where a leaked text is twice in the test set, you give its first place twice.")
    .asks("What does `index` return for a text that stands in a list twice?"),
    mistake("numbers-of-train", found=lambda train, test: [i for i, text in enumerate(train) if text in test])
    .says("You gave the places in the training set.")
    .asks("From which set should the leaked texts be taken out afterwards?"),
    mistake("the-clean-ones", found=lambda train, test: [i for i, text in enumerate(test) if text not in train])
    .says("You gave the test texts that are not leaked.")
    .asks("Read the exercise again: which ones are asked for?"),
)

LEAKS = Exercise(
    id="leaks",
    title="What the test set has leaked",
    family=find,
    returns={"list": NUMBERS},
    probes=probes,
    examples=(
        (["So good.", "Bad."], ["Fine.", "Bad."]),
        (["So good."], ["Bad.", "SO GOOD."]),
        (["So good."], ["Bad.", "So  good."]),
        (["So good."], ["Bad.", "So good. "]),
        (["So good. Bad."], ["Bad."]),
        (["So good."], ["Sogood."]),
        (["So good."], ["So good!"]),
        (["So good."], ["Bad.", "Bad."]),
    ),
    properties=(
        truth("finds-what-is-not-there", _nothing_in_common_is_no_leak)
        .right("Where train and test have nothing in common, nothing is found.")
        .says("You find leaks where train and test have nothing in common.")
        .asks("Which text do you report, and where in the training set is it?"),
        truth("misses-a-whole-test-set", _trained_on_the_test_set)
        .right("When the whole test set is in the training set, all of it is found.")
        .says("When the whole test set is in the training set, you do not list all of it.")
        .asks("Do you list places in the test set, from 0 on?"),
    ),
    misconceptions=MISCONCEPTIONS,
    observe=observe,
)
