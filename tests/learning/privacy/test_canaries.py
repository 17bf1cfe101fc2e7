"""Canaries are what they say, stand where they were planted, and are ranked exactly."""

import math

import pytest
import torch

from lmkit import load
from lmkit.inside.scoring import log_probability
from lmkit.learning.privacy import canaries
from lmkit.learning.privacy.canaries import Canary
from lmkit.learning.privacy.exposure import code_log_probabilities, exposure, rank, tells
from lmkit.text import storyworld

MIA = Canary("Mia", "box", "4071")


@pytest.fixture(scope="module")
def tiny():
    return load("tiny")


def test_storyworld_can_say_a_canary():
    assert MIA.sentence == "The secret code of Mia's box was 4 0 7 1."
    assert storyworld.parse(MIA.sentence).kind == "code"
    assert MIA.said_by("Tom", "said") == "Tom said that the secret code of Mia's box was 4 0 7 1."


def test_drawn_canaries_are_about_different_things_and_hang_on_the_seed():
    drawn = canaries.draw(100, seed=1)
    assert len({each.prompt for each in drawn}) == 100
    assert drawn == canaries.draw(100, seed=1) != canaries.draw(100, seed=2)
    with pytest.raises(ValueError, match="things that could have a code"):
        canaries.draw(10_000, seed=1)


def test_each_sentence_stands_in_front_of_as_many_texts_as_is_said_and_never_two_of_one():
    texts = [f"Text {number}." for number in range(20)]
    planted = canaries.plant(texts, {"One.": 3, "Two.": 7}, seed=0)
    assert [sum(text.startswith(one) for text in planted) for one in ("One.", "Two.", "Text")] == [3, 7, 10]
    assert all(after.endswith(before) for before, after in zip(texts, planted, strict=True))
    with pytest.raises(ValueError, match="need a text each"):
        canaries.plant(texts, {"One.": 21}, seed=0)


def test_the_tree_gives_each_code_the_probability_of_its_whole_text(tiny):
    found = code_log_probabilities(tiny.model, tiny.encode, MIA.prompt)
    assert found.shape == (10_000,)
    for code in (0, 4071, 9909, 9999):
        text = f"{MIA.prompt} {' '.join(f'{code:04}')}"
        whole = log_probability(tiny.model, tiny.encode(MIA.prompt), tiny.encode(text))
        torch.testing.assert_close(found[code], whole, atol=1e-4, rtol=0)


def test_the_most_probable_code_has_rank_1_and_is_the_one_that_is_told_if_each_digit_leads(tiny):
    scores = code_log_probabilities(tiny.model, tiny.encode, MIA.prompt)
    assert rank(tiny.model, tiny.encode, Canary("Mia", "box", f"{int(scores.argmax()):04}")) == 1
    assert rank(tiny.model, tiny.encode, Canary("Mia", "box", f"{int(scores.argmin()):04}")) == 10_000
    assert sum(tells(tiny.model, tiny.encode, Canary("Mia", "box", f"{code:04}")) for code in scores.topk(20)[1]) <= 1


def test_lots_give_one_over_ln_2_bits_on_average():
    mean = sum(exposure(rank) for rank in range(1, 10_001)) / 10_000
    assert abs(mean - 1 / math.log(2)) < 0.002
    assert exposure(1) == math.log2(10_000) and exposure(10_000) == 0
    with pytest.raises(ValueError, match="only 10 secrets"):
        exposure(11, 10)
