"""The stream is a sum of what the parts wrote, and its pages are read with what stands there and what comes next."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.inside import stream
from lmkit.inside.tracing import trace
from lmkit.model.transformer import Transformer, TransformerConfig

TEXTS = [torch.tensor([text]) for text in ([3, 1, 4, 1, 5], [9, 2], [6, 5, 3, 5])]


def make_model(**changes):
    config = dict(vocab_size=13, n_layers=3, n_heads=2, d_model=8, init_std=0.5) | changes
    return Transformer(TransformerConfig(**config), torch.Generator().manual_seed(0)).eval()


@settings(max_examples=10)
@given(
    seed=st.integers(0, 2**32),
    causal=st.booleans(),
    positions=st.sampled_from(["rotary", "learned"]),
)
def test_the_embedding_and_what_was_written_add_up_to_the_last_vectors(seed, causal, positions):
    model = make_model(causal=causal, positions=positions)
    seen = trace(model, torch.randint(13, (2, 6), generator=torch.Generator().manual_seed(seed)))
    lines = stream.written(model, seen)
    torch.testing.assert_close(seen.residual[0] + lines.sum(dim=(0, 1)), seen.residual[-1])
    torch.testing.assert_close(seen.residual[1] + lines[1].sum(dim=0), seen.residual[2])


@torch.no_grad()
def test_the_first_of_the_two_lines_of_a_block_is_that_of_attention():
    model = make_model()
    torch.nn.init.zeros_(model.blocks[1].attention.to_output.weight)
    silent = stream.written(model, trace(model, TEXTS[0]))[1]
    assert not silent[0].any() and silent[1].any()


def test_where_the_norm_comes_last_nothing_stays_as_it_was_written():
    model = make_model(norm_first=False)
    with pytest.raises(ValueError, match="norms the stream after each addition"):
        stream.written(model, trace(model, TEXTS[0]))


def test_pages_hold_each_place_that_has_a_next_token_text_after_text():
    model = make_model()
    pages = stream.read(model, TEXTS)
    assert pages.here.tolist() == [3, 1, 4, 1, 9, 6, 5, 3]
    assert pages.following.tolist() == [1, 4, 1, 5, 2, 5, 3, 5]
    last_text = torch.stack(trace(model, TEXTS[2]).residual)[:, 0]  # (page, position, d_model)
    torch.testing.assert_close(pages.streams[:, 5:], last_text[:, :3])
    assert pages.streams.shape == (4, 8, 8)
