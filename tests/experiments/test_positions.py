"""The ways to tell the order differ as their names say, and what is recorded bears what chapter 04 says of it."""

import pytest
import torch

from lmkit.experiments import positions, recorded


def test_a_turned_hand_written_down_is_a_table_of_cosines_and_sines():
    table = positions.sinusoidal(50, 32)
    angles = torch.arange(50)[:, None] / 10_000 ** (2 * torch.arange(16) / 32)
    torch.testing.assert_close(table, torch.cat([angles.cos(), angles.sin()], dim=1))


@torch.no_grad()
@pytest.mark.parametrize("way", positions.WAYS)
def test_a_model_of_each_way_but_one_tells_the_order_before_it_is_trained(way):
    model = positions.build(way)
    words = torch.tensor([[1, 2, 3, 4]])
    before, after = (model(order)[0, -1] for order in (words, words[:, [1, 0, 2, 3]]))
    assert torch.allclose(before, after, atol=1e-6) == (way == "none")


@pytest.mark.parametrize("way", positions.FIXED)
def test_a_table_that_was_filled_in_stays_as_it_is(way):
    model = positions.build(way)
    before = model.positions.embed.weight.clone()
    positions.learn_to_look_back(model, steps=3)
    assert torch.equal(model.positions.embed.weight, before)


def mean_right(way, first, last):
    right = recorded("positions")["results"]["right"][way]
    assert len(right) == positions.READ - 1  # the first word has none before it
    part = right[first - 2 : last - 1]  # of the words number first to last
    return sum(part) / len(part)


def test_every_way_learns_the_task_and_no_way_does_not():
    shares = {way: mean_right(way, 2, positions.TRAINED) for way in positions.WAYS}
    assert all((share > 0.9) == (way != "none") for way, share in shares.items())
    assert 1 / positions.N_WORDS < shares["none"] < 0.3


def test_beyond_what_was_trained_only_rotary_positions_go_on_for_a_while_and_then_get_worse():
    assert mean_right("learned", 34, 38) < 0.15 and mean_right("learned", 34, 128) < 0.15
    assert 0.3 < mean_right("sinusoidal", 34, 38) < 0.5 and mean_right("sinusoidal", 43, 128) < 0.15
    assert mean_right("rotary", 33, 48) > 0.9 and 0.4 < mean_right("rotary", 113, 128) < 0.6
