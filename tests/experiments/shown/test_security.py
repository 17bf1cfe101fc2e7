"""The tables of attacks show every victim, every pair and every defence, as shares of the right counts."""

import pytest

from lmkit.experiments import attacks as experiment
from lmkit.experiments import recorded
from lmkit.experiments.shown import security as shown

FOUND = recorded("attacks")["results"]
TABLES = {"victims": shown.victims(FOUND), "transfer": shown.transfer(FOUND), "defences": shown.defences(FOUND)}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_fits_a_page_and_has_no_blanks_at_the_ends_of_its_lines(name):
    lines = TABLES[name].splitlines()
    assert len(lines) > 3
    assert all(len(line) <= 78 and line == line.rstrip() for line in lines)


def test_success_is_a_share_of_what_was_right_before():
    counts = {"victims": 8, "attacks": {"neutral": {"turned": 2}}, "by lot": {"once": 1}}
    assert (shown.success(counts, "neutral"), shown.success(counts, "once")) == (0.25, 0.125)


def test_every_victim_and_every_defence_has_a_row():
    for name in shown.VICTIMS.values():
        assert all(TABLES[table].count(f"\n{name}") == 1 for table in ("victims", "transfer"))
    for way in ("before", *experiment.DEFENCES):
        assert TABLES["defences"].count(f"\n{way} ") == 1


def test_what_passes_on_is_counted_over_all_seeds():
    for source in shown.VICTIMS:
        for target in shown.VICTIMS:
            turned, known = shown.passed_on(FOUND, source, target)
            flips = sum(run["victims"][source]["attacks"]["neutral"]["turned"] for run in FOUND["runs"])
            assert 0 <= turned <= known <= flips
