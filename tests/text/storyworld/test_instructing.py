"""What users say about stories, and what is right."""

from functools import cache

import pytest

from lmkit.text import storyworld
from lmkit.text.storyworld import Wish, follows
from lmkit.text.storyworld.instructing import ABOUT, CHARACTERS, MAKERS, fulfils

WELL = "One day, Zoe and Tom were in the kitchen. Tom found a kite. Tom gave the kite to Zoe. Zoe was happy."


@cache
def made(kind):
    return storyworld.instructions(kind, 6, "validation")


@pytest.mark.parametrize("kind", MAKERS)
def test_the_right_answer_follows_and_another_one_does_not(kind):
    assert len({instruction.text for instruction in made(kind)}) == len(made(kind)) == 6
    for instruction in made(kind):
        assert instruction.kind == kind
        assert follows(instruction, instruction.answer) and follows(instruction, f" {instruction.answer}\n")
        assert not follows(instruction, f"{instruction.answer} {instruction.answer}x")


@pytest.mark.parametrize("kind", ABOUT)
def test_a_story_stands_before_what_is_asked_about_it_and_has_no_question_in_it(kind):
    for instruction in made(kind):
        story, _, asked = instruction.text.rpartition(". " if ". " in instruction.text else '" ')
        assert storyworld.check(f"{story}.") == [] or storyworld.check(f'{story}"') == []
        assert len(story) <= CHARACTERS and asked


def test_one_word_is_one_word_and_names_come_in_the_order_of_the_story():
    for kind in ("who", "where", "many"):
        assert all(len(each.answer.split()) == 1 for each in made(kind))
    for each in made("everybody"):
        places = [each.text.index(name) for name in each.answer.split(", ")]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("wish", "text", "right"),
    [
        (Wish("Zoe", "kite", True), WELL, True),
        (Wish("Zoe", "kite", False), WELL, False),
        (Wish("Zoe", "drum", True), WELL, False),
        (Wish("Mia", "kite", True), WELL, False),
        (Wish("Zoe", "kite", True), WELL.replace("a kite", "an kite"), False),
        (Wish("Zoe", "kite", True), f"{WELL} Tom broke the kite.", False),
        (Wish("Zoe", "kite", True), "", False),
    ],
)
def test_a_story_fulfils_a_wish_if_it_has_all_and_nothing_is_wrong_with_it(wish, text, right):
    assert fulfils(wish, text) == right


def test_dialogues_take_turns_and_half_of_them_begin_with_a_wish():
    drawn = storyworld.dialogues(20, "validation")
    assert all(len(turns) % 2 == 0 and 4 <= len(turns) <= 10 for turns in drawn)
    wishes = drawn[1::2]
    assert [turns for turns in drawn if turns[0].startswith("Write a story with")] == wishes
    assert all(storyworld.check(turns[1]) == [] for turns in wishes)
    others = {turns[0] for turns in storyworld.dialogues(20, "validation", seed=1)}
    assert not others & {turns[0] for turns in drawn if turns not in wishes}


def test_a_kind_that_is_not_there_is_refused_with_the_kinds_that_are():
    with pytest.raises(ValueError, match="no instructions of kind 'when'; choose one of who, where"):
        storyworld.instructions("when", 1)
    with pytest.raises(ValueError, match="no split 'tests'"):
        storyworld.dialogues(1, "tests")
