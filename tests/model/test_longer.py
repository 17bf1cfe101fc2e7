"""Longer texts: what each of the two cures does to the angles."""

import pytest
import torch
from torch.testing import assert_close

from lmkit.model.longer import interpolated, with_larger_base
from lmkit.model.positions import Rotary
from lmkit.model.transformer import Transformer, TransformerConfig

SMALL = dict(vocab_size=11, n_layers=2, n_heads=2, d_model=16, rotary_base=100.0, init_std=0.3)


def build(**changes):
    return Transformer(TransformerConfig(**SMALL | changes), torch.Generator().manual_seed(0))


def angles(rotary, position):
    """By how much each pair is turned at a position."""
    hand = torch.cat([torch.ones(4), torch.zeros(4)]).double()
    turned = rotary(hand[None], start=position)[0]
    return torch.atan2(turned[4:], turned[:4])


def test_interpolated_a_place_turns_as_far_as_one_that_was_known():
    plain, longer = build().blocks[0].attention.rotary, interpolated(build(), 4).blocks[0].attention.rotary
    for position in (1, 5, 9):
        assert_close(angles(longer, 4 * position), angles(plain, position))


def test_with_a_larger_base_the_slowest_pair_is_slower_by_the_factor_and_the_fastest_as_it_was():
    plain, longer = build().blocks[0].attention.rotary, with_larger_base(build(), 4).blocks[0].attention.rotary
    before, after = angles(plain, 1), angles(longer, 1)
    assert after[0] == pytest.approx(before[0])
    assert before[-1] / after[-1] == pytest.approx(4)
    ratios = before / after
    assert (ratios.diff() > 0).all()


@pytest.mark.parametrize("cure", [interpolated, with_larger_base])
def test_the_model_itself_stays_as_it_was_and_a_factor_of_1_changes_nothing(cure):
    model, tokens = build(), torch.arange(9)[None]
    before = model(tokens)
    assert_close(cure(model, 1)(tokens), before)
    assert not torch.allclose(cure(model, 3)(tokens), before)
    assert_close(model(tokens), before, rtol=0, atol=0)


def test_stretches_multiply():
    assert interpolated(interpolated(build(), 2), 3).blocks[1].attention.rotary.stretch == 6


def test_a_stretched_turn_keeps_lengths():
    x = torch.randn(7, 8, dtype=torch.float64)
    assert_close(Rotary(8, 100.0, 2.5)(x).norm(dim=-1), x.norm(dim=-1))


@pytest.mark.parametrize("cure", [interpolated, with_larger_base])
def test_what_cannot_be_is_refused(cure):
    with pytest.raises(ValueError, match=r"factor is 0\.5"):
        cure(build(), 0.5)
    with pytest.raises(ValueError, match="learned positions"):
        cure(build(positions="learned"), 2)


def test_a_single_pair_has_no_slowest():
    with pytest.raises(ValueError, match="d_head=2"):
        with_larger_base(build(n_heads=8), 2)
    assert interpolated(build(n_heads=8), 2)(torch.arange(5)[None]).isfinite().all()
