"""A whole class, with every odd answer and every odd file that we know of: each mark is as it should be."""

import csv

import pytest

from benchmarks import students
from lmkit.classroom import crew, grading, sandbox
from lmkit.classroom.assignment import assignment_in
from lmkit.classroom.records import Records
from lmkit.classroom.release import release

if sandbox.kind() == "practice":
    pytest.skip("no sandbox can be made here", allow_module_level=True)

KINDS = len(students.ODD_ANSWERS) + len(students.ODD_FILES)


@pytest.fixture(scope="module")
def graded(tmp_path_factory, kept_workers):
    """The class, what was found of each student, the table, and what each exercise is worth."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "lmkit.whl").touch()
    release([students.CHAPTER], [], folder / "lmkit.whl", folder / "out")
    the_class = students.a_class(KINDS)
    for student in the_class:
        student.hand_in(folder / "submissions")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crew, "Worker", kept_workers)
        grading.grade(folder / "submissions", folder / "out", folder / "grades.csv")
    with (folder / "grades.csv").open(encoding="utf-8-sig") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    return the_class, Records(folder / "grades.csv").all(), rows, assignment_in(folder / "out").points


def test_each_kind_is_in_the_class(graded):
    the_class, found, rows, _ = graded
    assert len({student.name for student in the_class}) == KINDS == len(found) == len(rows)


def test_of_each_answer_is_said_what_should_be(graded):
    the_class, found, _, _ = graded
    wrong = {
        (student.name, exercise): found[student.name].reports[exercise].codes
        for student in the_class
        for exercise, wanted in student.wanted.items()
        if found[student.name].reports[exercise].codes not in wanted
    }
    assert wrong == {}


def test_what_is_right_has_its_points_and_what_is_not_has_less(graded):
    the_class, _, rows, points = graded
    for student in the_class:
        for exercise, wanted in student.wanted.items():
            share = float(rows[student.name][exercise]) / points[exercise]
            assert share == 1 if wanted == students.MARKED_AS_RIGHT else share <= 0.6
