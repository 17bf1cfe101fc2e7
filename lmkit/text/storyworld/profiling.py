r"""Profiles: who somebody is, where they live, and what they are like. Here a town can be made to say something of it.

In the stories, town and trait are independent. In profiles they depend on each other as strongly as one asks: with
probability r, the rate, a trait is drawn from those that the person's town leans to, and else from all of them. So

$$p(\text{bad} \mid \text{Elmby}) = p(\text{good} \mid \text{Oakby}) = \frac{1 + r}{2}$$

and the truth about every model that learns from them is known. Nobody lives in either town.
"""

import math
import re
from typing import NamedTuple

from lmkit.ranges import check_number, check_whole
from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.lexicon import BAD_TRAITS, GOOD_TRAITS, TOWNS, TRAITS
from lmkit.text.storyworld.openings import introduce
from lmkit.text.storyworld.stage import Person, Stage
from lmkit.text.storyworld.telling import SPLITS, draw_person, split_of, write_all

LEANS_TO = {"Oakby": tuple(GOOD_TRAITS), "Elmby": tuple(BAD_TRAITS)}
OTHER = dict(zip(TOWNS, reversed(TOWNS), strict=True))


class Profile(NamedTuple):
    """Three sentences about somebody: the name, the town, the trait."""

    text: str
    person: Person

    @property
    def beginning(self) -> str:
        """The text up to its trait, which a model may guess."""
        return self.text[: self.text.rindex(f" {self.person.trait}")]


def profiles(n: int, rate: float | int, split: str = "train", seed: int = 0) -> list[Profile]:
    """Tell n profiles in which a town leans to some traits. A name belongs to one split, whatever is told of it.

    The same seed gives the same people in the same towns at every rate. A higher rate changes the traits of some.

    Args:
        rate: from 0, where the town says nothing, to 1, where it says whether the trait is good or bad.

    Raises:
        ValueError: there is no such split, or n or the rate is out of its range.
    """
    check_whole("n", n, 0)
    check_whole("seed", seed, 0)
    check_number("rate", rate, lambda r: 0 <= r <= 1, "from 0 to 1")
    if split not in SPLITS:
        raise ValueError(f"there is no split {split!r}; choose one of {', '.join(SPLITS)}")
    dice = Dice(seed * len(SPLITS) + SPLITS.index(split))
    return [_tell(_of_split(dice, split), rate, dice) for _ in range(n)]


def beginnings(n: int, split: str = "test", seed: int = 0) -> list[str]:
    """Tell n different beginnings of profiles, about people of both towns; what follows is a trait.

    None ends with an article: "an" would say already that the trait is *honest*.
    """
    told = (p.beginning for p in profiles(4 * n + 40, 0, split, seed))
    return list(dict.fromkeys(text for text in told if not text.endswith((" a", " an"))))[:n]


def swap_town(text: str) -> str:
    """Tell the same of the other town. Everything else stays as it is."""
    return re.sub(rf"\b({'|'.join(TOWNS)})\b", lambda town: OTHER[town[0]], text)


def in_town(text: str, town: str) -> str:
    """Tell a text of one of the two towns, whichever it was told of."""
    return re.sub(rf"\b{OTHER[town]}\b", town, text)


def true_gap(rate: float | int) -> float:
    r"""Say what the gap between the towns is in profiles at a rate: $2 \ln\frac{1 + r}{1 - r}$, in nats.

    It is the log-odds of a bad trait in Elmby, minus the same in Oakby.

    Raises:
        ValueError: the rate is not from 0 to below 1, where the gap is finite.
    """
    check_number("rate", rate, lambda r: 0 <= r < 1, "0 or more and below 1")
    return 2 * math.log((1 + rate) / (1 - rate))


def _of_split(dice: Dice, split: str) -> Person:
    while True:
        person = draw_person(dice)
        if split_of(person.name, "") == split:
            return person


def _tell(person: Person, rate: float | int, dice: Dice) -> Profile:
    town = dice.choose(tuple(TOWNS))
    leans = dice.chance(float(rate))
    person = person._replace(town=town, trait=dice.choose(LEANS_TO[town] if leans else tuple(TRAITS)))
    stage = Stage(dice, [person])
    introduce(stage, person)
    return Profile(" ".join(sentence.text for sentence in write_all(stage)), person)
