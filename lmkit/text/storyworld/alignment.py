"""Alignment: which words of a sentence stand for which of its translation. The world that both tell of knows it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lmkit.text.storyworld.english import PEOPLE
from lmkit.text.storyworld.lexicon import FEELINGS, NOUNS, PLACES, TOWNS, TRAITS
from lmkit.text.storyworld.names import in_chinese
from lmkit.text.storyworld.story import Sentence


class Link(NamedTuple):
    """A word, and where it and its translation stand.

    Attributes:
        kind: "name", "thing", "place", "feeling", "trait" or "town".
        english: where it begins and ends in the sentence.
        chinese: where its translation does.
    """

    kind: str
    english: tuple[int, int]
    chinese: tuple[int, int]


def links(sentence: Sentence) -> list[Link]:
    """Give every name, thing, place, feeling, trait and town that is said once in each language, in English order."""
    found = []
    for kind, words, chinese in _known(sentence):
        english = list(re.finditer(rf"\b({'|'.join(words)})\b", sentence.text))
        if len(english) == 1 and sentence.chinese.count(chinese) == 1:
            start = sentence.chinese.index(chinese)
            found.append(Link(kind, english[0].span(), (start, start + len(chinese))))
    return sorted(set(found), key=lambda link: link.english)


def _known(sentence: Sentence) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Of each role whose words are known: its kind, how English may say it, and how Chinese does."""
    roles = sentence.event.roles
    for role in PEOPLE:
        if role in roles:
            yield "name", (roles[role],), in_chinese(roles[role], sentence.gender[roles[role]])
    for noun in _nouns(roles):
        yield "thing", (noun, NOUNS[noun].plural), NOUNS[noun].chinese
    if "place" in roles:
        yield "place", (roles["place"],), PLACES[roles["place"]].chinese
    for kind, words in (("feeling", FEELINGS), ("trait", TRAITS), ("town", TOWNS)):
        if kind in roles:
            yield kind, (roles[kind],), words[roles[kind]]


def _nouns(roles: dict) -> Iterator[str]:
    for role in ("thing", "other"):
        if role in roles:
            yield roles[role].noun
    if "food" in roles:
        yield roles["food"]
    if "amount" in roles:
        yield roles["amount"].food
    if "scene" in roles:
        yield roles["scene"].noun
        if roles["scene"].near is not None:
            yield roles["scene"].near.noun
