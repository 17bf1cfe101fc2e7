"""The ways to begin differ as their names say, and what is recorded bears what chapter 04 says of it."""

import math

import pytest
import torch

from lmkit.experiments import recorded, warmup

TOKENS = torch.randint(768, (2000,), generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("way", warmup.WAYS.values(), ids=warmup.WAYS)
def test_the_rate_grows_over_the_warmup_and_then_stays(way):
    rates = [warmup.rate_at(step, way) for step in range(warmup.STEPS)]
    assert all(rate == way.rate for rate in rates[way.warmup :])
    grown = [late - early for early, late in zip(rates[: way.warmup], rates[1 : way.warmup], strict=False)]
    assert all(step == pytest.approx(way.rate / way.warmup) for step in grown)


def test_the_two_orders_begin_with_the_same_matrices():
    first, last = (warmup.build(warmup.WAYS["high"], norm_first, seed=0) for norm_first in (True, False))
    there = dict(last.named_parameters())
    shared = [(name, weight) for name, weight in first.named_parameters() if weight.ndim == 2]
    assert len(shared) > 8 and all(torch.equal(weight, there[name]) for name, weight in shared)


def test_a_run_can_be_repeated():
    one, again, other = (warmup.curve(warmup.WAYS["shallow"], True, seed, TOKENS, steps=10) for seed in (0, 0, 1))
    assert one == again != other


def test_frequencies_cost_their_entropy():
    even = torch.arange(8).repeat(5)
    assert warmup.nats_of_frequencies(even) == pytest.approx(math.log(8))
    assert warmup.nats_of_frequencies(torch.zeros(9, dtype=torch.int64)) == 0


def ends(way, order):
    """The losses at the end of each run of a way."""
    return [curve[-1] for curve in recorded("warmup")["results"]["ways"][way][order]]


def test_at_the_high_rate_the_norm_last_ends_at_word_frequencies_warmed_up_or_not():
    results = recorded("warmup")["results"]
    assert results["steps"] == warmup.STEPS and list(results["ways"]) == list(warmup.WAYS)
    for way in ("high", "warmup"):
        assert all(abs(loss - results["frequencies"]) < 0.1 for loss in ends(way, "norm last"))
        assert max(ends(way, "norm first")) < min(ends(way, "norm last")) - 1.5


def test_warmed_up_the_norm_last_learns_more_and_loses_it_as_the_rate_comes_near_its_height():
    results = recorded("warmup")["results"]
    for curve in results["ways"]["warmup"]["norm last"]:
        best = min(curve)
        step = results["mean_of"] * (curve.index(best) + 1)
        assert best < results["frequencies"] - 0.5
        assert warmup.rate_at(step, warmup.WAYS["warmup"]) > 0.7 * warmup.WAYS["warmup"].rate
    assert all(min(curve) > results["frequencies"] - 0.1 for curve in results["ways"]["high"]["norm last"])


def test_a_lower_rate_cures_it_without_a_warmup_and_so_do_fewer_blocks():
    for way in ("lower", "shallow"):
        both = [*zip(ends(way, "norm first"), ends(way, "norm last"), strict=True)]
        assert all(abs(first - last) < 0.3 and last < 3 for first, last in both)


def test_a_warmup_helps_the_norm_first():
    assert max(ends("warmup", "norm first")) < min(ends("high", "norm first")) - 0.5
