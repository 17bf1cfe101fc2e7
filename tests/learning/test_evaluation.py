"""The intervals hold what they promise, the tests are those of scipy and scikit-learn, laziness is worth nothing."""

import math

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import balanced_accuracy_score

from lmkit.learning.evaluation import (
    Bin,
    balanced_accuracy,
    calibration,
    calibration_error,
    majority,
    mcnemar,
    paired_bootstrap,
    wilson,
)


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


# --- Unbalanced classes. ---

labels_and_answers = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true", "ignore:A single label was found")
@given(pairs=labels_and_answers)
def test_balanced_accuracy_is_that_of_scikit_learn(pairs):
    labels, answers = (torch.tensor(column) for column in zip(*pairs, strict=True))
    assert math.isclose(balanced_accuracy(answers, labels), balanced_accuracy_score(labels, answers))


@given(pairs=labels_and_answers, copies=st.integers(2, 9))
def test_more_of_one_class_answered_alike_change_the_accuracy_and_not_the_balanced_one(pairs, copies):
    more = [pair for pair in pairs for _ in range(copies if pair[0] == 0 else 1)]
    few, many = (
        balanced_accuracy(torch.tensor([answer for _, answer in some]), torch.tensor([label for label, _ in some]))
        for some in (pairs, more)
    )
    assert math.isclose(few, many)


def test_one_answer_for_all_is_worth_one_class_however_common_it_is():
    labels = torch.tensor([0] * 90 + [1] * 9 + [2])
    for answer in range(3):
        assert math.isclose(balanced_accuracy(torch.full_like(labels, answer), labels), 1 / 3)


# --- Two models. ---

right_and_right = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60)


def two(pairs):
    return (torch.tensor(column) for column in zip(*pairs, strict=True))


@given(pairs=right_and_right)
def test_mcnemar_is_the_binomial_test_of_scipy_on_what_only_one_of_them_got(pairs):
    only_one, only_other = pairs.count((True, False)), pairs.count((False, True))
    p = mcnemar(*two(pairs))
    if only_one + only_other:
        assert math.isclose(p, scipy.stats.binomtest(only_one, only_one + only_other, 0.5).pvalue)
    else:
        assert p == 1


@given(pairs=right_and_right, both=st.integers(1, 1000))
def test_what_both_answer_alike_changes_nothing_for_mcnemar_nor_who_comes_first(pairs, both):
    one, other = two(pairs)
    p = mcnemar(one, other)
    alike = torch.arange(both) % 3 == 0
    assert p == mcnemar(other, one) == mcnemar(torch.cat([one, alike]), torch.cat([other, alike]))


def test_mcnemar_cries_wolf_no_more_often_than_it_says():
    """Over all ways in which twenty questions can fall to two models that are equally good."""
    n = 20
    values = [mcnemar(torch.arange(n) < k, torch.arange(n) >= k) for k in range(n + 1)]
    chances = [math.comb(n, k) / 2**n for k in range(n + 1)]
    for level in (0.01, 0.05, 0.2):
        assert sum(c for p, c in zip(values, chances, strict=True) if p <= level) <= level


def test_more_ways_than_a_float_can_count_are_no_trouble_for_mcnemar():
    one = torch.arange(1200) < 650
    assert math.isclose(mcnemar(one, ~one), scipy.stats.binomtest(550, 1200).pvalue)


def seeded():
    return torch.Generator().manual_seed(0)


@settings(max_examples=6)
@given(pairs=st.lists(st.tuples(st.booleans(), st.booleans()), min_size=30, max_size=60), seed=st.integers(0, 99))
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_the_paired_bootstrap_is_that_of_scipy(confidence, pairs, seed):
    """Both draw at random, so the ends may differ by a few of the steps that n questions allow."""
    one, other = two(pairs)
    low, high = paired_bootstrap(one, other, torch.Generator().manual_seed(seed), 2000, confidence)
    apart = one.double().numpy() - other.double().numpy()
    theirs = scipy.stats.bootstrap(
        (apart,), np.mean, n_resamples=2000, confidence_level=confidence, method="percentile", rng=seed
    ).confidence_interval
    assert abs(low - theirs.low) <= 2.5 / len(pairs) and abs(high - theirs.high) <= 2.5 / len(pairs)


def test_the_paired_interval_is_narrower_than_one_that_takes_the_same_answers_for_two_tests():
    """The variance of a difference is smaller where what is hard for the one is hard for the other."""
    hard = torch.arange(400) % 4 == 0
    one, other = ~hard, ~hard
    other[:12] = False
    paired = paired_bootstrap(one, other, seeded(), 2000)
    shuffled = other[torch.randperm(400, generator=seeded())]
    unpaired = paired_bootstrap(one, shuffled, seeded(), 2000)
    assert paired[0] > 0 > unpaired[0]
    assert paired[1] - paired[0] < 0.5 * (unpaired[1] - unpaired[0])


