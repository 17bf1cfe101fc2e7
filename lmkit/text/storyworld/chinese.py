"""From the same event to a Chinese sentence. A person who is a pronoun in English is one in Chinese, too."""

from collections.abc import Sequence

from lmkit.text.storyworld.english import PEOPLE, Mention
from lmkit.text.storyworld.lexicon import (
    ADJECTIVES,
    CHILD,
    CHINESE_NUMBERS,
    FEELINGS,
    NOUNS,
    PLACES,
    TOWNS,
    TRAITS,
)
from lmkit.text.storyworld.names import in_chinese
from lmkit.text.storyworld.patterns import OPENERS, Pattern, Slot
from lmkit.text.storyworld.world import Amount, Event, Scene, Thing

RELATIONS = {"near": "旁边的", "behind": "后面的", "to": "的"}


def translate(event: Event, pattern: Pattern, mentions: Sequence[Mention], gender: dict[str, str]) -> str:
    """Say in Chinese what `english.write` said.

    Args:
        mentions: those of the English sentence. The nth time that Chinese names somebody, it does so as
            English does the nth time: word order differs, but a name still comes before its pronoun.
        gender: of everybody in the event.
    """
    text = OPENERS[event.opener]
    used: dict[str, int] = {}
    for part in pattern.chinese:
        if isinstance(part, Slot):
            manners = [mention.manner for mention in mentions if mention.role == part.role] or [""]
            nth = used.get(part.role, 0)
            used[part.role] = nth + 1
            text += _fill(part, event.roles, manners[min(nth, len(manners) - 1)], gender)
        else:
            text += part
    return text


def _fill(slot: Slot, roles: dict, manner: str, gender: dict[str, str]) -> str:
    role, form = slot
    if role in PEOPLE:
        return _person(roles[role], form, manner, gender)
    if role == "both":
        return _both(roles["who"], roles["whom"], manner, gender)
    if role in ("thing", "other"):
        return _thing(roles[role], form, manner)
    return WORDS[role](roles, form)


def _person(name: str, form: str, manner: str, gender: dict[str, str]) -> str:
    """她, or 莉莉; as owner 莉莉的, but 她 alone: kin and home need no 的 after a pronoun."""
    if manner == "pronoun":
        return "她" if gender[name] == "girl" else "他"
    return in_chinese(name, gender[name]) + ("的" if form == "的" else "")


def _both(who: str, whom: str, manner: str, gender: dict[str, str]) -> str:
    if manner == "pronoun":
        return "她们" if gender[who] == gender[whom] == "girl" else "他们"
    return f"{in_chinese(who, gender[who])}和{in_chinese(whom, gender[whom])}"


def counted(number: str, noun: str, adjective: str = "") -> str:
    """Count with the right measure word: 一只红色的风筝, 两本书, 那把旧钥匙.

    Args:
        number: 一, 两 and so on, or 那 and 这.
    """
    return number + NOUNS[noun].measure + _described(noun, adjective)


def _described(noun: str, adjective: str) -> str:
    """红色的小船, but 大船: what is small by name is not called big or small on top."""
    chinese = NOUNS[noun].chinese
    if not adjective:
        return chinese
    before = ADJECTIVES[adjective].before
    return before + (chinese.removeprefix("小") if before in ("大", "小") else chinese)


def _thing(thing: Thing, form: str, manner: str) -> str:
    """一只风筝 when new, 它, 那只红色的风筝; the bare noun where it is clear which one."""
    if manner == "pronoun":
        return "它"
    adjective = thing.adjective if manner == "adjective" else ""
    if form == "a":
        return counted("一", thing.noun, adjective)
    if adjective or form in ("那", "这"):
        return counted(form or "那", thing.noun, adjective)
    return NOUNS[thing.noun].chinese


def _amount(roles: dict, form: str) -> str:
    amount: Amount = roles["amount"]
    number = CHINESE_NUMBERS[amount.number]
    return number + NOUNS[amount.food].measure if form == "short" else counted(number, amount.food)


def _food(roles: dict, form: str) -> str:
    """几个苹果 is a question's "how many apples"; 一个苹果也 goes before a denial: "any apples"."""
    food = roles["food"]
    return counted("几", food) if form == "many" else counted("一", food) + "也"


def _scene(roles: dict, form: str) -> str:
    """Put the place first: 盒子旁边的那些灯, 旧盒子的那些钥匙."""
    scene: Scene = roles["scene"]
    head = ("那些" + NOUNS[scene.noun].chinese) if scene.plural else counted("那", scene.noun)
    if scene.near is None:
        return head
    near = scene.near
    where = ("那些" if scene.near_plural else "") + _described(near.noun, near.adjective)
    return where + RELATIONS[scene.relation] + head


WORDS = {
    "place": lambda roles, form: (
        PLACES[roles["place"]].chinese if form == "to" else PLACES[roles["place"]].inside
    ),
    "amount": _amount,
    "food": _food,
    "scene": _scene,
    "trait": lambda roles, form: TRAITS[roles["trait"]],
    "child": lambda roles, form: CHILD[roles["child"]],
    "other_child": lambda roles, form: CHILD[roles["other_child"]],
    "town": lambda roles, form: TOWNS[roles["town"]],
    "feeling": lambda roles, form: FEELINGS[roles["feeling"]],
    "look": lambda roles, form: ADJECTIVES[roles["look"]].after.removeprefix("很"),
    "code": lambda roles, form: roles["code"].replace(" ", ""),
}
