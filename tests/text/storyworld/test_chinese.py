"""The Chinese: every noun with its own measure word, and the grammar that a reader would trip over."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.text.storyworld.chinese import counted
from lmkit.text.storyworld.dice import Dice
from lmkit.text.storyworld.lexicon import ADJECTIVES, BOYS, FEELINGS, GIRLS, NOUNS, TRAITS
from lmkit.text.storyworld.names import in_chinese, make_up
from lmkit.text.storyworld.patterns import PATTERNS, Slot

MEASURES = {noun.chinese: noun.measure for noun in NOUNS.values()}
LONGEST_FIRST = sorted(MEASURES, key=len, reverse=True)
BEFORE = "|".join(adjective.before for adjective in ADJECTIVES.values())
MEASURE = "|".join(sorted(set(MEASURES.values())))
COUNTED = re.compile(rf"[一两三四五六七八九十那这几]({MEASURE})(?:{BEFORE})?({'|'.join(LONGEST_FIRST)})")
UNCOUNTED = re.compile(rf"[一两三四五六七八九十几](?:{'|'.join(LONGEST_FIRST)})")


@pytest.fixture(scope="module")
def told(many):
    """Every sentence in both languages."""
    return [(s.text, s.chinese) for stories in many.values() for story in stories for s in story.sentences]


def test_each_noun_is_counted_with_its_own_measure_word(told):
    found = [(measure, noun) for _, chinese in told for measure, noun in COUNTED.findall(chinese)]
    assert len(found) > 1000
    assert {noun for _, noun in found} == {noun.chinese for noun in NOUNS.values()}
    for measure, noun in found:
        assert MEASURES[noun] == measure


def test_no_noun_is_counted_without_a_measure_word(told):
    assert not [chinese for _, chinese in told if UNCOUNTED.search(chinese)]


@pytest.mark.parametrize(
    ("noun", "chinese"),
    [
        ("kite", "一只风筝"),
        ("book", "一本书"),
        ("key", "一把钥匙"),
        ("scarf", "一条围巾"),
        ("coat", "一件外套"),
        ("horse", "一匹马"),
        ("lamp", "一盏灯"),
        ("picture", "一幅画"),
        ("flower", "一朵花"),
        ("nut", "一颗坚果"),
        ("tree", "一棵树"),
        ("umbrella", "一把雨伞"),
    ],
)
def test_measure_words_are_those_that_a_chinese_reader_expects(noun, chinese):
    assert counted("一", noun) == chinese


@pytest.mark.parametrize(
    ("adjective", "noun", "chinese"),
    [
        ("big", "boat", "一只大船"),
        ("small", "car", "一辆小汽车"),
        ("red", "boat", "一只红色的小船"),
        ("big", "dog", "一只大狗"),
    ],
)
def test_what_is_small_by_name_is_not_called_small_or_big_on_top(adjective, noun, chinese):
    assert counted("一", noun, adjective) == chinese


def test_nothing_is_big_and_small_at_once(told):
    assert any("大船" in chinese for _, chinese in told)
    assert not [chinese for _, chinese in told if "大小" in chinese or "小小" in chinese]


def test_two_of_something_is_liang_not_er(told):
    assert any("两" in chinese for _, chinese in told)
    assert not any("二" in chinese.removeprefix("第二天").replace("健二", "") for _, chinese in told)


def test_very_and_not_are_not_said_together(told):
    assert not [chinese for _, chinese in told if re.search("不很|很不|很非常|非常很|很是", chinese)]


def test_possessors_are_not_doubled(told):
    assert not [
        chinese for _, chinese in told if "的的" in chinese or re.search("[他她]的(妈妈|最好)", chinese)
    ]


def test_pronouns_of_girls_and_boys_and_things_are_written_differently(told):
    pronouns = {"He ": "他", "She ": "她", "It ": "它"}
    for english, chinese in told:
        for pronoun, character in pronouns.items():
            if english.startswith(pronoun) and "started" not in english and "was a warm day" not in english:
                assert character in chinese, (english, chinese)


def test_every_sentence_is_chinese_from_end_to_end(told):
    for english, chinese in told:
        assert re.fullmatch(r"[\u4e00-\u9fff，：“”！？。0-9]+", chinese), (english, chinese)
        assert chinese[-1] in "。？！”"


def test_every_role_of_the_chinese_is_in_the_event():
    """Chinese may leave a role out, and may use a feeling that English leaves out (yes, she is)."""
    for kind, patterns in PATTERNS.items():
        english = {slot.role for pattern in patterns for slot in pattern.english if isinstance(slot, Slot)}
        for pattern in patterns:
            roles = {slot.role for slot in pattern.chinese if isinstance(slot, Slot)}
            allowed = english | ({"who", "whom"} if "both" in english else set())
            assert roles <= allowed | ({"feeling"} if kind in ("tell_yes", "tell_no") else set()), kind


@given(seed=st.integers(0, 2**40), gender=st.sampled_from(["girl", "boy"]))
def test_a_made_up_name_is_spelled_by_its_sounds(seed, gender):
    name = make_up(Dice(seed))
    assert re.fullmatch(r"[\u4e00-\u9fff]{1,7}", in_chinese(name, gender))
    assert len(in_chinese(name + "ndra", gender)) == len(in_chinese(name + "nd", gender)) + 1  # one vowel more


@pytest.mark.parametrize(
    ("name", "chinese"),
    [("Olga", "奥尔加"), ("Dmitri", "德米特里"), ("Bruno", "布鲁诺"), ("Zelda", "泽尔达"), ("Fatima", "法蒂马")],
)
def test_consonants_without_a_vowel_are_spelled_too(name, chinese):
    assert in_chinese(name, "boy") == chinese


def test_known_names_have_their_own_spelling():
    assert in_chinese("Zoe", "girl") == "佐伊"
    assert in_chinese("Ming", "boy") == "小明"
    assert len({*GIRLS.values(), *BOYS.values()}) == len(GIRLS) + len(BOYS)


def test_a_name_without_a_vowel_cannot_be_spelled():
    with pytest.raises(ValueError, match="'Pfft' has no syllable"):
        in_chinese("Pfft", "boy")


def test_no_two_words_of_a_kind_share_a_translation():
    for words in (FEELINGS, TRAITS):
        assert len(set(words.values())) == len(words)
    assert len(MEASURES) == len(NOUNS)
