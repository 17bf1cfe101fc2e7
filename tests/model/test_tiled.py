"""Attention in tiles: the same numbers as the readable path, from a fraction of its memory."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from lmkit.learning.costs import peak_bytes
from lmkit.model.attention import causal_mask, repeat_kv_heads, scaled_dot_product_attention
from lmkit.model.tiled import tiled_attention


def draw(n_query, n_key, n_kv_heads=4, spread=1.0):
    generator = torch.Generator().manual_seed(n_query)
    query = spread * torch.randn(2, 4, n_query, 8, generator=generator)
    key, value = torch.randn(2, 2, n_kv_heads, n_key, 8, generator=generator)
    return query, key, value


@settings(max_examples=60)
@given(
    n_query=st.integers(1, 20),
    more_keys=st.integers(0, 9),
    tile=st.integers(1, 30),
    causal=st.booleans(),
    n_kv_heads=st.sampled_from([1, 2, 4]),
)
def test_any_tile_gives_what_the_readable_path_gives(n_query, more_keys, tile, causal, n_kv_heads):
    query, key, value = draw(n_query, n_query + more_keys, n_kv_heads)
    mask = causal_mask(n_query, n_query + more_keys) if causal else None
    expected, _ = scaled_dot_product_attention(query, repeat_kv_heads(key, 4), repeat_kv_heads(value, 4), mask)
    assert_close(tiled_attention(query, key, value, causal, tile), expected, rtol=1e-4, atol=1e-5)


def test_scores_too_large_for_their_exponential_do_no_harm():
    """e^s of a score of 500 is infinite in 32 bits; the online softmax never takes it."""
    query, key, value = draw(6, 6, spread=500.0)
    assert torch.isinf((query @ key.mT).amax().exp())
    expected, _ = scaled_dot_product_attention(query, key, value)
    assert_close(tiled_attention(query, key, value, tile=2), expected)


@pytest.mark.parametrize("causal", [False, True])
def test_it_takes_a_quarter_of_the_memory_of_the_readable_path_or_less(causal):
    """Counted by the allocator, on a text of 2,048 tokens."""
    query, key, value = torch.randn(3, 1, 2, 2048, 32)
    mask = causal_mask(2048) if causal else None
    plain = peak_bytes(lambda: scaled_dot_product_attention(query, key, value, mask)[0])
    tiled = peak_bytes(lambda: tiled_attention(query, key, value, causal))
    assert plain > 2 * 2048 * 2048 * 4  # the weights alone: so this counter can see
    assert 2048 * 2 * 32 * 4 <= tiled <= 0.25 * plain


def test_gradients_are_those_of_the_readable_path():
    tensors = [x.double().requires_grad_() for x in draw(7, 7)]
    of_tiles = torch.autograd.grad(tiled_attention(*tensors, True, 3).sin().sum(), tensors)
    plain = scaled_dot_product_attention(*tensors, causal_mask(7))[0]
    for one, other in zip(of_tiles, torch.autograd.grad(plain.sin().sum(), tensors), strict=True):
        assert_close(one, other)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="tile is 0"):
        tiled_attention(*draw(3, 3), tile=0)
    with pytest.raises(ValueError, match="5 queries are more than 3 keys"):
        tiled_attention(*draw(5, 3), causal=True)
