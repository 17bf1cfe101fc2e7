"""Word substitution: another name, another thing, and a classifier of stories answers otherwise. The truth stays.

    ask = asking(model, tokenizer)
    found = attack(story, label, ask)
    found.text, found.swaps, found.queries, found.flipped

What may stand in a word's place is a word of its group: another girl, another thing that allows the same deeds, another
colour. So what happens in the story, and how it ends, cannot change; Storyworld's own reader says so in the tests.

Source: Alzantot et al. 2018 and Jin et al. 2020 (TextFooler) swap words for their neighbours, and check by people and
by another model that the meaning stays.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from jaxtyping import Float
from torch import Tensor

from lmkit.learning import finetuning
from lmkit.text.labelled import Labelled
from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.lexicon import (
    ADJECTIVES,
    BAD_FEELINGS,
    BAD_TRAITS,
    BOYS,
    FEELINGS_AFTER,
    GIRLS,
    GOOD_FEELINGS,
    GOOD_TRAITS,
    NOUNS,
    OUTDOORS,
    PLACES,
    SCENERY,
    SHOPS,
    THINGS,
    TOWNS,
    WITH_KEYS,
)
from lmkit.text.storyworld.swapping import FIXED, allows

# Fixed phrases hold these ("the sky was blue"), or they need another article ("an old lamp").
LEFT_ALONE = (*FIXED, "bag", "blue", "strange", "big", "old", "kind", "honest", "mean")
MOST = 3  # swaps of one attack, unless said otherwise

Ask = Callable[[Sequence[str]], Float[Tensor, "text class"]]
Choices = Mapping[str, Collection[str]]  # a word -> what may stand in its place


def _alike(words: Iterable[str], key: Callable[[str], object] = lambda word: None) -> dict[str, tuple[str, ...]]:
    """Give for each word the others of the same key."""
    free = [word for word in words if word not in LEFT_ALONE]
    return {word: tuple(other for other in free if other != word and key(other) == key(word)) for word in free}


def _place(word: str) -> tuple:
    return PLACES[word].preposition, word in SHOPS, word in OUTDOORS


def _causes(feeling: str) -> list[set[str]]:
    return [set(feelings) for feelings in FEELINGS_AFTER.values() if feeling in feelings]


NEUTRAL: dict[str, tuple[str, ...]] = (
    _alike(GIRLS)
    | _alike(BOYS)
    | _alike(THINGS, allows)
    | _alike(word for word in SCENERY if word not in WITH_KEYS)
    | _alike(ADJECTIVES)
    | _alike(PLACES, _place)
    | _alike(TOWNS)
    | _alike(GOOD_TRAITS)
    | _alike(BAD_TRAITS)
)
# Feelings, too: another one of the same sign, that fits whatever the first one fits.
WIDER: dict[str, tuple[str, ...]] = NEUTRAL | {
    feeling: tuple(sorted(set.intersection(*_causes(feeling)) - {feeling}))
    for feeling in (*GOOD_FEELINGS, *BAD_FEELINGS)
}


class Swap(NamedTuple):
    """A word, and what was put in its place wherever it stood."""

    word: str
    other: str


class Attack(NamedTuple):
    """What an attack came to.

    Attributes:
        text: the story after the swaps.
        label: the class that is true of it.
        queries: how many texts the classifier was asked about.
        flipped: whether the classifier, right before, now is wrong.
    """

    text: str
    label: int
    swaps: tuple[Swap, ...]
    queries: int
    flipped: bool


def choices(text: str, words: Mapping[str, Sequence[str]] = NEUTRAL) -> dict[str, list[str]]:
    """List the words of a story that may be swapped, in the order in which they come, each with what may replace it.

    No word that is there already may come in: two things would be one.
    """
    there = {_singular(word) for word in re.findall(r"\w+", text)}
    found = sorted(there & set(words), key=lambda word: _pattern(word).search(text).start())
    free = {word: [other for other in words[word] if other not in there] for word in found}
    return {word: others for word, others in free.items() if others}


def put(text: str, swap: Swap) -> str:
    """Put one word in the place of another, wherever that stands; a plural for a plural."""
    word, other = swap
    plural = NOUNS[other].plural if other in NOUNS else other
    return _pattern(word).sub(lambda found: other if found[0] == word else plural, text)


def attack(
    text: str,
    label: int,
    ask: Ask,
    *,
    words: Mapping[str, Sequence[str]] = NEUTRAL,
    most: int = MOST,
) -> Attack:
    """Swap the word that makes the true class least probable, then the next, until the classifier is wrong.

    Each round asks about every word in every other form, and keeps the best. A swapped word is not swapped again.

    Args:
        ask: gives the probability of each class for some texts.
        words: what may stand for what: NEUTRAL, or WIDER.
        most: after so many swaps it gives up.
    """
    swaps: list[Swap] = []
    queries, flipped = 0, False
    while len(swaps) < most and not flipped:
        taken = {swap.other for swap in swaps}
        possible = [
            Swap(word, other)
            for word, others in choices(text, words).items()
            if word not in taken
            for other in others
        ]
        if not possible:
            break
        texts = [put(text, swap) for swap in possible]
        answers = ask(texts)
        best = int(answers[:, label].argmin())
        text = texts[best]
        swaps.append(possible[best])
        queries += len(texts)
        flipped = int(answers[best].argmax()) != label
    return Attack(text, label, tuple(swaps), queries, flipped)


def swap_at_random(
    text: str, n: int, dice: Dice, words: Mapping[str, Sequence[str]] = NEUTRAL
) -> str:
    """Swap n words of a story, or as many as can be, by lot: what an attack is compared with."""
    taken: set[str] = set()
    for _ in range(n):
        free = {word: others for word, others in choices(text, words).items() if word not in taken}
        if not free:
            break
        word = dice.choose(list(free))
        other = dice.choose(free[word])
        text = put(text, Swap(word, other))
        taken.add(other)
    return text


def asking(model: finetuning.Classifier, tokenizer: Any, longest: int) -> Ask:
    """Make a classifier answer about texts: the probability of each class.

    Args:
        longest: tokens of a text that are read.
    """
    return lambda texts: finetuning.probabilities(model, finetuning.encode(texts, tokenizer, longest))


def attacked(data: Labelled, ask: Ask, words: Mapping[str, Sequence[str]] = NEUTRAL) -> Labelled:
    """Give every text as an attacker would have it, with the label that stays true: what adversarial training adds.

    Source: Goodfellow et al. 2015, section 6 (the idea, for pictures).
    """
    texts = [attack(text, label, ask, words=words).text for text, label in zip(data.texts, data.labels, strict=True)]
    return Labelled(texts, data.labels, data.classes)


def _pattern(word: str) -> re.Pattern[str]:
    return re.compile(rf"\b({word}|{NOUNS[word].plural})\b" if word in NOUNS else rf"\b{word}\b")


_SINGULAR = {noun.plural: word for word, noun in NOUNS.items()}


def _singular(word: str) -> str:
    return _SINGULAR.get(word, word)
