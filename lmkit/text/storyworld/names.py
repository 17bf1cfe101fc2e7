"""Made-up names: an open class of many millions, built of sounds, so that a model must learn to copy.

The class is wide on purpose. Whatever name a reader types should lie in it, letter by letter: one to three syllables,
clusters (Bruno), consonants that meet (Zelda), rare letters (Xavier), beginnings that English lacks (Dmitri). A model
copies what its made-up names were made of: fed with tidy names of two syllables alone, it copies those alone.

A name says nothing about gender: boys and girls draw from the same sounds. The story has to tell.
The Chinese spells a name by its sounds, with gentler characters for girls.
"""

import re

from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.lexicon import BOYS, FEELINGS, GENDER, GIRLS, NOUNS, PLACES, TOWNS, TRAITS
from lmkit.text.storyworld.patterns import OPENERS, PATTERNS

# Names that a reader may type. No story has them: with them we ask whether a model copies a name that it never read.
NEVER_TOLD = dict.fromkeys(("Zelda", "Wendy", "Olga", "Ingrid", "Fatima", "Chloe"), "girl") | dict.fromkeys(
    ("Dmitri", "Bruno", "Xavier", "Hugo", "Kwame", "Akira"), "boy"
)

# --- Making up. ---

SINGLE = (*"bcdfghjklmnprstvwyz", *"bcdfghjklmnprstvwyz", *"bdklmnrstqx", "ch", "sh", "th")
CLUSTERS = tuple(
    "bl br cl cr dr fl fr gl gr kl kr pl pr sk sl sm sn sp st sv sw tr tw vl str chr "
    "dm dn gn gw kh kn ks kw mb nd ng ph ps pt rh sch tz vr wh wr zh zl".split()
)
DOUBLE = tuple("bb ck dd ff gg ll mm nn ph pp rr ss tt zz".split())
CODAS = "nnnrrrlllssmtkdcbgpxzvfhw"
CODA_CLUSTERS = tuple("nd nt ns nk ng ld lt lf ls lk rd rt rn rs rk rm rg st sk ss ll nn tt ck th sh ch ks".split())
COMMON_VOWELS = "aaaeeeiiioou"
TWO_VOWELS = tuple("ai ae ao au ay ea ee ei eo ey ia ie io iu oa oe oi oo ou oy ua ue ui uo y y y".split())
UNKIND = re.compile(
    "anus|arse|bitch|cock|crap|cunt|damn|dead|dick|dildo|dumb|fag|fart|fuck|hell|hitl|homo|idiot|jesus|kaka|kike|kill|"
    "lesb|loser|moron|nazi|neg[ar]|nig[aegr]|nude|orgy|penis|piss|poop|porn|puss|put[ao]$|rape|satan|semen|sex|"
    "shit|slut|stupid|suck|tit|turd|twat|vagin|wank|whor"
)


def _words_of_the_stories() -> set[str]:
    """Every word that a sentence may begin with or hold: none of them shall be taken for a name."""
    said = " ".join((*OPENERS, *(str(p.english) for patterns in PATTERNS.values() for p in patterns)))
    plurals = (noun.plural for noun in NOUNS.values())
    words = (*GENDER, *NOUNS, *plurals, *PLACES, *TOWNS, *FEELINGS, *TRAITS, *re.findall("[A-Za-z]+", said))
    return {word.capitalize() for word in words}


NOT_NAMES = frozenset({*NEVER_TOLD, *_words_of_the_stories()})


def make_up(dice: Dice) -> str:
    """Invent a name of one to three syllables, such as Zimo, Brant, Ostrella or Dmey."""
    while True:
        sounds = [_start(dice), _vowel(dice)]
        for _ in range(dice.choose((0, 1, 1, 1, 1, 1, 2))):
            sounds += [_middle(dice), _vowel(dice)]
        name = "".join((*sounds, _end(dice))).capitalize()
        if 2 < len(name) < 9 and name not in NOT_NAMES and not UNKIND.search(name.lower()):
            return name


