"""Parsing: the table of patterns used backwards.

A sentence becomes the kind of its event and the words in its slots.
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from lmkit.text.storyworld.discourse import GENDER_OF
from lmkit.text.storyworld.lexicon import (
    ADJECTIVES,
    CHILD,
    FEELINGS,
    FOODS,
    NOUNS,
    NUMBERS,
    PETS,
    PLACES,
    SCENERY,
    THINGS,
    TOWNS,
    TRAITS,
    WITH_KEYS,
)
from lmkit.text.storyworld.patterns import OPENERS, PATTERNS, Pattern, Slot


class Filled(NamedTuple):
    """A slot of a parsed sentence, and the words in it."""

    role: str
    form: str
    text: str


class Parsed(NamedTuple):
    """A sentence whose words are not yet understood: nobody knows who *she* is."""

    kind: str
    slots: tuple[Filled, ...]


def _any(words: Iterable[str]) -> str:
    return "(?:" + "|".join(sorted(words, key=lambda word: (-len(word), word))) + ")"


PRONOUN = _any((*GENDER_OF, *(word.capitalize() for word in GENDER_OF)))
NO_NAMES = frozenset(["He", "She", "Him", "Her", "His", "They", "The", "It", "A", "An", "Nobody", "Everyone"])
NAME = rf"(?!{_any(NO_NAMES)}\b)[^\W\d_a-z][^\W\d_]*"
ADJECTIVE = f"(?:{_any(ADJECTIVES)} )?"
THINGS_AND_PETS = (*THINGS, *PETS)
ANYTHING = _any(THINGS_AND_PETS)
SEEN = (*SCENERY, "key", *WITH_KEYS)
LOOKED_AT = _any([*SEEN, *(NOUNS[noun].plural for noun in SEEN)])
EDIBLE = _any([*FOODS, *(food.plural for food in FOODS.values())])

WORDS = {  # (role, form) -> what may fill the slot; a role alone stands for all other forms
    "person": f"(?:{PRONOUN}|{NAME})",
    ("person", "his"): f"(?:{PRONOUN}|{NAME}'s)",
    ("person", "name"): NAME,
    "both": f"(?:[Tt]hey|{NAME} and {NAME})",
    "thing": f"(?:[Ii]t|[Tt]he {ADJECTIVE}{ANYTHING})",
    ("thing", "the"): f"[Tt]he {ADJECTIVE}{ANYTHING}",
    ("thing", "it"): "[Ii]t",
    ("thing", "a"): f"an? {ADJECTIVE}{ANYTHING}",
    ("thing", "bare"): ANYTHING,
    "amount": f"{_any(NUMBERS)} {EDIBLE}",
    ("amount", "more"): f"{_any(NUMBERS)} more {EDIBLE}",
    ("amount", "short"): _any(NUMBERS),
    "food": _any(food.plural for food in FOODS.values()),
    "place": _any(f"{place.preposition} the {word}" for word, place in PLACES.items()),
    ("place", "to"): f"to the {_any(PLACES)}",
    "scene": f"[Tt]he {LOOKED_AT}(?: (?:near|behind|to) the {ADJECTIVE}{LOOKED_AT})?",
    "was": "(?:was|were)",
    "child": _any(CHILD),
    "town": _any(TOWNS),
    "trait": _any(TRAITS),
    ("trait", "a"): f"an? {_any(TRAITS)}",
    "feeling": _any(FEELINGS),
    "look": _any(ADJECTIVES),
    "code": r"\d \d \d \d",
}
ROLE_LIKE = {"who": "person", "whom": "person", "third": "person", "other": "thing", "other_child": "child"}
_OPENER = re.compile(_any(opener.capitalize() for opener in OPENERS if opener))
_SENTENCE = re.compile(r'(?<=[.!?])\s+(?=[^\W\d_a-z])|(?<=[.!?]")\s+(?=[^\W\d_a-z])')


def _expression(pattern: Pattern) -> re.Pattern[str]:
    """Turn the English of a pattern into an expression that matches the whole sentence."""
    expression = ""
    for part in pattern.english:
        if isinstance(part, Slot):
            role = ROLE_LIKE.get(part.role, part.role)
            expression += f"({WORDS.get((role, part.form), WORDS[role])})"
        else:
            words = re.escape(part)
            expression += words if expression else words[0].upper() + words[1:]
    return re.compile(expression)


class _Form(NamedTuple):
    kind: str
    slots: tuple[Slot, ...]
    hint: str  # the longest words that must occur: much faster to look for than the expression
    expression: re.Pattern[str]


def _form(kind: str, pattern: Pattern) -> _Form:
    slots = tuple(part for part in pattern.english if isinstance(part, Slot))
    words = [part for part in pattern.english[1:] if isinstance(part, str)]
    return _Form(kind, slots, max(words, key=len, default=""), _expression(pattern))


@cache
def _forms() -> tuple[_Form, ...]:
    """All sentences that there are. Made when the first one is read, since it takes a fifth of a second."""
    return tuple(_form(kind, pattern) for kind, patterns in PATTERNS.items() for pattern in patterns)


def split_sentences(text: str) -> list[str]:
    """Cut a text after each full stop, question mark or exclamation mark, and not inside a quotation."""
    return [sentence for sentence in _SENTENCE.split(text.strip()) if sentence]


def parse(sentence: str) -> Parsed | None:
    """Read one sentence. None means that Storyworld cannot say it."""
    match = _OPENER.match(sentence)
    if match:
        sentence = sentence[match.end() :]
        sentence = sentence[:1].upper() + sentence[1:]
    for kind, slots, hint, expression in _forms():
        if hint in sentence:
            found = expression.fullmatch(sentence)
            if found:
                filled = zip(slots, found.groups(), strict=True)
                return Parsed(kind, tuple(Filled(slot.role, slot.form, text) for slot, text in filled))
    return None
