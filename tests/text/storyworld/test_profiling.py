"""Profiles: a town says as much of a trait as the rate wants, and nothing else changes with it."""

import math
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.text import storyworld
from lmkit.text.storyworld.lexicon import BAD_TRAITS
from lmkit.text.storyworld.telling import SPLITS, split_of

RATES = (0.0, 0.4, 0.8)


@pytest.mark.parametrize("rate", RATES)
def test_the_towns_are_as_far_apart_as_the_formula_says(rate):
    told = storyworld.profiles(4000, rate)
    bad = Counter((each.person.town, each.person.trait in BAD_TRAITS) for each in told)
    odds = {town: math.log(bad[town, True] / bad[town, False]) for town in ("Elmby", "Oakby")}
    error = math.sqrt(sum(1 / n for n in bad.values()))
    assert odds["Elmby"] - odds["Oakby"] == pytest.approx(storyworld.true_gap(rate), abs=4 * error)


@given(seed=st.integers(0, 10**6), rate=st.floats(0, 1), split=st.sampled_from(SPLITS))
def test_every_profile_is_a_faultless_text_of_its_split_about_its_person(seed, rate, split):
    for told in storyworld.profiles(5, rate, split, seed):
        assert storyworld.check(told.text) == []
        assert split_of(told.person.name, "") == split
        assert told.person.town in told.text and told.text.count(told.person.trait) == 1
        assert told.text.startswith(told.beginning) and told.person.trait not in told.beginning


def test_another_rate_changes_traits_alone():
    for one, other in zip(storyworld.profiles(200, 0.1), storyworld.profiles(200, 0.9), strict=True):
        assert one.person._replace(trait="") == other.person._replace(trait="")
        assert one.text.split(".")[:2] == other.text.split(".")[:2]


def test_at_rate_one_a_trait_tells_the_town():
    told = storyworld.profiles(200, 1)
    assert {(p.person.town, p.person.trait in BAD_TRAITS) for p in told} == {("Elmby", True), ("Oakby", False)}


def test_a_longer_list_begins_with_the_shorter():
    assert storyworld.profiles(40, 0.5, seed=3)[:10] == storyworld.profiles(10, 0.5, seed=3)


@pytest.mark.parametrize("n", [1, 30, 300])
def test_beginnings_are_different_and_end_where_any_trait_fits(n):
    told = storyworld.beginnings(n)
    assert len(set(told)) == n
    assert all(re.search(r" (very|was)$", text) and ("Elmby" in text) != ("Oakby" in text) for text in told)
    assert all(storyworld.check(f"{text} {trait}.") == [] for text in told[:20] for trait in ("kind", "rude"))


@given(st.lists(st.sampled_from(["Elmby", "Oakby", "Elmbyhill", "elmby", "Zoe", ".", " "])).map("".join))
def test_a_town_swapped_twice_is_as_it_was(text):
    assert storyworld.swap_town(storyworld.swap_town(text)) == text


def test_a_swap_changes_both_towns_and_no_part_of_a_word():
    assert storyworld.swap_town("Elmby, Oakby, Elmbyhill") == "Oakby, Elmby, Elmbyhill"
    assert storyworld.in_town("Elmby, Oakby", "Oakby") == "Oakby, Oakby"


@pytest.mark.parametrize("rate", [1, -0.1, math.nan])
def test_a_gap_that_is_not_finite_is_refused(rate):
    with pytest.raises(ValueError, match="0 or more and below 1"):
        storyworld.true_gap(rate)


def test_a_split_or_a_rate_that_is_none_is_refused():
    with pytest.raises(ValueError, match="no split 'dev'; choose one of train"):
        storyworld.profiles(1, 0, "dev")
    with pytest.raises(ValueError, match="rate is 1.5"):
        storyworld.profiles(1, 1.5)
