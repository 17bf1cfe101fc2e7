"""Masks drawn once, ten times or anew: what is hidden, and what the chapter says of the record."""

import math
from statistics import mean

import pytest
import torch

from lmkit.experiments import masks, recorded
from lmkit.experiments.shown import tables
from lmkit.learning.objectives import IGNORE
from lmkit.shelf.pretrained import load


@pytest.fixture(scope="module")
def found():
    return recorded("masks")["results"]["stories"]


def losses(one, way, of="unread"):
    return [run[of] for run in one["runs"] if run["masks"] == way]


def test_what_was_hidden_once_stays_hidden_and_its_labels_are_what_stood_there():
    rows = torch.randint(2, 700, (20, masks.LENGTH), generator=torch.Generator().manual_seed(0))
    hidden = masks.hide(rows, torch.Generator().manual_seed(0))
    first, second = (masks.as_hidden(hidden, torch.Generator().manual_seed(seed)) for seed in (0, 1))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    inputs, labels = first
    asked = labels != IGNORE
    assert 0.1 < asked.float().mean() < 0.2
    assert torch.equal(labels[asked], rows[asked]) and torch.equal(inputs[~asked], rows[~asked])


def test_a_row_begins_with_a_story():
    tokens = torch.tensor([0, *range(2, 90), 0, *range(2, 90), 0, 5])
    rows = masks.rows_of(tokens)
    assert rows.shape == (2, masks.LENGTH) and (rows[:, 0] == 0).all()


def test_every_kind_of_masks_was_trained_from_three_seeds(found):
    for one in found.values():
        assert {way: len(losses(one, way)) for way in masks.WAYS} == {"once": 3, "anew": 3}
    assert [one["times"] for one in found.values()] == sorted((one["times"] for one in found.values()), reverse=True)


def test_where_stories_are_read_48_times_new_masks_save_three_nats_and_where_they_are_read_once_nothing(found):
    results = {"stories": found}
    few, many = (tables.dearer(results, stories) for stories in found)
    assert min(few) > 2.9 and mean(few) == pytest.approx(3.2, abs=0.05)
    assert min(many) < 0 < max(many) and abs(mean(many)) < 0.05
    assert [round(one["times"]) for one in found.values()] == [48, 1]


def test_masks_drawn_once_end_above_an_even_guess_on_unread_stories_and_above_six_nats_on_read_ones(found):
    even = math.log(load("book-masked").model.config.vocab_size)
    assert even == pytest.approx(6.6, abs=0.05)
    assert min(losses(found["50"], "once")) > 7.6 > even
    assert min(losses(found["50"], "once", "read")) > 6
    assert min(run["unread"] for one in found.values() for run in one["runs"]) > 4
