"""A survey of heads is read as it was recorded, and what stands in the package is what a part of the stories shows."""

import pytest
import torch
from torch.testing import assert_close

import lmkit
from lmkit.experiments import recorded
from lmkit.experiments.heads import KINDS, READ, path_of, read, record_survey, recorded_survey, summed_up
from lmkit.inside.head_survey import SCORES, HeadSurvey, survey
from lmkit.inside.heads import ranked
from tests.inside.test_neurons import VOCAB, make_model

HALF = dict(rtol=1e-3, atol=1e-4)  # what 16 bits keep of a number


@pytest.fixture(scope="module")
def small() -> HeadSurvey:
    generator = torch.Generator().manual_seed(0)
    texts = [torch.randint(VOCAB, (12,), generator=generator) for _ in range(20)]
    return survey(make_model(), texts, n_passages=2)


def test_a_survey_is_read_as_it_was_recorded(small, tmp_path):
    record_survey(small, tmp_path / "small.safetensors")
    again = recorded_survey(tmp_path / "small.safetensors")
    assert (again.n_texts, again.n_tokens) == (20, 240)
    for name in KINDS:
        assert_close(getattr(again, name), getattr(small, name), **HALF)


def test_what_is_summed_up_is_the_first_head_of_each_score_and_its_interval(small):
    for name, first in summed_up(small)["first"].items():
        layer, head = first["head"]
        assert small.score(name)[layer, head] == small.score(name).max()
        low, high = (float(bound[layer, head]) for bound in small.interval(name))
        assert first["mean"] == pytest.approx((low + high) / 2, abs=1e-4)
        assert first["within"] == pytest.approx((high - low) / 2, abs=1e-5)


# --- What stands in the package. ---


@pytest.fixture(scope="module")
def whole() -> HeadSurvey:
    return recorded_survey(path_of("book"))


@pytest.fixture(scope="module")
def part() -> HeadSurvey:
    """The first of the stories that the record is of."""
    return read(lmkit.load("book"), "train", 150)


@pytest.mark.parametrize("name", READ)
def test_the_record_says_of_itself_what_it_is(name):
    assert summed_up(recorded_survey(path_of(name))) == recorded("heads")["results"][name]


def test_a_part_scores_what_the_whole_scores_within_its_error(whole, part):
    for name in SCORES:
        apart = (part.score(name) - whole.score(name)).abs()
        assert (apart <= 5 * part.errors[SCORES.index(name)] + 1e-5).all(), name


def test_in_no_part_does_a_head_attend_harder_than_the_record_says(whole, part):
    assert (part.hardest <= whole.hardest + 1e-3).all()


def test_the_head_that_copies_names_is_the_first_in_induction_and_far_above_looking_evenly(whole):
    first = summed_up(whole)["first"]["induction"]
    assert first["head"] == [2, 0] and first["mean"] > 4 * first["evenly"]


# --- What the page on instruments says of SmolLM2. ---


@pytest.fixture(scope="module")
def llama() -> HeadSurvey:
    return recorded_survey(path_of("smollm2"))


def test_more_than_a_quarter_of_its_heads_look_mostly_at_the_first_token_and_few_at_what_came_before(llama):
    assert (llama.score("first") > 0.5).float().mean() > 0.25
    assert (llama.score("previous") > 0.5).float().mean() < 0.05


def test_the_first_three_in_induction_are_neighbors_and_do_not_write_what_they_look_at(llama):
    layers, numbers = zip(*ranked(llama.score("induction"))[:3], strict=True)
    assert layers == (17, 17, 17) and sorted(numbers) == [3, 4, 5]
    evenly = llama.evenly[SCORES.index("induction")]
    assert (llama.score("induction")[17, 3:6] > 7 * evenly).all()
    assert 0.6 < llama.score("first")[17, 5] < 0.7 and 0.4 < llama.score("induction")[17, 5] < 0.5
    looked_at = llama.passages[17, 3:6].gather(-1, llama.keys[17, 3:6, :, None])  # (head, passage, 1)
    assert not (llama.written[17, 3:6] == looked_at).any()
