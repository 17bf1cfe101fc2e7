"""Losses by place are those of the whole text in parts, and what is recorded bears what chapter 08 says of it."""

import numpy as np
import pytest
import torch

from lmkit.experiments import long, recorded
from lmkit.experiments.scaling import build
from lmkit.learning.objectives import loss


def test_the_losses_by_place_make_up_the_loss_of_the_text():
    model = build(16, 0)
    rows = torch.randint(768, (2, long.READ + 1), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        whole = loss(model(rows[:, :-1]), rows[:, 1:]).item()
    widths = [until - first for first, until in long.PLACES]
    by_place = long.losses_by_place(model, rows)
    assert np.average(by_place, weights=widths) == pytest.approx(whole, abs=1e-3)


def by_way():
    found = recorded("long")["results"]["losses"]
    return {name: np.array(runs) for name, runs in found.items()}


def test_every_way_was_read_from_every_seed_and_none_changes_what_was_known_by_a_window():
    ways = by_way()
    assert all(runs.shape == (len(long.SEEDS), len(long.PLACES)) for runs in ways.values())
    np.testing.assert_allclose(ways["window"][:, 0], ways["as it is"][:, 0], atol=1e-3)


def test_what_the_chapter_ranks_holds_from_every_seed():
    ways = by_way()
    plain, ends = ways["as it is"], {name: runs[:, -1] for name, runs in ways.items()}
    assert (np.diff(plain, axis=1) > 0).all() and (ends["as it is"] - plain[:, 0] > 0.3).all()
    window = ways["window"]
    assert (window.max(axis=1) - window.min(axis=1) < 0.12).all()
    assert (ways["interpolated"][:, 0] - plain[:, 0] > 0.3).all()
    assert (ways["larger base"][:, 0] < ways["interpolated"][:, 0]).all()
    assert (ends["larger base"] < ends["as it is"]).all()
    for name in ("trained on, as it is", "trained on, interpolated"):
        assert (ends[name] < ends["as it is"] - 0.2).all()
    assert (ways["trained on, as it is"][:, 0] < ways["trained on, interpolated"][:, 0]).all()
