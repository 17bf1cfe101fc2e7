"""Points: the rule, late days, and what a teacher changes by hand."""

from datetime import datetime

import pytest

from lmkit.check.report import Finding, Report, right
from lmkit.classroom import gradebook
from lmkit.classroom.assignment import Assignment, assignment_in, write_points
from lmkit.classroom.crew import Marked
from lmkit.classroom.records import Records
from lmkit.classroom.syllabus import Asked

WRONG = Finding("upper-half", "It is the wrong half.")
DONE, HALF = (right("It runs."),), (right("Right for one of two.", 0.25), WRONG)
ASSIGNMENT = Assignment(("02",), {"one": ["one"], "two": ["two"]}, {"one": 4, "two": 2})


def marked(student, one=DONE, two=HALF, **more):
    reports = {"one": Report("one", "One", one), "two": Report("two", "Two", two)}
    return Marked(**{"student": student, "digest": "0", "kind": "bwrap", "notes": (), "reports": reports, **more})


def table(*found, assignment=ASSIGNMENT, times=None, overrides=None):
    return gradebook.rows(assignment, found, times or {}, overrides or {})


def test_a_row_has_the_points_of_each_exercise_and_their_sum():
    (row,) = table(marked("ada", notes=("b.ipynb: not JSON",)))
    assert row == {
        "student": "ada",
        "one": "4",
        "two": "0.5",
        "total": "4.5",
        "out of": "6",
        "days late": "0",
        "notes": "b.ipynb: not JSON",
    }


def test_without_reports_there_are_no_points():
    (row,) = table(marked("ada", reports={}))
    assert (row["one"], row["total"]) == ("0", "0")


def test_practice_is_said_on_the_row():
    (row,) = table(marked("ada", kind="practice"))
    assert row["notes"] == "practice mode, not for grading"


DUE = Assignment(("02",), {}, {"one": 4, "two": 2}, datetime(2027, 1, 31, 23, 59), free_days=1, lost_each_day=0.25)


@pytest.mark.parametrize(
    ("handed_in", "days", "one"),
    [
        (datetime(2027, 1, 20), "0", "4"),
        (datetime(2027, 2, 1, 23, 59), "0", "4"),  # the free day, to its last minute
        (datetime(2027, 2, 2, 0, 0), "1", "3"),
        (datetime(2027, 2, 2, 23, 59), "1", "3"),
        (datetime(2027, 2, 3), "2", "2"),
        (datetime(2027, 9, 3), "214", "0"),
    ],
)
def test_each_day_begun_after_the_free_ones_costs_its_share(handed_in, days, one):
    (row,) = table(marked("ada"), assignment=DUE, times={"ada": handed_in})
    assert (row["days late"], row["one"]) == (days, one)


def test_points_given_by_hand_stand_however_late(tmp_path):
    (row,) = table(marked("ada"), assignment=DUE, times={"ada": datetime(2028, 1, 1)}, overrides={("ada", "two"): 1.5})
    assert (row["one"], row["two"], row["total"]) == ("0", "1.5", "1.5")


@pytest.fixture
def grades(tmp_path):
    """A table that was written."""
    path = tmp_path / "grades.csv"
    Records(path)
    gradebook.write(table(marked("ada"), marked("=bob")), path)
    return path


def written_again(grades):
    overrides = gradebook.overrides_of(grades, ASSIGNMENT.points)
    gradebook.write(table(marked("ada"), marked("=bob"), overrides=overrides), grades)
    return overrides


def change(path, before, after):
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")


def test_nothing_is_given_by_hand_where_nothing_was_changed(grades):
    before = grades.read_bytes()
    assert written_again(grades) == {}
    assert grades.read_bytes() == before


def test_what_was_changed_in_the_table_is_kept_from_then_on(grades):
    change(grades, "ada,4,0.5,4.5", "ada,4,2,4.5")
    for _ in range(2):
        assert written_again(grades) == {("ada", "two"): 2.0}
        assert "ada,4,2,6," in grades.read_text("utf-8")


def test_what_was_changed_is_kept_after_other_marks(grades):
    change(grades, "ada,4,0.5,4.5", "ada,4,2,4.5")
    overrides = gradebook.overrides_of(grades, ASSIGNMENT.points)
    (row,) = table(marked("ada", one=HALF), overrides=overrides)
    assert (row["one"], row["two"]) == ("1", "2")


