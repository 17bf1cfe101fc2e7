"""Telling: a seed becomes a cast, a plot, a world and a text. Splits share no story.

A story belongs to the split of its leading characters: a checksum of the ordered pair of their names decides. Whoever
reads the text can see to which split it belongs, so no story can be in two. The ordered pair is all that is kept
apart: two people of a test story may meet in training as well, in another order or role.
"""

import zlib
from collections.abc import Iterator
from itertools import count, islice

from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.discourse import Discourse
from lmkit.text.storyworld.english import write
from lmkit.text.storyworld.lexicon import BOYS, GENDER, GIRLS, TOWNS, TRAITS
from lmkit.text.storyworld.names import make_up
from lmkit.text.storyworld.patterns import PATTERNS
from lmkit.text.storyworld.plots import PLOTS, turn_of_fortune
from lmkit.text.storyworld.questions import possible_questions
from lmkit.text.storyworld.stage import Person, Stage
from lmkit.text.storyworld.story import Sentence, Story

SPLITS = ("train", "validation", "test")
MADE_UP = 0.3  # the share of people with made-up names
LONG = 11  # sentences: a story this long comes to its end
NAMES = (*GIRLS, *BOYS)


def split_of(hero: str, friend: str) -> str:
    """Say to which split a story with these first two people belongs: 90 % train, 5 % each of the others."""
    checksum = zlib.crc32(f"{hero} {friend}".encode()) % 20
    return {0: "validation", 1: "test"}.get(checksum, "train")


def stories(split: str, n: int | None = None) -> Iterator[Story]:
    """Tell the first n stories of a split, or tell without end."""
    return islice((tell(seed, split) for seed in count()), n)


def tell(seed: int, split: str = "train") -> Story:
    """Tell a story. The same seed and split give the same story, byte for byte, on every platform.

    Raises:
        ValueError: the split is not one of train, validation and test.
    """
    if split not in SPLITS:
        raise ValueError(f"there is no split {split!r}; choose one of {', '.join(SPLITS)}")
    dice = Dice(seed * len(SPLITS) + SPLITS.index(split))
    stage = Stage(dice, _cast(dice, split))
    plot = dice.choose(PLOTS)
    plot(stage)
    if len(stage.told) < LONG:
        turn_of_fortune(stage)
    hero = stage.close()
    _ask(stage)
    return Story(
        seed=seed,
        split=split,
        plot=plot.__name__,
        people=tuple(stage.cast),
        sentences=write_all(stage),
        hero=hero,
        turning_point=stage.turning_point,
        world=stage.world,
    )


def _cast(dice: Dice, split: str) -> list[Person]:
    """Draw three people, of whom the first two belong to the split."""
    while True:
        cast = [draw_person(dice) for _ in range(3)]
        names = [person.name for person in cast]
        if len(set(names)) == 3 and split_of(*names[:2]) == split:
            break
    if dice.chance(0.25):
        lucky = dice.number(0, 1)
        cast[lucky] = _with_profile(cast[lucky], dice)
    return cast


def draw_person(dice: Dice) -> Person:
    """Draw somebody by chance: a known name, or a made-up one."""
    if dice.chance(MADE_UP):
        return Person(make_up(dice), dice.choose(("girl", "boy")))
    name = dice.choose(NAMES)
    return Person(name, GENDER[name])


def _with_profile(person: Person, dice: Dice) -> Person:
    """Give a person a town, a trait or both. They are independent: here, a town says nothing of anyone."""
    town, trait = dice.choose(tuple(TOWNS)), dice.choose(tuple(TRAITS))
    kind = dice.number(1, 4)
    return person._replace(town=town if kind != 1 else "", trait=trait if kind != 2 else "")


def _ask(stage: Stage) -> None:
    """Put questions with their answers after some of the stories, first of all who has what."""
    if stage.dice.chance(0.25):
        return
    possible = possible_questions(stage.world)
    who_has = [asked for asked in possible if asked[0].kind == "ask_has"]
    for nth in range(2 if stage.dice.chance(0.5) else 1):
        about_things = who_has and stage.dice.chance(0.6 if nth else 0.85)
        asked = stage.dice.choose(who_has if about_things else possible)
        if asked[0] not in [event for event, _, _ in stage.told]:
            for event in asked:
                stage.do(event.kind, **event.roles)


def write_all(stage: Stage) -> tuple[Sentence, ...]:
    """Put every event into words."""
    discourse = Discourse()
    discourse.gender.update((person.name, person.gender) for person in stage.cast)
    gender = dict(discourse.gender)
    sentences = []
    for event, holder, place in stage.told:
        pattern = stage.dice.choose(PATTERNS[event.kind])
        text, mentions = write(event, pattern, discourse, stage.dice)
        sentences.append(Sentence(text, event, pattern, mentions, holder, place, gender))
    return tuple(sentences)
