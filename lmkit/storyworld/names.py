"""Made-up names: an open class of a hundred thousand, built of syllables, so that a model must learn to copy.

A name says nothing about gender: boys and girls draw from the same syllables. The story has to tell.
The Chinese spells a name by its sounds, syllable by syllable, with gentler characters for girls.
"""

import re

from lmkit.storyworld.dice import Dice
from lmkit.storyworld.lexicon import BOYS, FEELINGS, GENDER, GIRLS, NOUNS, PLACES, TOWNS, TRAITS

VOWELS = "aeiou"
CHINESE_SYLLABLES = {  # first sound -> characters for a, e, i, o, u after it
    "": "阿埃伊奥乌",
    "b": "巴贝比博布",
    "c": "卡切奇科库",
    "d": "达德迪多杜",
    "f": "法费菲福富",
    "g": "加格吉戈古",
    "h": "哈赫希霍胡",
    "j": "贾杰吉乔朱",
    "k": "卡克基科库",
    "l": "拉莱利洛卢",
    "m": "马梅米莫穆",
    "n": "纳内尼诺努",
    "p": "帕佩皮波普",
    "q": "卡凯奇阔库",
    "r": "拉雷里罗鲁",
    "s": "萨塞西索苏",
    "t": "塔特蒂托图",
    "v": "瓦韦维沃武",
    "w": "瓦韦威沃伍",
    "x": "沙谢希肖舒",
    "y": "亚耶伊约尤",
    "z": "扎泽齐佐祖",
    "ch": "查切奇乔丘",
    "sh": "沙谢希肖舒",
    "th": "塔特蒂托图",
}
CHINESE_CODAS = {"": "", "n": "恩", "l": "尔", "r": "尔", "s": "斯", "k": "克", "x": "克斯", "t": "特"}
GENTLE = str.maketrans("马纳尼利里雷德西", "玛娜妮莉丽蕾黛茜")

FIRST_SOUNDS = tuple(CHINESE_SYLLABLES)
MIDDLE_SOUNDS = tuple("bfghjklmnprstvwyz") + ("ch", "sh", "th")
COMMON_VOWELS = "aaaeeeiiioou"
MIDDLE_CODAS = ("", "", "", "", "", "", "", "", "n", "l", "r", "s")
LAST_CODAS = ("", "", "", "", "", "", "", "n", "l", "r", "s", "k", "x", "t")
UNKIND = "anus homo jesus kaka loser moron nazi nega niga penis puta puto rape satan semen".split()
NOT_NAMES = frozenset(
    word.capitalize() for word in (*GENDER, *NOUNS, *PLACES, *TOWNS, *FEELINGS, *TRAITS, *UNKIND)
)


def make_up(dice: Dice) -> str:
    """Invent a name of two syllables, such as Zimo, Fenal or Urshat."""
    while True:
        sounds = (
            dice.choose(FIRST_SOUNDS),
            dice.choose(COMMON_VOWELS),
            dice.choose(MIDDLE_CODAS),
            dice.choose(MIDDLE_SOUNDS),
            dice.choose(COMMON_VOWELS),
            dice.choose(LAST_CODAS),
        )
        name = "".join(sounds).capitalize()
        if name not in NOT_NAMES and _reads_as_two_syllables(name):
            return name


def _reads_as_two_syllables(name: str) -> bool:
    """Whether the Chinese spelling covers every letter: only then is the name surely pronounceable."""
    return len(_syllables(name)) == 2 and "".join("".join(s) for s in _syllables(name)) == name.lower()


_SYLLABLE = re.compile(r"([cst]h|[^aeiou])?([aeiou])([nlrskxt](?![aeiouh]))?")


def _syllables(name: str) -> list[tuple[str, str, str]]:
    return _SYLLABLE.findall(name.lower())


def in_chinese(name: str, gender: str) -> str:
    """Write a name in Chinese: the usual characters of a known name, the sounds of a made-up one.

    Args:
        gender: "girl" or "boy". Girls get characters that Chinese prefers for girls, as is usual.

    Raises:
        ValueError: the name has no vowel that could be spelled.
    """
    known = GIRLS.get(name) or BOYS.get(name)
    if known:
        return known
    spelled = "".join(
        CHINESE_SYLLABLES[first if first in CHINESE_SYLLABLES else ""][VOWELS.index(vowel)]
        + CHINESE_CODAS[coda]
        for first, vowel, coda in _syllables(name)
    )
    if not spelled:
        raise ValueError(f"the name {name!r} has no syllable to spell in Chinese; use letters a to z")
    return spelled.translate(GENTLE) if gender == "girl" else spelled