def test_an_emptied_cell_takes_the_change_back(grades):
    change(grades, "ada,4,0.5,4.5", "ada,4,2,4.5")
    written_again(grades)
    change(grades, "ada,4,2,6", "ada,4,,6")
    assert written_again(grades) == {}
    assert "ada,4,0.5,4.5" in grades.read_text("utf-8")


def test_a_table_saved_by_a_spreadsheet_of_another_country_is_understood(grades):
    text = grades.read_text("utf-8-sig").replace(",", ";").replace("0.5", "0,5").replace("4.5", "4,5")
    grades.write_bytes(text.replace("ada;4;", "ada;3,5;").replace("'=bob", "'=bob").encode("cp1252"))
    assert written_again(grades) == {("ada", "one"): 3.5}


def test_a_change_that_is_no_number_is_named(grades):
    change(grades, "ada,4,0.5,4.5", "ada,four,0.5,4.5")
    with pytest.raises(ValueError, match="points of ada for one are no number: 'four'"):
        gradebook.overrides_of(grades, ASSIGNMENT.points)


def test_no_name_is_a_formula(grades):
    assert "\n'=bob," in grades.read_text("utf-8").replace("\r", "")
    change(grades, "'=bob,4,", "'=bob,1,")
    assert written_again(grades) == {("=bob", "one"): 1.0}


def test_times_are_read_from_a_table(tmp_path):
    path = tmp_path / "times.csv"
    path.write_text("student,time\nada,2027-02-01T10:00:00\n")
    assert gradebook.times_in(path) == {"ada": datetime(2027, 2, 1, 10)}
    assert gradebook.times_in(tmp_path / "none.csv") == {}
    here = datetime(2027, 2, 1, 10).astimezone().isoformat()
    path.write_text(f"student,time\nada,{here}\n")
    assert gradebook.times_in(path) == {"ada": datetime(2027, 2, 1, 10)}
    path.write_text("student,time\nada,tomorrow\n")
    with pytest.raises(ValueError, match="wanted are the columns student and time"):
        gradebook.times_in(path)


CHAPTER = """{"cells": [{"cell_type": "code", "source": "check.causal_mask(mine)",
"metadata": {"lmkit": {"id": "causal_mask", "role": "check"}}}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}"""


@pytest.fixture
def release(tmp_path):
    (tmp_path / "teacher").mkdir()
    (tmp_path / "teacher/02_attention.ipynb").write_text(CHAPTER)
    write_points([Asked("causal_mask", "The mask", "Say who", 3, 5, ())], tmp_path)
    return tmp_path


def test_what_is_released_is_worth_what_it_is_hard_and_never_late(release):
    assert assignment_in(release) == Assignment(("02_attention",), {"causal_mask": ["mine"]}, {"causal_mask": 3})


def test_points_and_days_can_be_changed(release):
    change(release / "points.toml", "causal_mask = 3 ", "causal_mask = 2.5 ")
    change(release / "points.toml", "# due = 2027-01-31T23:59:00 ", "due = 2027-03-01T08:00:00 ")
    change(release / "points.toml", "free_days = 0 ", "free_days = 2 ")
    known = assignment_in(release)
    assert (known.points, known.due, known.free_days) == ({"causal_mask": 2.5}, datetime(2027, 3, 1, 8), 2)


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("causal_mask = 3", "causal_maks = 1", "unknown: causal_maks; missing: causal_mask"),
        ("causal_mask = 3", "causal_mask = '1'", "points and days are numbers from 0 on"),
        ("causal_mask = 3", "causal_mask = -1", "points and days are numbers from 0 on"),
        ("causal_mask = 3", "causal_mask = inf", "points and days are numbers from 0 on"),
        ("causal_mask = 3", "causal_mask = ", "points.toml: "),
        ("free_days = 0", "free = 0", "unknown: free"),
        ("# due = 2027-01-31T23:59:00", "due = 'Monday'", "due is a day and a time"),
        ("# due = 2027-01-31T23:59:00", "due = 2027-01-31", "due is a day and a time"),
        ("# due = 2027-01-31T23:59:00", "due = 2027-01-31T23:59:00Z", "without a zone"),
    ],
)
def test_a_slip_in_the_file_of_points_is_named(release, before, after, words):
    change(release / "points.toml", before, after)
    with pytest.raises(ValueError, match=words):
        assignment_in(release)


def test_a_folder_that_is_no_release_is_told_so(tmp_path):
    with pytest.raises(ValueError, match="is no release: make one"):
        assignment_in(tmp_path)
