"""The interval holds what it promises, and the laziest answer is the commonest one."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmkit.learning.evaluation import majority, wilson


@given(n=st.integers(1, 500), data=st.data())
def test_each_end_of_the_interval_is_z_standard_errors_from_the_share(n, data):
    """Wilson's definition: the true shares p for which |share - p| is at most z √(p (1 - p) / n)."""
    n_right = data.draw(st.integers(0, n))
    for p in wilson(n_right, n, 0.95):
        assert 0 <= p <= 1
        assert math.isclose(abs(n_right / n - p), 1.959964 * math.sqrt(p * (1 - p) / n), rel_tol=1e-5, abs_tol=1e-7)


@pytest.mark.parametrize("p", [0.5, 0.8, 0.97])
def test_the_interval_holds_the_truth_about_as_often_as_promised(p):
    """Over all results that 100 answers can have, each as probable as it is."""
    n = 100
    chance = [math.comb(n, right) * p**right * (1 - p) ** (n - right) for right in range(n + 1)]
    held = sum(c for right, c in enumerate(chance) if wilson(right, n)[0] <= p <= wilson(right, n)[1])
    assert 0.92 < held < 0.98


@given(n=st.integers(1, 200), data=st.data())
def test_wrong_answers_are_right_ones_mirrored(n, data):
    n_right = data.draw(st.integers(0, n))
    low, high = wilson(n_right, n)
    mirrored = wilson(n - n_right, n)
    assert math.isclose(low, 1 - mirrored[1], abs_tol=1e-12) and math.isclose(high, 1 - mirrored[0], abs_tol=1e-12)
    assert low - 1e-12 <= n_right / n <= high + 1e-12


@pytest.mark.parametrize(
    ("right", "n", "confidence"),
    [
        *((3, 2, 0.95), (-1, 2, 0.95), (0, 0, 0.95), (1, 2, 95.0)),
        *((1.5, 2, 0.95), (1, 2.0, 0.95), (1, math.inf, 0.95), (math.nan, 2, 0.95), (True, 2, 0.95), (1, 2, math.nan)),
    ],
)
def test_numbers_that_cannot_be_are_refused(monkeypatch, right, n, confidence):
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    with pytest.raises(ValueError):
        wilson(right, n, confidence)


@pytest.mark.parametrize("kind", [list, torch.tensor, np.array, lambda labels: list(torch.tensor(labels))])
def test_labels_may_be_numbers_of_any_kind(monkeypatch, kind):
    """Two tensors of one number are two things to a dictionary."""
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    assert majority(kind([0, 2, 2, 1, 2]), kind([2, 2, 0, 2])) == 0.75


def test_the_majority_is_that_of_training_not_of_the_test():
    assert majority([0, 1, 1], [0, 0, 0, 1]) == 0.25
    assert majority([1, 0], [0, 0, 1]) == 2 / 3
    with pytest.raises(ValueError, match="there are no labels"):
        majority([], [1])
