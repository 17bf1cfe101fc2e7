"""AttentionFlow: a flow keeps its sum, is the product of the layers, and is refused where there is none."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

import lmkit
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets.attention_flow import AttentionFlow, flow_from, mixes_of
from lmkit.widgets.encoding import decode

WORDS = ["the", "cat", "sees", "it"]


def weights(layers: int, heads: int, n: int, seed: int) -> np.ndarray:
    """Random shares."""
    scores = torch.randn(layers, heads, n, n, generator=torch.Generator().manual_seed(seed)) * 3
    return scores.softmax(dim=-1).numpy()


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 6), st.integers(0, 99), st.data())
def test_the_links_of_each_layer_carry_the_whole_output_and_the_input_is_the_rollout(layers, heads, n, seed, data):
    mixes = mixes_of(weights(layers, heads, n, seed))
    token = data.draw(st.integers(0, n - 1))
    flows = flow_from(mixes, token)
    np.testing.assert_allclose(flows.sum(axis=(1, 2)), 1, atol=1e-5)
    rollout = np.linalg.multi_dot([*mixes[::-1], np.eye(n)])  # Abnar and Zuidema 2020, section 3
    np.testing.assert_allclose(flows[0].sum(axis=0), rollout[token], atol=1e-5)


def test_heads_whose_values_are_short_count_little():
    looks_back, looks_at_itself = np.roll(np.eye(3), 1, axis=0), np.eye(3)
    heads = np.stack([looks_back, 0.01 * looks_at_itself])[None].astype(np.float32)
    (mix,) = mixes_of(heads)
    np.testing.assert_allclose(mix, 0.5 * np.eye(3) + 0.5 * (looks_back + 0.01 * looks_at_itself) / 1.01, atol=1e-6)


def test_a_token_that_may_look_nowhere_stays_itself():
    (mix,) = mixes_of(np.zeros((1, 2, 3, 3), dtype=np.float32))
    np.testing.assert_array_equal(mix, np.eye(3))


@pytest.fixture(scope="module")
def trace():
    """A small causal model on four tokens."""
    torch.manual_seed(0)
    sizes = dict(vocab_size=11, n_layers=3, n_heads=2, d_model=8, max_positions=8)
    return lmkit.trace(Transformer(TransformerConfig(**sizes)), torch.tensor([[1, 2, 3, 4]]))


def test_a_trace_is_reckoned_both_ways_and_weights_alone_in_one(trace):
    figure, alone = AttentionFlow(trace, WORDS), AttentionFlow(trace.attentions, WORDS)
    assert (figure.methods, alone.methods) == (["rollout", "value-weighted"], ["rollout"])
    lengths = [value[0].norm(dim=-1) for value in trace.values]
    by_value = [attention[0] * length[:, None, :] for attention, length in zip(trace.attentions, lengths, strict=True)]
    mixes = decode(figure.mixes, figure.shape)
    assert figure.shape["causal"]
    for method, parts in enumerate([[one[0] for one in trace.attentions], by_value]):
        expected = mixes_of(torch.stack(parts).numpy())
        assert np.abs(mixes[:, method] - expected).max() <= 0.004


def test_what_cannot_flow_is_refused(trace):
    with pytest.raises(ValueError, match="2 queries and 3 keys: a flow through layers needs a text on itself"):
        AttentionFlow(np.full((1, 1, 2, 3), 1 / 3, dtype=np.float32), WORDS[:2])
    with pytest.raises(ValueError, match="there are 3 tokens, but the attentions have 4 queries"):
        AttentionFlow(trace, WORDS[:3])
    with pytest.raises(ValueError, match="token 4 does not exist: there are 4"):
        AttentionFlow(trace, WORDS, token=4)
    figure = AttentionFlow(trace, WORDS)
    with pytest.raises(TraitError, match="layer 3 does not exist: there are 3"):
        figure.layer = 3


def test_the_picture_is_small_and_the_drawing_has_every_word(trace):
    figure = AttentionFlow(trace, WORDS, token=2)
    assert len(figure.poster()) < 30_000
    assert all(f">{word}<" in figure.svg() for word in WORDS)
    assert "the output of “sees” comes most from" in figure.description
