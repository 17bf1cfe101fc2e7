"""Fair timing: who runs when, and what is made of the times."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import rounds

seconds = st.lists(st.floats(1e-6, 1e3), min_size=1, max_size=20)


def test_quartiles_by_hand():
    assert rounds.quartiles([4.0, 1.0, 3.0, 2.0, 5.0]) == [2.0, 3.0, 4.0]
    assert rounds.quartiles([1.0, 2.0]) == [1.25, 1.5, 1.75]
    assert rounds.quartiles([7.0]) == [7.0, 7.0, 7.0]


@given(values=seconds)
def test_quartiles_are_in_order_and_within_the_values(values):
    low, median, high = rounds.quartiles(values)
    assert min(values) * (1 - 1e-9) <= low <= median <= high <= max(values) * (1 + 1e-9)


@given(ours=seconds, slowdown=st.floats(0.1, 10))
def test_a_peer_that_is_always_so_much_slower_has_this_factor_however_the_machine_sways(ours, slowdown):
    theirs = [slowdown * t for t in ours]
    assert rounds.factor(ours, theirs) == pytest.approx([slowdown] * 3)


def test_a_factor_is_formed_within_each_round():
    """The medians of the times are equal here, and still the one was twice as fast in most rounds."""
    assert rounds.factor([1.0, 2.0, 4.0], [2.0, 4.0, 2.0])[1] == 2.0


def test_rounds_that_do_not_match_are_refused():
    with pytest.raises(ValueError):
        rounds.factor([1.0, 2.0], [1.0])


def test_rates_and_factors_of_all():
    times = {"ours": [1.0, 2.0, 1.0], "theirs": [2.0, 4.0, 2.0]}
    assert rounds.rates(times, 100)["ours"][1] == 100
    assert rounds.factors(times, "theirs") == {"ours": [2.0, 2.0, 2.0], "theirs": [1.0, 1.0, 1.0]}


def test_every_round_runs_all_once_in_an_order_of_its_own_after_a_run_that_does_not_count(capsys):
    runs = []
    candidates = {name: lambda name=name: runs.append(name) for name in "abc"}
    times = rounds.take_turns(candidates, 20, "testing")
    warm_up, *played = ["".join(runs[i : i + 3]) for i in range(0, len(runs), 3)]
    assert warm_up == "abc"
    assert {len(measured) for measured in times.values()} == {len(played)} == {20}
    assert {"".join(sorted(order)) for order in played} == {"abc"}
    assert len(set(played)) > 3


def test_waiting_costs_nothing_and_work_does():
    waiting = rounds.cpu_seconds(lambda: time.sleep(0.2))
    working = rounds.cpu_seconds(lambda: sum(range(3_000_000)))
    assert waiting < 0.15
    assert working > 0.005
