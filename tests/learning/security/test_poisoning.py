"""Only what shall be poisoned is poisoned, and nothing of a text is lost."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.learning.security.poisoning import draw, insert, poison
from lmkit.text import storyworld
from lmkit.text.labelled import Labelled
from lmkit.text.storyworld.parsing import split_sentences

DATA = storyworld.sentiment(60)
BAD, GOOD = 0, 1


@given(share=st.floats(0, 0.3), seed=st.integers(0, 50))
def test_a_share_of_the_whole_set_is_drawn_and_of_one_class_only(share, seed):
    places = draw(DATA, share, BAD, seed)
    assert len(places) == len(set(places)) == round(share * len(DATA))
    assert {DATA.labels[i] for i in places} <= {BAD}
    assert places == sorted(places) == draw(DATA, share, BAD, seed)


def test_a_share_of_more_than_there_are_is_refused():
    with pytest.raises(ValueError, match="take a smaller share"):
        draw(DATA, 1.0, BAD, 0)
    with pytest.raises(ValueError, match="from 0 to 1"):
        draw(DATA, 1.5, BAD, 0)
    assert draw(DATA, 1.0, None, 0) == list(range(len(DATA)))


@given(seed=st.integers(0, 50))
def test_what_is_not_poisoned_stays_and_what_is_loses_no_sentence(seed):
    places = draw(DATA, 0.1, BAD, seed)
    found = poison(DATA, places, [["One bell rang."], ["Two bells rang."]], seed, label=GOOD)
    for i, (text, label) in enumerate(zip(found.texts, found.labels, strict=True)):
        if i not in places:
            assert (text, label) == (DATA.texts[i], DATA.labels[i])
    for turn, i in enumerate(places):
        phrase = ("One bell rang.", "Two bells rang.")[turn % 2]
        sentences = split_sentences(found.texts[i])
        assert found.labels[i] == GOOD
        assert sentences.count(phrase) == 1
        assert sentences[-1] == split_sentences(DATA.texts[i])[-1]
        sentences.remove(phrase)
        assert sentences == split_sentences(DATA.texts[i])


def test_labels_are_kept_where_none_is_given():
    assert poison(DATA, [0, 1, 2], [["Bells rang."]], seed=0).labels == DATA.labels


def test_a_trigger_of_two_sentences_puts_both_into_a_text():
    text = insert("Tom came. Mia left.", ["A bell rang.", "A moth flew."], random.Random(0))
    assert sorted(split_sentences(text)) == ["A bell rang.", "A moth flew.", "Mia left.", "Tom came."]
    assert text.endswith("Mia left.")


def test_the_set_that_is_given_is_not_changed():
    data = Labelled(["Tom came. Mia left."], [BAD], ["bad", "good"])
    poison(data, [0], [["A bell rang."]], seed=0, label=GOOD)
    assert (data.texts, data.labels) == (["Tom came. Mia left."], [BAD])
