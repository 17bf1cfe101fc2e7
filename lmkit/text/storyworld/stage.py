"""The stage: the cast, the world so far, and the small beats that every plot is made of."""

from typing import NamedTuple

from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.lexicon import (
    ADJECTIVES,
    BAD_TRAITS,
    DENIED_AFTER,
    FEELINGS_AFTER,
    GENDER,
    GOOD_FEELINGS,
    GOOD_TRAITS,
    OUTDOORS,
    PET_LOOKS,
    PETS,
    PLACES,
    THINGS,
    TO_MAKE,
)
from lmkit.text.storyworld.patterns import SPEECH
from lmkit.text.storyworld.rules import happen
from lmkit.text.storyworld.world import Event, Thing, World

FLOWING = (
    "go_together",
    "give",
    "take",
    "lose",
    "run_away",
    "seek",
    "find",
    "break",
    "fall",
    "fix",
    "eat",
    "play",
)


class Person(NamedTuple):
    """Somebody in a story. Town and trait are empty where the story does not tell them."""

    name: str
    gender: str
    town: str = ""
    trait: str = ""

    @property
    def made_up(self) -> bool:
        """Whether the name is not in the lexicon, so that only the story can tell the gender."""
        return self.name not in GENDER


class Stage:
    """Where a plot plays. `do` lets something happen; the rest are beats made of it."""

    def __init__(self, dice: Dice, cast: list[Person]):
        self.dice = dice
        self.cast = cast
        self.world = World()
        self.told: list[tuple[Event, dict, dict]] = []  # each with who has what and who is where after it
        self.turning_point: Event | None = None
        self._nouns = dice.sample(tuple(THINGS), 4)
        self._places = dice.sample(tuple(PLACES), 4)

    # ---- the basics

    def do(self, kind: str, opener: str = "", **roles) -> None:
        """Let an event happen.

        Raises:
            RuntimeError: the plot asked for something that this world does not allow; the plot is wrong.
        """
        if not opener and kind in FLOWING and self.dice.chance(0.2):
            opener = self.dice.choose(("then ", "soon ", "after that, "))
        event = Event(kind, roles, opener)
        problems = happen(self.world, event)
        if problems:
            raise RuntimeError(f"a plot cannot do {event}: {problems}")
        self.told.append((event, dict(self.world.holder), dict(self.world.place)))

    def key(self, kind: str, opener: str = "", **roles) -> None:
        """Let something happen that the summary will tell."""
        self.do(kind, opener, **roles)
        self.turning_point = self.told[-1][0]

    def person(self, name: str) -> Person:
        """Look up somebody of the cast."""
        return next(person for person in self.cast if person.name == name)

    def place_of(self, name: str) -> str:
        """Say where somebody is."""
        return self.world.place[name]

    def new_place(self, outdoors: bool = False) -> str:
        """Choose a place where nobody has been."""
        been = self.world.place.values()
        if outdoors:
            return self.dice.choose([place for place in OUTDOORS if place not in been])
        return next(place for place in self._places if place not in been)

    def new_thing(self, among: tuple[str, ...] = ()) -> Thing:
        """Think of a thing that the story does not have yet, often with an adjective."""
        fresh = [noun for noun in among or self._nouns if noun not in self.world.holder]
        noun = self.dice.choose(fresh)
        return Thing(noun, self.dice.choose(tuple(ADJECTIVES)) if self.dice.chance(0.6) else "")

    def is_willing(self, name: str) -> bool:
        """Decide whether somebody does a good turn: as their trait says, or by chance if it is not told."""
        trait = self.person(name).trait
        return self.dice.chance(0.85 if trait in GOOD_TRAITS else 0.15 if trait in BAD_TRAITS else 0.4)

    # ---- coming to have, coming along

    def get(self, who: str, among: tuple[str, ...] = ()) -> Thing:
        """Let somebody come to have something new."""
        thing = self.new_thing(among)
        if thing.noun in TO_MAKE and self.dice.chance(0.3):
            self.do("make", who=who, thing=thing)
        else:
            self.do(self.dice.choose(("have", "get", "get")), who=who, thing=thing)
        return thing

    def get_gladly(self, who: str, among: tuple[str, ...] = ()) -> Thing:
        """Let somebody come to have something new, and sometimes be glad of it."""
        thing = self.get(who, among)
        if self.dice.chance(0.3):
            self.feel(who)
        return thing

    def get_pet(self, who: str) -> Thing:
        """Let somebody have an animal."""
        pet = Thing(self.dice.choose(tuple(PETS)), self.dice.choose(PET_LOOKS))
        self.do("have", who=who, thing=pet)
        return pet

    def newcomer(self, number: int = 2) -> str:
        """Let one of the cast come along: the third, unless said otherwise."""
        third = self.cast[number]
        opener = self.dice.choose(("then ", "soon ", "later, "))
        if third.made_up or self.dice.chance(0.5):
            self.do("come_new", opener, who=third.name, child=third.gender)
        else:
            self.do("come", opener, who=third.name)
        return third.name

    # ---- beats in the middle

    def ask_for(self, who: str, whom: str, thing: Thing) -> None:
        """Let somebody want what another has, and say so."""
        if self.dice.chance(0.6):
            self.do("want", who=who, thing=thing)
            if self.dice.chance(0.4):
                return
        self.do("request", who=who, whom=whom, thing=thing)

    def say(self, intent: str, who: str, whom: str, p: float, **roles) -> None:
        """Let somebody speak, with probability p."""
        if self.dice.chance(p):
            self.do(intent, who=who, whom=whom, **roles)

    def refuse(self, who: str, whom: str, thing: Thing) -> None:
        """Let somebody keep a thing that another wants: in words or by doing nothing."""
        if self.dice.chance(0.4):
            self.do("refuse", who=who, whom=whom, thing=thing)
        else:
            self.do("keep", self.perhaps_but(), who=who, whom=whom, thing=thing)

    def perhaps_but(self) -> str:
        """Open a sentence with "but", or not."""
        return "but " if self.dice.chance(0.5) else ""

    def remark(self, thing: Thing) -> None:
        """Now and then, say who has the thing now: as a sentence, or as a question with its answer."""
        who = self.world.holder[thing.noun]
        if self.dice.chance(0.1):
            self.do("now", who=who, thing=thing)
        elif self.dice.chance(0.1):
            self.do("ask_had", thing=thing)
            self.do("tell_had", who=who, thing=thing)

    def feel(self, who: str, reason: str = "", **roles) -> None:
        """Tell how somebody feels about what last happened to them, sometimes with the reason.

        Nothing is said twice: no second feeling where nothing happened since the first, no reason again, and
        rarely a reason that the sentence before was about.
        """
        last = self.told[-1][0]
        if "feeling" in last.roles and last.roles["who"] == who:
            return
        world, dice = self.world, self.dice
        well = world.is_well(who)
        known = any(event.kind == reason and event.roles["who"] == who for event, _, _ in self.told)
        passed = [f for f in world.felt.get(who, ()) if (f in GOOD_FEELINGS) != well]
        if passed and dice.chance(0.45):
            self.do("no_more", who=who, feeling=passed[-1])
        elif (
            reason
            and not known
            and dice.chance(0.6 if last.kind in SPEECH or "feeling" in last.roles else 0.3)
        ):
            self.do(reason, who=who, feeling=dice.choose(FEELINGS_AFTER[world.cause[who]]), **roles)
        elif world.cause[who] in DENIED_AFTER and dice.chance(0.3):
            self.do("not_feel", who=who, feeling=dice.choose(DENIED_AFTER[world.cause[who]]))
        else:
            self.do("feel", who=who, feeling=dice.choose(FEELINGS_AFTER[world.cause[who]]))

    def sometimes_feel(self, who: str, reason: str = "", **roles) -> None:
        """Tell the feeling in the middle of a story, or leave it to the reader."""
        if self.dice.chance(0.5):
            self.feel(who, reason, **roles)

    def close(self) -> str:
        """End the story, sometimes on the way home. Gives the name of the one whose feeling ends it."""
        hero = self.last_to_feel()
        company = self.company_of(hero)
        if self.dice.chance(0.2):
            if self.world.is_well(hero) and company:
                self.do("home_together", "then ", who=hero, whom=company[0])
            elif hero in self.world.place:
                self.do("home_alone", "then ", who=hero)
        return hero

    def last_to_feel(self) -> str:
        """Say whose feeling was told last."""
        return next(event.roles["who"] for event, _, _ in reversed(self.told) if "feeling" in event.roles)

    def company_of(self, name: str) -> list[str]:
        """List who else is where somebody is, the last to come first."""
        place = self.world.place.get(name)
        others = [p.name for p in reversed(self.cast) if p.name != name]
        return [other for other in others if place and self.world.place.get(other) == place]

    def has_come(self, number: int) -> bool:
        """Whether one of the cast is in the story already."""
        return self.cast[number].name in self.world.people
