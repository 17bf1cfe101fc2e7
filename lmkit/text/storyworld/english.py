"""From an event to an English sentence, with a note of everyone and everything that it mentions."""

from collections.abc import Callable
from typing import NamedTuple

from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.discourse import PRONOUNS, Discourse
from lmkit.text.storyworld.lexicon import GENDER, NOUNS, NUMBER_WORDS, PLACES
from lmkit.text.storyworld.patterns import Pattern, Slot
from lmkit.text.storyworld.world import Amount, Event, Scene, Thing

PEOPLE = ("who", "whom", "third")


class Mention(NamedTuple):
    """What a slot was filled with, and where it stands in the sentence.

    Attributes:
        manner: "pronoun", or "adjective" (the red kite), or "" for a plain name or noun.
    """

    role: str
    form: str
    manner: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """Where it ends in the sentence."""
        return self.start + len(self.text)


def write(
    event: Event, pattern: Pattern, discourse: Discourse, dice: Dice | None
) -> tuple[str, tuple[Mention, ...]]:
    """Say an event in English by this pattern, and keep the discourse up to date.

    Args:
        dice: draws between name and pronoun, and whether an adjective is said again. None always says the
            name and never the adjective, which is how summaries are written.
    """
    text = event.opener
    mentions = []
    for part in pattern.english:
        if isinstance(part, Slot):
            words, manner = _fill(part, event.roles, discourse, dice)
            mentions.append(Mention(part.role, part.form, manner, words, len(text)))
            text += words
        else:
            text += part
    discourse.end_sentence()
    return text[0].upper() + text[1:], tuple(mentions)


def _fill(slot: Slot, roles: dict, discourse: Discourse, dice: Dice | None) -> tuple[str, str]:
    role, form = slot
    if role in PEOPLE:
        return _person(roles[role], form, discourse, dice)
    if role == "both":
        return _both(roles["who"], roles["whom"], discourse, dice)
    if role in ("thing", "other"):
        return _thing(roles[role], role, form, discourse, dice)
    return WORDS[role](roles, form, discourse), ""


def _person(name: str, form: str, discourse: Discourse, dice: Dice | None) -> tuple[str, str]:
    """Say a name, or a pronoun where it is clear. Twice in a sentence, a clear pronoun is always better.

    A made-up name is said more often than a known one: there it is copying that a model must learn.
    """
    gender = discourse.gender.get(name)
    clear = dice and gender and form != "name" and discourse.candidates(gender, form) == [name]
    pronoun = clear and (discourse.seen(name) or dice.chance(0.8 if name in GENDER else 0.5))
    discourse.mention(name, form)
    if pronoun:
        return PRONOUNS[gender][form], "pronoun"
    return (name + "'s" if form == "his" else name), ""


def _both(who: str, whom: str, discourse: Discourse, dice: Dice | None) -> tuple[str, str]:
    clear = dice and set(discourse.pair()) == {who, whom}
    discourse.mention(who)
    discourse.mention(whom)
    if clear and dice.chance(0.8):
        return "they", "pronoun"
    return f"{who} and {whom}", ""


def _thing(thing: Thing, role: str, form: str, discourse: Discourse, dice: Dice | None) -> tuple[str, str]:
    clear = dice and form == "" and role == "thing" and discourse.things() == [thing.noun]
    discourse.mention_thing(thing.noun)
    if form == "it" or (clear and dice.chance(0.5)):
        return "it", "pronoun"
    if form == "bare":
        return thing.noun, ""
    described = bool(thing.adjective) and (form == "a" or (dice is not None and dice.chance(0.25)))
    words = f"{thing.adjective} {thing.noun}" if described else thing.noun
    return (with_a(words) if form == "a" else f"the {words}"), "adjective" if described else ""


def with_a(words: str) -> str:
    """Put a or an before the words: it is the sound that counts, not the letter."""
    return ("an " if words[0] in "aeiou" or words == "honest" else "a ") + words


def _place(roles: dict, form: str, discourse: Discourse) -> str:
    place = roles["place"]
    return f"{'to' if form == 'to' else PLACES[place].preposition} the {place}"


def _amount(roles: dict, form: str, discourse: Discourse) -> str:
    amount: Amount = roles["amount"]
    number = NUMBER_WORDS[amount.number]
    if form == "short":
        return number
    discourse.mention_thing(amount.food)
    more = "more " if form == "more" else ""
    return f"{number} {more}{plural(amount.food, amount.number)}"


def plural(noun: str, number: int) -> str:
    """Give the form of the noun for this many."""
    return noun if number == 1 else NOUNS[noun].plural


def _food(roles: dict, form: str, discourse: Discourse) -> str:
    discourse.mention_thing(roles["food"])
    return NOUNS[roles["food"]].plural


def _scene(roles: dict, form: str, discourse: Discourse) -> str:
    scene: Scene = roles["scene"]
    discourse.mention_thing(scene.noun)
    words = f"the {plural(scene.noun, 1 + scene.plural)}"
    if scene.near is None:
        return words
    discourse.mention_thing(scene.near.noun)
    adjective = scene.near.adjective + " " if scene.near.adjective else ""
    return f"{words} {scene.relation} the {adjective}{plural(scene.near.noun, 1 + scene.near_plural)}"


def _trait(roles: dict, form: str, discourse: Discourse) -> str:
    return with_a(roles["trait"]) if form == "a" else roles["trait"]


WORDS: dict[str, Callable[[dict, str, Discourse], str]] = {  # role -> the words for it
    "place": _place,
    "amount": _amount,
    "food": _food,
    "scene": _scene,
    "was": lambda roles, form, discourse: "were" if roles["scene"].plural else "was",
    "trait": _trait,
    "child": lambda roles, form, discourse: roles["child"],
    "other_child": lambda roles, form, discourse: roles["other_child"],
    "town": lambda roles, form, discourse: roles["town"],
    "feeling": lambda roles, form, discourse: roles["feeling"],
    "look": lambda roles, form, discourse: roles["look"],
    "code": lambda roles, form, discourse: roles["code"],
}
