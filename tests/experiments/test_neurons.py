"""A sample of a corpus beside the whole: what is said of the two follows from their surveys."""

import pytest
import torch

from lmkit.experiments.neurons import compare
from lmkit.survey import survey
from tests.test_neurons import LAYERS, VOCAB, make_model


@pytest.fixture(scope="module")
def surveys():
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
