"""Group metrics: each against scikit-learn or a table counted by hand, and the identity that ties them together."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix, precision_score, recall_score

from lmkit.learning import group_metrics as metrics
from lmkit.learning.group_metrics import Confusion

counts = st.builds(Confusion, *(st.integers(1, 60) for _ in range(4)))


@given(st.integers(0, 10**6))
def test_counts_and_shares_are_those_of_scikit_learn(seed):
    answers, labels, group = torch.randint(2, (3, 60), generator=torch.Generator().manual_seed(seed))
    for number, one in metrics.confusions(answers, labels, group).items():
        a, y = answers[group == number], labels[group == number]
        tn, fp, fn, tp = confusion_matrix(y, a, labels=[0, 1]).ravel()
        assert one == Confusion(*map(int, (tp, fp, fn, tn))) and one.n == len(a)
        if min(tp, fp, fn, tn):
            assert one.true_positive_rate == pytest.approx(recall_score(y, a))
            assert one.predictive_value == pytest.approx(precision_score(y, a))
            assert one.base_rate == pytest.approx(float(y.double().mean()))
            assert one.selection_rate == pytest.approx(float(a.double().mean()))


@given(counts)
def test_three_numbers_of_a_table_leave_no_choice_for_the_false_positive_rate(one):
    implied = metrics.implied_false_positive_rate(one.base_rate, one.predictive_value, one.false_negative_rate)
    assert implied == pytest.approx(one.false_positive_rate, abs=1e-9)


@given(counts, counts)
def test_with_unequal_base_rates_equal_values_and_equal_misses_forbid_equal_false_alarms(one, other):
    p, q = one.base_rate, other.base_rate
    shared = one.predictive_value, one.false_negative_rate
    rates = [metrics.implied_false_positive_rate(base, *shared) for base in (p, q)]
    assert (rates[0] == pytest.approx(rates[1], abs=1e-12)) == (p == pytest.approx(q, abs=1e-12))


def test_the_differences_of_a_table_counted_by_hand():
    table = {0: Confusion(30, 10, 10, 50), 1: Confusion(10, 5, 10, 75)}
    assert metrics.demographic_parity_difference(table) == pytest.approx(0.40 - 0.15)
    assert metrics.equal_opportunity_difference(table) == pytest.approx(0.75 - 0.50)
    assert metrics.equalized_odds_difference(table) == pytest.approx(0.25)
    assert metrics.predictive_parity_difference(table) == pytest.approx(30 / 40 - 10 / 15)
    by_false_alarms = {0: Confusion(5, 50, 5, 50), 1: Confusion(5, 10, 5, 90)}
    assert metrics.equalized_odds_difference(by_false_alarms) == pytest.approx(0.4)


def test_when_all_answers_are_right_only_the_shares_of_the_chosen_differ():
    table = {0: Confusion(30, 0, 0, 70), 1: Confusion(60, 0, 0, 40)}
    assert metrics.demographic_parity_difference(table) == pytest.approx(0.3)
    assert metrics.equalized_odds_difference(table) == metrics.predictive_parity_difference(table) == 0


def test_what_is_not_defined_is_refused_with_its_cure():
    with pytest.raises(ValueError, match="nobody in this group is chosen.*leave the group out"):
        _ = Confusion(0, 0, 3, 4).predictive_value
    with pytest.raises(ValueError, match="2 answers, 3 labels"):
        metrics.confusions(torch.zeros(2).long(), torch.zeros(3).long(), torch.zeros(3).long())
    with pytest.raises(ValueError, match="must be 0 or 1"):
        metrics.confusions(torch.tensor([2]), torch.tensor([1]), torch.tensor([0]))
    with pytest.raises(ValueError, match="predictive_value is 0"):
        metrics.implied_false_positive_rate(0.5, 0, 0.1)
