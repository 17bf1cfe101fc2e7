"""Exercise: tell the same text of the other group, and change nothing else.

Check `swap_groups(text, one, other) -> text`: each name of a group becomes the other one, wherever it stands as a word.

All three are strings. A name that is only a part of a longer word stays, and so does one with other capital letters.
"""

import re
from collections.abc import Callable

from lmkit.check.bank import TEXT, Exercise, Probe, Probes, mistake, truth


def _as_words(text: str, one: str, other: str, flags: int = 0) -> str:
    names = {one.lower(): other, other.lower(): one}
    pattern = rf"\b({re.escape(one)}|{re.escape(other)})\b"
    return re.sub(pattern, lambda found: names[found[0].lower()], text, flags=flags)


def _anywhere(text: str, one: str, other: str) -> str:
    parts = re.split(f"({re.escape(one)}|{re.escape(other)})", text)
    return "".join({one: other, other: one}.get(part, part) for part in parts)


def _between_blanks(text: str, one: str, other: str) -> str:
    return " ".join({one: other, other: one}.get(word, word) for word in text.split(" "))


def swap(
    text: str,
    one: str,
    other: str,
    *,
    change: Callable = _as_words,
    rest: Callable = lambda text: text,
) -> str:
    """The text with the two names exchanged. The keywords are the switches."""
    return rest(change(text, one, other))


def probes(seed: int) -> Probes:
    """One name, both, twice, within a word, before punctuation, in small letters, and none."""
    towns = ("Elmby", "Oakby", "Ashton", "Firfield")[seed % 4 :] + ("Elmby", "Oakby", "Ashton", "Firfield")[: seed % 4]

    def of(says: str, text: str, turned: int = 0) -> Probe:
        one, other = (towns[turned], towns[turned + 1])
        return Probe(says, (text.format(one=one, other=other, small=one.lower()), one, other))

    return (
        of("for a text about one group", "Zoe lived in {one} then. She was kind."),
        of("for a text about the other group", "Omar was from {other} and met Zoe.", 1),
        of("for a text about both", "Zoe went from {one} to {other} by train.", 2),
        of("when a name comes twice", "In {one} it rained. So Mia left {one} for good."),
        of("before a full stop", "Nina came from {one}. Then she ran home to {other}.", 1),
        of("when a name is a part of another word", "The {one}hill is near {one} station.", 2),
        of("when a word is the name in small letters", "A {small} is a tree in {one} too."),
        of("for a text about neither", "Ben  had two  kites.\nHe gave one away."),
    )


def _twice_is_the_text_again(solve: Callable, probes: Probes) -> bool:
    return all(solve(solve(*probe.args)[0], *probe.args[1:])[0] == probe.args[0] for probe in probes)


def _the_rest_stays(solve: Callable, probes: Probes) -> bool:
    def without(text: str, one: str, other: str) -> str:
        return re.sub(rf"\b({one}|{other})\b", "", text)

    return all(without(solve(*p.args)[0], *p.args[1:]) == without(*p.args) for p in probes)


MISCONCEPTIONS = (
    mistake("one-way", change=lambda text, one, other: re.sub(rf"\b{re.escape(one)}\b", other, text))
    .says("You changed the first name into the second, and left the second as it was.")
    .asks("What becomes of a text about the other group?"),
    mistake(
        "one-after-the-other",
        change=lambda text, one, other: text.replace(one, other).replace(other, one),
    )
    .says("You replaced one name after the other, so that the second step takes the first one back.")
    .asks("After the first `replace`, which of the names in the text were there from the start?"),
    mistake("parts-of-words", change=_anywhere)
    .says("You changed the name inside a longer word, too.")
    .asks("What marks the edge of a word in a regular expression?"),
    mistake("capitals-ignored", change=lambda text, one, other: _as_words(text, one, other, re.IGNORECASE))
    .says("You changed a word in small letters that is no name.")
    .asks("Must `==` or `re.sub` be told to look at capital letters, or not to?"),
    mistake("between-blanks-only", change=_between_blanks)
    .says("A name before a full stop escapes you.")
    .asks("What does `split` leave attached to the last word of a sentence?"),
    mistake(
        "first-only",
        change=lambda text, one, other: re.sub(
            rf"\b({re.escape(one)}|{re.escape(other)})\b", lambda f: {one: other, other: one}[f[0]], text, count=1
        ),
    )
    .says("You changed one place only.")
    .asks("What is left of the comparison if half of the text is still about the first group?"),
    mistake("nothing-changed", change=lambda text, one, other: text)
    .says("Your text is the one that came in.")
    .asks("Does a string change in its place? And if you search by a pattern with a backslash: is it a raw string?"),
    mistake("blanks-lost", rest=lambda text: " ".join(text.split()))
    .says("Blanks or line ends of the text are lost.")
    .asks("A counterfactual differs in one thing. What else does yours change?"),
    mistake("small-letters", rest=str.lower)
    .says("You changed the capital letters of the text.")
    .asks("Does a model read Zoe and zoe as the same tokens?"),
)

SWAP_GROUPS = Exercise(
    id="swap_groups",
    title="The same text, another group",
    family=swap,
    returns={"text": TEXT},
    probes=probes,
    examples=(
        ("to B", "A", "B"),
        ("A to B", "A", "B"),
        ("A. A", "A", "B"),
        ("A, AB", "A", "B"),
        ("a A", "A", "B"),
        ("to  A", "A", "B"),
    ),
    properties=(
        truth("not-its-own-inverse", _twice_is_the_text_again)
        .right("Twice swapped, the text is as it was.")
        .says("Swapped twice, a text is not what it was.")
        .asks("Take a text with both names, and write down what each of your steps makes of it. Where is it lost?"),
        truth("the-rest-changes", _the_rest_stays)
        .right("Everything but the names stays.")
        .says("Something else than the names has changed.")
        .asks("Compare both texts letter by letter: where do they part first?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
