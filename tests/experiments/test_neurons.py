"""A sample of a corpus beside the whole: what is said of the two follows from their surveys, and the record is true."""

import pytest
import torch
from torch.testing import assert_close

import lmkit
from lmkit.experiments import recorded
from lmkit.experiments.neurons import compare, read, record_survey, recorded_survey
from lmkit.inside.survey import BEFORE, Survey, survey
from lmkit.learning.training.presets import PRESETS
from tests.inside.test_neurons import LAYERS, VOCAB, make_model

HALF = dict(rtol=1e-3, atol=1e-4)  # what 16 bits keep of a number
TOLD = dict(rtol=2e-3, atol=2e-3)  # and what another processor may add


@pytest.fixture(scope="module")
def surveys() -> tuple[Survey, Survey]:
    model = make_model()
    generator = torch.Generator().manual_seed(0)
    texts = [torch.randint(VOCAB, (12,), generator=generator) for _ in range(40)]
    return survey(model, texts[:6]), survey(model, texts)


def test_a_corpus_beside_itself_is_the_same(surveys):
    _, whole = surveys
    assert compare(whole, whole) == {
        "read": {"sample": [40, 480], "whole": [40, 480]},
        "peak": [1.0, 1.0],
        "same": [1.0] * LAYERS,
    }


def test_a_part_reaches_no_higher_than_the_whole(surveys):
    found = compare(*surveys)
    assert found["read"] == {"sample": [6, 72], "whole": [40, 480]}
    few, half = found["peak"]
    assert 0 < few <= half <= 1
    assert len(found["same"]) == LAYERS and min(found["same"]) < 1


def test_a_survey_is_read_as_it_was_recorded(surveys, tmp_path):
    _, whole = surveys
    record_survey(whole, tmp_path / "whole.safetensors")
    again = recorded_survey(tmp_path / "whole.safetensors")
    assert (again.n_texts, again.n_tokens) == (40, 480)
    assert torch.equal(again.passages, whole.passages)
    assert_close(again.levels, whole.levels, **HALF)
    assert torch.equal(again.kurtosis, whole.kurtosis) and torch.equal(again.loudness, whole.loudness)


# --- What stands in the package. ---


@pytest.fixture(scope="module")
def whole() -> Survey:
    return recorded_survey()


@pytest.fixture(scope="module")
def part() -> Survey:
    """The first thousand of the stories that the record is of."""
    return read(lmkit.load("book"), "train", 1_000)


def test_the_record_is_of_all_stories_from_which_the_rows_were_drawn(whole):
    assert recorded("neurons")["results"]["read"]["whole"] == [whole.n_texts, whole.n_tokens]
    assert whole.n_texts == PRESETS["book"].n_stories


def test_no_neuron_fires_harder_on_a_part_than_the_record_says_of_the_whole(whole, part):
    assert (part.peak <= whole.peak * (1 + TOLD["rtol"]) + TOLD["atol"]).all()


def test_where_a_part_is_loud_enough_its_passages_stand_in_the_record(whole, part):
    heights = part.levels[..., BEFORE]  # (layer, neuron, passage)
    least = whole.levels[:, :, -1:, BEFORE]
    found = (heights > least * (1 + TOLD["rtol"]) + TOLD["atol"]).nonzero()
    assert len(found) > 20  # of 8,192, one in 200
    for layer, neuron, passage in found.tolist():
        tokens = whole.passages[layer, neuron]  # (passage, window)
        same = (tokens == part.passages[layer, neuron, passage]).all(dim=-1).nonzero().flatten().tolist()
        assert same
        levels = part.levels[layer, neuron, passage]
        assert any(torch.allclose(whole.levels[layer, neuron, i], levels, **TOLD) for i in same)


def test_how_neurons_fire_on_the_whole_is_much_as_on_a_part(whole, part):
    assert ((part.loudness / whole.loudness - 1).abs() < 0.15).float().mean() > 0.9