def _start(dice: Dice) -> str:
    return dice.choose(dice.choose((SINGLE, SINGLE, SINGLE, CLUSTERS, ("",))))


def _vowel(dice: Dice) -> str:
    return dice.choose(TWO_VOWELS if dice.chance(0.15) else COMMON_VOWELS)


def _middle(dice: Dice) -> str:
    """What stands between two vowels: one consonant as often as not, two or three otherwise."""
    kind = dice.choose((*["one"] * 5, "two", "two", "two", "double", "three"))
    if kind == "two":
        return dice.choose(CODAS) + dice.choose(SINGLE)
    if kind == "three":
        return dice.choose(("", *"nlrs")) + dice.choose(CLUSTERS)
    return dice.choose(SINGLE if kind == "one" else DOUBLE)


def _end(dice: Dice) -> str:
    return dice.choose(dice.choose(("", "", "", "", CODAS, CODAS, CODA_CLUSTERS)) or ("",))


# --- Chinese. ---

CHINESE_SYLLABLES = {  # first sound -> characters for a, e, i, o, u after it, and for the sound alone
    "": "阿埃伊奥乌",
    "b": "巴贝比博布布",
    "c": "卡切奇科库克",
    "d": "达德迪多杜德",
    "f": "法费菲福富夫",
    "g": "加格吉戈古格",
    "h": "哈赫希霍胡赫",
    "j": "贾杰吉乔朱杰",
    "k": "卡克基科库克",
    "l": "拉莱利洛卢尔",
    "m": "马梅米莫穆姆",
    "n": "纳内尼诺努恩",
    "p": "帕佩皮波普普",
    "q": "卡凯奇阔库克",
    "r": "拉雷里罗鲁尔",
    "s": "萨塞西索苏斯",
    "t": "塔特蒂托图特",
    "v": "瓦韦维沃武夫",
    "w": "瓦韦威沃伍夫",
    "x": "沙谢希肖舒克",
    "y": "亚耶伊约尤伊",
    "z": "扎泽齐佐祖兹",
    "ch": "查切奇乔丘奇",
    "sh": "沙谢希肖舒什",
    "th": "塔特蒂托图思",
}
SOUNDS_LIKE = {"ck": "k", "ee": "i", "kh": "k", "oo": "u", "ph": "f", "rh": "r", "sch": "sh", "wh": "w", "zh": "j"}
GENTLE = str.maketrans("马纳尼利里雷德西", "玛娜妮莉丽蕾黛茜")
_SOUND = re.compile(r"(?P<first>[cst]h|[^aeiou])?(?P<vowel>[aeiou])|(?P<alone>[cst]h|[^aeiou])")


def in_chinese(name: str, gender: str) -> str:
    """Write a name in Chinese: the usual characters of a known name, the sounds of a made-up one, every letter of it.

    Args:
        gender: "girl" or "boy". Girls get characters that Chinese prefers for girls, as is usual.

    Raises:
        ValueError: the name has no vowel that could be spelled.
    """
    known = GIRLS.get(name) or BOYS.get(name)
    if known:
        return known
    spelled = "".join(_character(**sound.groupdict()) for sound in _SOUND.finditer(_as_it_sounds(name)))
    if not re.search("[aeiouy]", name.lower()):
        raise ValueError(f"the name {name!r} has no syllable to spell in Chinese; use letters a to z")
    return spelled.translate(GENTLE) if gender == "girl" else spelled


def _as_it_sounds(name: str) -> str:
    """Write one letter for one sound: Phillyck becomes filik. Letters beyond a to z are left out."""
    letters = re.sub("[^a-z]", "", name.lower())
    letters = re.sub("|".join(SOUNDS_LIKE), lambda match: SOUNDS_LIKE[match[0]], letters)
    letters = re.sub(r"(.)\1", r"\1", letters)
    return re.sub("y(?![aeiou])", "i", letters)


def _character(first: str | None, vowel: str | None, alone: str | None) -> str:
    if alone:
        return CHINESE_SYLLABLES[alone][-1]
    return CHINESE_SYLLABLES[first or ""]["aeiou".index(vowel)]
