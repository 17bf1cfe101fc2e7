"""Scaling laws: a law that made the losses is found again, and spends a budget best."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.learning.scaling import ScalingLaw, fit_law, resampled_laws

SIZES = torch.tensor([25e3, 50e3, 75e3, 150e3, 250e3]).double().repeat_interleave(4)
TEXTS = torch.tensor([1e5, 2e5, 4e5, 8e5]).double().repeat(5)
LAW = ScalingLaw(0.7, 1000.0, 0.6, 5000.0, 0.7)


def losses_of(law):
    return torch.tensor([law.loss(n, d) for n, d in zip(SIZES.tolist(), TEXTS.tolist(), strict=True)]).double()


@settings(max_examples=20)
@given(floor=st.floats(0.3, 2), alpha=st.floats(0.3, 1), beta=st.floats(0.3, 1), a=st.floats(0.2, 2))
def test_the_law_that_made_the_losses_is_found_again(floor, alpha, beta, a):
    law = ScalingLaw(floor, a * 1e5**alpha, alpha, 3e5**beta, beta)
    found = fit_law(SIZES, TEXTS, losses_of(law))
    assert found.alpha == pytest.approx(alpha, abs=0.01) and found.beta == pytest.approx(beta, abs=0.01)
    assert found.loss(1e6, 3e6) == pytest.approx(law.loss(1e6, 3e6), abs=0.01)


def test_no_part_of_the_law_is_below_0():
    """A straight line through falling losses would cross 0 somewhere."""
    found = fit_law(SIZES, TEXTS, losses_of(ScalingLaw(0.0, 1000.0, 0.6, 5000.0, 0.7)) * 0.99)
    assert min(found.floor, found.a, found.b) >= 0


@settings(max_examples=20)
@given(exponent=st.floats(9, 20), shift=st.floats(0.5, 2).filter(lambda x: abs(x - 1) > 0.01))
def test_no_other_way_to_spend_the_budget_is_better(exponent, shift):
    parameters, tokens = LAW.best_share(10.0**exponent)
    assert 6 * parameters * tokens == pytest.approx(10.0**exponent)
    assert LAW.loss(parameters, tokens) < LAW.loss(parameters * shift, tokens / shift)


def test_drawn_again_the_laws_scatter_around_that_of_all_runs():
    noise = torch.randn(20, generator=torch.Generator().manual_seed(0)).double()
    losses = losses_of(LAW) * (1 + 0.01 * noise)
    laws = resampled_laws(SIZES, TEXTS, losses, 40, torch.Generator().manual_seed(0))
    said = torch.tensor([law.loss(250e3, 8e5) for law in laws])
    assert said.std() > 0 and (said.mean() - LAW.loss(250e3, 8e5)).abs() < 0.05


def test_four_runs_are_too_few():
    with pytest.raises(ValueError, match="4 runs"):
        fit_law(SIZES[:4], TEXTS[:4], losses_of(LAW)[:4])
