"""DPO over three seeds: how pairs are made and exchanged, and what the chapter says of the record."""

from statistics import mean

import pytest
import torch

from lmkit.experiments import preferences, recorded
from lmkit.learning.evaluation import wilson


@pytest.fixture(scope="module")
def found():
    return recorded("preferences")["results"]


def runs(found, way):
    return [run for run in found["runs"] if run["way"] == way]


def test_half_of_the_pairs_are_exchanged_and_each_stays_a_pair():
    better, worse = torch.arange(20).view(10, 2), -torch.arange(20).view(10, 2) - 1
    first, second = preferences.exchanged(better, worse, torch.Generator().manual_seed(0))
    swapped = (first < 0).all(dim=1)
    assert swapped.sum() == 5
    assert torch.equal(first[~swapped], better[~swapped]) and torch.equal(second[~swapped], worse[~swapped])
    assert torch.equal(first[swapped], worse[swapped]) and torch.equal(second[swapped], better[swapped])
    assert (better >= 0).all()  # what was given is as it was


def test_all_ways_learned_from_the_same_pairs_of_each_seed(found):
    for way in preferences.WAYS:
        assert [run["seed"] for run in runs(found, way)] == [0, 1, 2]
    assert len({tuple(run["pairs"] for run in runs(found, way)) for way in preferences.WAYS}) == 1
    assert found["before"] == recorded("rewards")["results"]["before"]


def test_the_better_stories_alone_part_from_the_start_and_from_dpo_on_average_and_lose_little(found):
    n, before = found["wishes"], found["before"]
    counts = {way: [run["fulfilled"] for run in runs(found, way)] for way in preferences.WAYS}
    means = {way: round(mean(each)) for way, each in counts.items()}
    assert wilson(means["better only"], n)[0] > wilson(before["fulfilled"], n)[1]
    assert wilson(means["better only"], n)[0] > wilson(means["DPO"], n)[1]
    assert min(counts["better only"]) > max(counts["DPO"])
    for run in runs(found, "better only"):
        assert run["questions"] >= before["questions"] - 2 and run["story_loss"] < before["story_loss"] + 0.05


def test_dpo_is_not_shown_to_fulfil_more_than_the_start_but_more_than_without_a_preference(found):
    n, start = found["wishes"], found["before"]["fulfilled"]
    for run in runs(found, "DPO"):
        assert wilson(run["fulfilled"], n)[0] < wilson(start, n)[1] and wilson(run["fulfilled"], n)[1] > start / n
    dpo, shuffled = (round(mean(run["fulfilled"] for run in runs(found, way))) for way in ("DPO", "shuffled"))
    assert wilson(dpo, n)[0] > wilson(shuffled, n)[1]


def test_under_dpo_the_worse_stories_lose_thirty_nats_and_the_better_gain_none(found):
    for run in runs(found, "DPO"):
        assert -35 < run["worse"] < -29 and -2 < run["better"] < 1
