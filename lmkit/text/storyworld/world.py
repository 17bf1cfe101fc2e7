"""The world: who has what, who is where, what happened to whom. Only events change it.

The teller asks it what is possible; the checker asks it whether a text, read back, is possible. What each
kind of event needs and does is in `rules`.
"""

from typing import NamedTuple


class Thing(NamedTuple):
    """One thing of a story, such as the red kite. The noun tells it from all others in its story."""

    noun: str
    adjective: str = ""


class Amount(NamedTuple):
    """Some food, such as three apples."""

    number: int
    food: str


class Scene(NamedTuple):
    """Things that are only looked at: "the keys to the box". The verb agrees with the first noun alone."""

    noun: str
    plural: bool
    relation: str = ""
    near: Thing | None = None
    near_plural: bool = False


class Event(NamedTuple):
    """Something that happens: its kind, who or what fills each role, and a word to open the sentence with."""

    kind: str
    roles: dict
    opener: str = ""


GOOD_CAUSES = ("gain", "kindness", "comfort", "deed", "relief")


class World:
    """What is true after the events so far.

    Attributes:
        holder: the thing -> the person who has it; None while it is lost, or still nobody's.
        owner: the thing -> the person who had it before.
        place: the person, or the lost thing -> the place. Who is at home has none.
        cause: the person -> what last happened to them that one may feel (see `lexicon.FEELINGS_AFTER`).
        felt: the person -> the feelings told so far.
        deeds: what was done, as (deed, who did it, to whom or to what).
        question: what has just been asked.
    """

    def __init__(self):
        self.people: list[str] = []
        self.holder: dict[str, str | None] = {}
        self.owner: dict[str, str] = {}
        self.adjective: dict[str, str] = {}
        self.place: dict[str, str] = {}
        self.broken: list[str] = []
        self.food: dict[tuple[str, str], int] = {}
        self.cause: dict[str, str] = {}
        self.felt: dict[str, list[str]] = {}
        self.deeds: list[tuple[str, str, str]] = []
        self.question: Event | None = None
        self.problems: list[tuple[str, str]] = []

    def is_well(self, person: str) -> bool:
        """Whether the last thing that happened to a person was good."""
        return self.cause.get(person) in GOOD_CAUSES

    # ---- what must hold; each notes a problem where it does not

    def expect(self, true: bool, kind: str, message: str) -> None:
        """Note a problem unless something is true."""
        if not true:
            self.problems.append((kind, message))

    def expect_holder(self, noun: str, who: str | None) -> None:
        """Somebody must have the thing."""
        holder = self.holder.get(noun)
        if holder != who:
            has = f"{holder} has it" if holder else "nobody has it"
            self.expect(False, "owner", f"{who} does not have the {noun}: {has}")

    def expect_lost(self, noun: str) -> None:
        """The thing must be lost."""
        self.expect(noun in self.place, "owner", f"the {noun} is not lost: {self.holder.get(noun)} has it")

    def expect_at(self, who: str, place: str) -> None:
        """A person or a lost thing must be at the place, as far as theirs is known."""
        here = self.place.get(who, place)
        self.expect(here == place, "place", f"{who} is not at the {place}, but at the {here}")

    def expect_together(self, who: str, whom: str) -> None:
        """Two people must be in one place, as far as their places are known."""
        here, there = self.place.get(who), self.place.get(whom)
        if here and there and here != there:
            self.expect(False, "place", f"{who} is at the {here}, but {whom} is at the {there}")

    def expect_food(self, who: str, amount: Amount) -> None:
        """A person must have at least so much food."""
        have = self.food.get((who, amount.food), 0)
        enough = have >= amount.number
        self.expect(enough, "count", f"{who} has {have} {amount.food}(s), fewer than {amount.number}")

    # ---- what can change

    def hand_over(self, noun: str, to: str) -> None:
        """Let somebody have the thing."""
        self._remember_owner(noun)
        self.place.pop(noun, None)
        self.holder[noun] = to

    def drop(self, noun: str, place: str) -> None:
        """Let a thing be lost somewhere; the one who had it has a loss."""
        self._remember_owner(noun)
        self.holder[noun] = None
        self.place[noun] = place
        if noun in self.owner:
            self.cause[self.owner[noun]] = "loss"

    def _remember_owner(self, noun: str) -> None:
        before = self.holder.get(noun)
        if before:
            self.owner[noun] = before

    def move(self, place: str | None, *people: str) -> None:
        """Let people be somewhere; None is home."""
        for person in people:
            self.place.pop(person, None)
            if place:
                self.place[person] = place

    def note(self, deed: str, who: str, whom: str) -> None:
        """Remember what somebody did."""
        self.deeds.append((deed, who, whom))
