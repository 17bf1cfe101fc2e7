"""Swapping: the same story about other people and other things. What happens, and how it ends, stays."""

import re

from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.lexicon import (
    BOYS,
    GIRLS,
    NOUNS,
    THINGS,
    TO_BREAK,
    TO_CARRY,
    TO_LOCK,
    TO_MAKE,
    WITH_KEYS,
)
from lmkit.text.storyworld.story import Story
from lmkit.text.storyworld.telling import split_of

FIXED = ("key", "umbrella")  # "the key to the box" needs a key, and "an umbrella" an n


def swap(story: Story, dice: Dice) -> str:
    """Tell a story, without the questions after it, with other names and other things.

    A known name becomes another one of the same gender; made-up names stay. A thing becomes one that allows the same
    deeds: what can be broken, made, locked or carried stays so. The new story is one of the same split.
    """
    words = _new_names(story, dice) | _new_things(story, dice)
    pattern = re.compile(rf"\b({'|'.join(words)})\b") if words else None
    text = " ".join(sentence.text for sentence in story.narrative)
    return pattern.sub(lambda found: words[found[0]], text) if pattern else text


def _new_names(story: Story, dice: Dice) -> dict[str, str]:
    known = {"girl": tuple(GIRLS), "boy": tuple(BOYS)}
    while True:
        names = [p.name if p.made_up else dice.choose(known[p.gender]) for p in story.people]
        if len(set(names)) == len(names) and split_of(*names[:2]) == story.split:
            return dict(zip((person.name for person in story.people), names, strict=True))


def _new_things(story: Story, dice: Dice) -> dict[str, str]:
    text = " ".join(sentence.text for sentence in story.narrative)
    there = [noun for noun in THINGS if re.search(rf"\b({noun}|{NOUNS[noun].plural})\b", text)]
    words, free = {}, [noun for noun in THINGS if noun not in (*there, *FIXED)]
    for noun in (noun for noun in there if noun not in FIXED):
        choices = [other for other in free if allows(other) == allows(noun)]
        if choices:
            new = dice.choose(choices)
            free.remove(new)
            words |= {noun: new, NOUNS[noun].plural: NOUNS[new].plural}
    return words


def allows(noun: str) -> list[bool]:
    """Say which deeds a thing allows: to be made, broken, locked, carried, and to have a key."""
    return [noun in deeds for deeds in (TO_MAKE, TO_BREAK, TO_LOCK, TO_CARRY, WITH_KEYS)]
