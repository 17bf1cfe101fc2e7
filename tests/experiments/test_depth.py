"""Fresh models are shortened as their names say, and what is recorded bears what chapter 04 says of depth."""

import math

import pytest
import torch

from lmkit.experiments import depth, recorded


def test_shortened_models_write_shorter_lines_and_are_the_same_besides():
    long, short = (depth.build(3, True, short, seed=0) for short in (False, True))
    there = dict(long.named_parameters())
    for name, weight in short.named_parameters():
        writes = name.endswith(("to_output.weight", "write.weight"))
        torch.testing.assert_close(there[name], weight * (math.sqrt(6) if writes else 1))


def test_the_gradient_is_that_of_the_last_matrix_that_writes_and_the_length_that_of_the_stream_after_it():
    model = depth.build(2, True, False, seed=0)
    length, pull = depth.last_block(model, torch.tensor([[1, 2, 3, 4]]))
    assert pull == model.blocks[1].feed_forward.write.weight.grad.norm().item() > 0
    last = depth.build(2, False, False, seed=0)
    assert depth.last_block(last, torch.tensor([[1, 2, 3, 4]]))[0] == pytest.approx(math.sqrt(64), rel=1e-3) != length


def growth(name, what):
    """How many times as much it is with nine times the blocks."""
    few, many = (recorded("depth")["results"][name][str(n)][what] for n in depth.DEPTHS)
    return many / few


def test_with_the_norm_first_nine_times_the_blocks_make_the_stream_three_times_as_long_and_the_gradient_a_third():
    assert depth.DEPTHS == (6, 9 * 6)
    assert growth("norm first", "length") == pytest.approx(3, rel=0.1)
    assert growth("norm first", "gradient") == pytest.approx(1 / 3, rel=0.1)


def test_shortened_lines_keep_both_from_changing_much():
    assert all(growth("norm first, × 1/√(2L)", what) == pytest.approx(1, abs=0.1) for what in ("length", "gradient"))


@pytest.mark.parametrize("name", ["norm last", "norm last, × 1/√(2L)"])
def test_with_the_norm_last_the_stream_has_one_length_and_the_gradient_does_not_fall(name):
    assert growth(name, "length") == pytest.approx(1, abs=1e-3)
    assert growth(name, "gradient") > 1


def test_shortened_the_gradients_of_the_norm_first_are_the_larger_ones():
    first, last = (recorded("depth")["results"][f"{name}, × 1/√(2L)"] for name in ("norm first", "norm last"))
    assert all(first[n]["gradient"] > 1.5 * last[n]["gradient"] for n in first)
