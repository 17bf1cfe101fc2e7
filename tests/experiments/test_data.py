"""The collections of stories are what their names say, and what is recorded bears what chapter 08 says of it."""

import random

import numpy as np
import pytest

from lmkit.experiments import data, recorded
from lmkit.text import storyworld


@pytest.fixture(scope="module")
def collections():
    stories = [story.text for story in storyworld.stories("train", 1200)]
    test = [story.text for story in storyworld.stories("test", 20)]
    return data.collections(stories, test), stories, test


def test_shuffled_a_story_has_the_same_words():
    text = storyworld.tell(seed=7).text
    other = data.shuffled(text, random.Random(0))
    assert sorted(other.split()) == sorted(text.split()) and other != text


def test_the_filter_keeps_every_story_and_hardly_a_shuffled_one(collections):
    made, stories, _ = collections
    noisy = made["3 in 10 shuffled"]
    was_shuffled = [one != other for one, other in zip(noisy, stories, strict=True)]
    assert 0.25 < np.mean(was_shuffled) < 0.35
    assert made["the same, filtered"] == [text for text, bad in zip(noisy, was_shuffled, strict=True) if not bad]


def test_half_are_copies_and_the_test_is_hidden_twenty_times(collections):
    made, stories, test = collections
    copies = made["every other one of the same 20"]
    assert set(copies[1::2]) <= set(stories[:20]) and copies[::2] == stories[::2]
    leaked = made["test stories leaked in"]
    assert all(leaked.count(text) == data.COPIES_OF_TEST for text in test)


def means():
    found = recorded("data")["results"]["collections"]
    return {name: np.mean(losses["unread"]) for name, losses in found.items()}, found


def test_what_is_recorded_bears_the_prices_of_the_chapter():
    price, found = means()
    base = price["8,000 stories"]
    assert list(found) == list(data.collections([""] * 1000, [""]))
    assert price["test stories leaked in"] - np.mean(found["test stories leaked in"]["leaked"]) > 0.02
    assert price["100 stories"] > base
    assert price["3 in 10 shuffled"] > price["the same, filtered"]
