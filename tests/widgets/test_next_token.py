"""NextToken: what it shows is what lmkit draws from, and what cannot be is refused."""

import io

import numpy as np
import pytest
import torch
from PIL import Image
from traitlets import TraitError

from lmkit import load
from lmkit.model.sampling import probabilities
from lmkit.widgets import NextToken

TEXTS = ["One day, Anna and", "Who has the kite?"]
HOW = [{}, {"temperature": 0.5}, {"temperature": 2.0, "top_p": 0.9}, {"top_k": 5}, {"min_p": 0.1, "temperature": 1.5}]


@pytest.fixture(scope="module")
def tiny():
    return load("tiny")


@pytest.mark.parametrize("how", HOW)
def test_it_shows_the_probabilities_that_are_drawn_from(tiny, how):
    figure = NextToken(tiny, TEXTS, text=1, **how)
    with torch.no_grad():
        wanted = probabilities(tiny.model(tiny.encode(TEXTS[1]))[:, -1], **how)[0].numpy()
    np.testing.assert_allclose(figure.shares(), wanted, atol=1e-6)


def test_at_temperature_0_the_most_probable_token_has_all(tiny):
    shares = NextToken(tiny, TEXTS, temperature=0).shares()
    assert shares.max() == 1 == shares.sum()
    assert shares.argmax() == NextToken(tiny, TEXTS).shares().argmax()


WRONG = {
    "temperature": (3.5, "temperature is 3.5, but must be from 0 to 3"),
    "top_p": (0.0, "top_p is 0.0, but must be from 0.01 to 1"),
    "min_p": (1.5, "min_p is 1.5, but must be from 0 to 1"),
    "top_k": (0, "top_k is 0, but at least 1 token"),
    "text": (2, "text 2 does not exist: there are 2"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_refused_when_it_is_made_and_later(tiny, name):
    value, says = WRONG[name]
    figure = NextToken(tiny, TEXTS)
    with pytest.raises(ValueError, match=says):
        NextToken(tiny, TEXTS, **{name: value})
    with pytest.raises(TraitError, match=says):
        setattr(figure, name, value)


def test_its_sentence_names_what_comes_first_and_its_picture_is_small(tiny):
    figure = NextToken(tiny, TEXTS)
    first = figure.words[figure.shares().argmax()]
    assert first.strip() in figure.description and TEXTS[0] in figure.description
    picture = figure.poster()
    assert len(picture) < 10_000 and Image.open(io.BytesIO(picture)).width == 640