def test_the_bootstrap_interval_holds_the_truth_about_as_often_as_promised():
    generator, held, apart = seeded(), 0, 0.1
    for _ in range(150):
        one = torch.rand(150, generator=generator) < 0.8
        other = one & (torch.rand(150, generator=generator) >= apart / 0.8)
        low, high = paired_bootstrap(one, other, generator, 200)
        held += low <= apart <= high
    assert 0.88 < held / 150 < 0.99


@given(pairs=right_and_right)
def test_one_less_other_is_other_less_one_mirrored_and_scores_may_be_any_numbers(pairs):
    one, other = two(pairs)
    low, high = paired_bootstrap(one, other, seeded(), 50)
    mirrored = paired_bootstrap(3 * other.double(), 3 * one.double(), seeded(), 50)
    assert math.isclose(low, -mirrored[1] / 3, abs_tol=1e-9) and math.isclose(high, -mirrored[0] / 3, abs_tol=1e-9)


# --- Calibration. ---

sure_and_right = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True, width=32), st.booleans()), min_size=1, max_size=60
)


def bins_of(pairs, n_bins):
    confidence, is_right = zip(*pairs, strict=True)
    return calibration(torch.tensor(confidence), torch.tensor(is_right), n_bins)


@given(pairs=sure_and_right, n_bins=st.integers(1, 12))
def test_every_answer_is_in_one_bin_and_no_bin_is_empty(pairs, n_bins):
    bins = bins_of(pairs, n_bins)
    assert sum(each.n for each in bins) == len(pairs)
    assert sum(each.right for each in bins) == sum(right for _, right in pairs)
    assert math.isclose(sum(each.confidence for each in bins), sum(c for c, _ in pairs), abs_tol=1e-5)
    assert all(each.n > 0 for each in bins)
    middles = [each.confidence / each.n for each in bins]
    assert middles == sorted(middles)


@given(pairs=st.lists(st.tuples(st.integers(0, 10**6), st.booleans()), min_size=1, max_size=60))
def test_the_bins_are_those_of_scikit_learn_but_at_their_edges(pairs):
    inside = [(thousandth / 10**6, right) for thousandth, right in pairs if thousandth % 10**5 > 10]
    if inside:
        bins = bins_of(inside, 10)
        right, sure = calibration_curve([r for _, r in inside], [c for c, _ in inside], n_bins=10)
        assert np.allclose([each.right / each.n for each in bins], right)
        assert np.allclose([each.confidence / each.n for each in bins], sure, atol=1e-6)


@given(pairs=sure_and_right)
def test_with_one_bin_the_error_is_how_far_the_mean_confidence_is_from_the_accuracy_and_more_bins_show_no_less(pairs):
    sure, right = (sum(column) / len(pairs) for column in zip(*pairs, strict=True))
    one = calibration_error(bins_of(pairs, 1))
    assert math.isclose(one, abs(sure - right), abs_tol=1e-6)
    assert calibration_error(bins_of(pairs, 10)) >= one - 1e-6


def test_a_coin_that_says_half_is_calibrated_and_one_that_is_certain_is_not():
    right = torch.arange(100) % 2 == 0
    assert calibration_error(calibration(torch.full((100,), 0.5), right)) == 0
    assert calibration_error(calibration(torch.ones(100), right)) == 0.5


def test_who_is_quite_certain_is_in_the_last_bin_and_in_none_of_its_own():
    sure = torch.tensor([1.0, 0.75, 1.0, 0.25])
    assert calibration(sure, torch.tensor([True, False, False, True]), 2) == [Bin(1, 1, 0.25), Bin(3, 1, 2.75)]


# --- What is refused. ---

yes, no = torch.tensor([True, True, False]), torch.tensor([False, True])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: mcnemar(yes, no), "one has 3 entries, other 2"),
        (lambda: mcnemar(yes[:0], no[:0]), "one and other are empty"),
        (lambda: mcnemar(yes.long(), yes), "one is torch.int64, but must be truth values"),
        (lambda: paired_bootstrap(yes, no, seeded()), "one has 3 entries, other 2"),
        (lambda: paired_bootstrap(yes, yes, seeded(), draws=0), "draws is 0"),
        (lambda: paired_bootstrap(yes, yes, seeded(), confidence=95.0), "between 0 and 1, such as 0.95"),
        (lambda: balanced_accuracy(torch.tensor([1]), torch.tensor([1, 0])), "answers has 1 entries, labels 2"),
        (lambda: calibration(torch.ones(2), yes), "confidence has 2 entries, is_right 3"),
        (lambda: calibration(torch.tensor([0.5, 1.5]), no), "no probability"),
        (lambda: calibration(torch.tensor([0.5, math.nan]), no), "no probability"),
        (lambda: calibration(torch.ones(2), no, 0), "n_bins is 0"),
        (lambda: calibration_error([]), "there are no bins"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_its_cause(monkeypatch, call, says):
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    with pytest.raises(ValueError, match=says):
        call()
