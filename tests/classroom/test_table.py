"""The cells of the table: none is a formula, names come back as they were, and points are numbers."""

import pytest

from lmkit.classroom import gradebook
from lmkit.classroom.gradebook import harmless, points_of, table_in
from tests.classroom.graded import marked

POINTS = ["attention", "causal_mask"]


@pytest.mark.parametrize("name", ["=1", "+1", "-1", "@a", " =1", "\n=1", "\t=1", "＝1", "＠a"])
def test_whatever_may_begin_a_formula_begins_none(name):
    assert harmless(name) == "'" + name


@pytest.mark.parametrize("name", ["'ada", "''=x", "'", "ada'", "=1+1", " =x"])
def test_a_name_comes_back_as_it_was(a_class, name):
    """Also one that begins with the mark that keeps formulas away: its changes are not another's."""
    a_class.grade(marked(name))
    assert [row["student"] for row in table_in(a_class.grades)] == [name]
    a_class.change(f"{harmless(name)},4,2,", f"{harmless(name)},1,2,")
    assert gradebook.overrides_of(a_class.grades, POINTS) == {(name, "attention"): 1.0}
    assert gradebook.by_hand(a_class.grades, POINTS) == {(name, "attention"): "1"}


@pytest.mark.parametrize("cell", ["nan", "inf", "--1", "1.2.3", "four"])
def test_what_is_no_number_is_named(cell):
    with pytest.raises(ValueError, match="the points of ada for one are no number: '"):
        points_of(cell, "ada", "one")


@pytest.mark.parametrize(("cell", "points"), [("2", 2.0), (" 1,5 ", 1.5), ("-0.25", -0.25), ("1e1", 10.0)])
def test_points_are_read_as_a_spreadsheet_may_write_them(cell, points):
    assert points_of(cell, "ada", "one") == points
