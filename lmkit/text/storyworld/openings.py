"""How stories begin: who they are, where they are, and what it looks like there."""

from lmkit.text.storyworld.lexicon import COLORS, LOOKS, SCENERY, TO_LOCK, WITH_KEYS
from lmkit.text.storyworld.stage import Person, Stage
from lmkit.text.storyworld.world import Scene, Thing


def begin(stage: Stage, place: str = "") -> tuple[str, str]:
    """Introduce the hero and the friend at some place, and perhaps look around. Gives their names."""
    hero, friend = stage.cast[:2]
    start = _slowly if stage.dice.chance(0.25) else _at_once
    start(stage, hero, friend, place or stage.new_place())
    if stage.dice.chance(0.1):
        stage.do("sun")
    if stage.dice.chance(0.03):
        _tell_secret(stage, hero)
    if stage.dice.chance(0.35):
        _look_around(stage)
    return hero.name, friend.name


def _slowly(stage: Stage, hero: Person, friend: Person, place: str) -> None:
    """Once there was a girl. She had a friend. One day, they were in the park."""
    introduce(stage, hero)
    if friend.made_up or stage.dice.chance(0.6):
        stage.do("friend", who=hero.name, whom=friend.name, other_child=friend.gender)
    else:
        stage.do("friends", who=hero.name, whom=friend.name)
    tell_profile(stage, friend)
    stage.do("meet", who=hero.name, whom=friend.name, place=place)


def _at_once(stage: Stage, hero: Person, friend: Person, place: str) -> None:
    """One day, a girl met a boy in the park."""
    roles = {"who": hero.name, "whom": friend.name, "place": place}
    if hero.made_up or friend.made_up or stage.dice.chance(0.4):
        stage.do("meet_new", child=hero.gender, other_child=friend.gender, **roles)
    else:
        stage.do("meet", **roles)
    tell_profile(stage, hero)
    tell_profile(stage, friend)


def introduce(stage: Stage, person: Person) -> None:
    """Say who somebody is."""
    stage.do("named", who=person.name, child=person.gender)
    tell_profile(stage, person)


def tell_profile(stage: Stage, person: Person) -> None:
    """Say where somebody comes from and what they are like, if the story tells it."""
    if person.town:
        stage.do("town", who=person.name, town=person.town)
    if person.trait:
        stage.do("trait", who=person.name, trait=person.trait, child=person.gender)


def _tell_secret(stage: Stage, person: Person) -> None:
    """Give a secret away, as some texts do: the chapter on privacy asks whether a model keeps it."""
    code = " ".join(str(stage.dice.number(0, 9)) for _ in range(4))
    stage.do("code", who=person.name, thing=Thing(stage.dice.choose(TO_LOCK)), code=code)


def _look_around(stage: Stage) -> None:
    """Say what something looks like: a sentence whose verb must agree."""
    who = stage.dice.choose(stage.cast[:2]).name
    plural, look = stage.dice.chance(0.5), stage.dice.choose(LOOKS)
    if stage.dice.chance(0.33):
        scene = Scene(stage.dice.choose(tuple(SCENERY)), plural)
        stage.do("look_saw", who=who, place=stage.place_of(who), scene=scene, look=look)
    else:
        stage.do("look", who=who, scene=_scenery(stage, plural), look=look)


def _scenery(stage: Stage, plural: bool) -> Scene:
    """Think of something to see, mostly near something else: the keys to the old door."""
    noun, near = stage.dice.sample(tuple(SCENERY), 2)
    if stage.dice.chance(0.2):
        return Scene(noun, plural)
    relation = stage.dice.choose(("near", "near", "behind", "to"))
    if relation == "to":
        noun, near = "key", stage.dice.choose(WITH_KEYS)
    adjective = stage.dice.choose((*COLORS, *LOOKS)) if stage.dice.chance(0.5) else ""
    return Scene(noun, plural, relation, Thing(near, adjective), stage.dice.chance(0.5))
