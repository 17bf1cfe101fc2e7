"""QueryKey: the products that it shows are those that make the score, and what does not fit is refused."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from traitlets import TraitError

import lmkit
from lmkit.model.attention import attention_scores
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets.query_key import QueryKey

WORDS = ["the", "cat", "sees", "it"]


@pytest.fixture(scope="module")
def trace():
    """A small model with two query heads for each key head, on four tokens."""
    torch.manual_seed(0)
    sizes = dict(vocab_size=11, n_layers=2, n_heads=4, n_kv_heads=2, d_model=16, max_positions=8)
    return lmkit.trace(Transformer(TransformerConfig(**sizes)), torch.tensor([[1, 2, 3, 4]]))


@pytest.mark.parametrize(("layer", "head", "query", "key"), [(0, 0, 3, 1), (1, 3, 2, 2), (1, 2, 0, 3)])
def test_the_products_add_up_to_the_score_before_it_is_divided(trace, layer, head, query, key):
    figure = QueryKey(trace, WORDS, layer=layer, head=head, query=query, key=key)
    scores = attention_scores(trace.queries[layer][0, head], trace.keys[layer][0, head // 2])
    assert figure.products().sum() == pytest.approx(float(scores[query, key]) * 2, abs=5e-3)
    assert f"add up to {float(scores[query, key]) * 2:.2f}" in figure.description


def test_it_opens_at_the_key_with_the_highest_score_that_the_last_word_may_see(trace):
    figure = QueryKey(trace, WORDS)
    scores = attention_scores(trace.queries[0][0, 0], trace.keys[0][0, 0])
    assert (figure.query, figure.key) == (3, int(scores[3].argmax()))
    assert QueryKey(trace, WORDS, query=0).key == 0


def test_what_does_not_exist_is_refused_when_it_is_made_and_later(trace):
    figure = QueryKey(trace, WORDS)
    for name, count in {"layer": 2, "head": 4, "query": 4, "key": 4}.items():
        with pytest.raises(ValueError, match=f"{name} {count} does not exist: there are {count}"):
            QueryKey(trace, WORDS, **{name: count})
        with pytest.raises(TraitError, match=f"{name} {count} does not exist"):
            setattr(figure, name, count)


def test_vectors_that_do_not_fit_are_refused_with_their_reason(trace):
    def changed(**parts):
        return SimpleNamespace(**{"queries": trace.queries, "keys": trace.keys, **parts})

    refused = {
        "there are 3 tokens, but 4 queries": (trace, WORDS[:3]),
        "trace one text": (changed(queries=[part.expand(2, -1, -1, -1) for part in trace.queries]), WORDS),
        "layers and d_head must be equal": (changed(keys=trace.keys[:1]), WORDS),
        "keys holds NaN": (changed(keys=[part * torch.nan for part in trace.keys]), WORDS),
    }
    for message, (vectors, tokens) in refused.items():
        with pytest.raises(ValueError, match=message):
            QueryKey(vectors, tokens)


def test_the_picture_and_the_drawing_have_a_bar_for_each_dimension(trace):
    figure = QueryKey(trace, WORDS, layer=1)
    assert len(figure.poster()) < 10_000
    assert figure.svg().count("<rect") == 1 + 4
    assert np.isfinite(figure.products()).all()
