"""What `grade` wrote is read as it is now; what does not belong together is refused."""

from datetime import datetime

import pytest

from lmkit.check.report import Finding, right
from lmkit.classroom.outcomes import graded
from tests.classroom.graded import marked

HALF = (right("Right for one of two.", 0.5), Finding("upper-half", "It is the wrong half."))


def test_a_student_has_points_reports_and_the_answer(a_class):
    answers = {"causal_mask": "def f(): ..."}
    a_class.grade(marked("ada", causal_mask=HALF, answers=answers, notes=("b.ipynb: not JSON",)))
    known = graded(a_class.grades, a_class.release)
    (ada,) = known.students
    assert (ada.student, ada.points, ada.total) == ("ada", {"attention": 4, "causal_mask": 1}, 5)
    assert (ada.days_late, ada.notes, ada.by_hand) == (0, "b.ipynb: not JSON", frozenset())
    assert ada.reports["attention"].ok and ada.reports["causal_mask"].codes == ("upper-half",)
    assert ada.answers == answers


def test_late_days_are_those_of_the_table(a_class):
    points = a_class.release / "points.toml"
    points.write_text("due = 2027-01-31T23:59:00\n" + points.read_text())
    a_class.grade(marked("ada"), times={"ada": datetime(2027, 2, 2)})
    (ada,) = graded(a_class.grades, a_class.release).students
    assert (ada.days_late, ada.points["attention"], ada.total) == (2, 2, 3)


def test_points_given_by_hand_count_before_and_after_the_next_grading(a_class):
    a_class.grade(marked("ada", causal_mask=HALF))
    a_class.change("ada,4,1,5", 'ada,4,"1,5",5')
    for _ in range(2):
        (ada,) = graded(a_class.grades, a_class.release).students
        assert (ada.points["causal_mask"], ada.total, ada.by_hand) == (1.5, 5.5, {"causal_mask"})
        a_class.grade(marked("ada", causal_mask=HALF))


def test_reading_changes_no_file(a_class):
    a_class.grade(marked("ada"))
    a_class.change("ada,4,2,6", "ada,4,1,6")

    def files():
        return {path: path.read_bytes() for path in a_class.folder.rglob("*") if path.is_file()}

    before = files()
    graded(a_class.grades, a_class.release)
    assert files() == before


def test_who_was_not_marked_has_no_reports(a_class):
    a_class.grade(marked("ada"), marked("bob"))
    records = a_class.folder / "grades" / "found.jsonl"
    records.write_text("\n".join(line for line in records.read_text().split("\n") if "bob" not in line))
    _, bob = graded(a_class.grades, a_class.release).students
    assert (bob.student, bob.reports, bob.answers) == ("bob", {}, {})


def test_what_older_versions_found_is_read(a_class):
    """They kept no answers."""
    a_class.grade(marked("ada"))
    records = a_class.folder / "grades" / "found.jsonl"
    assert ', "answers": {}' in records.read_text()
    records.write_text(records.read_text().replace(', "answers": {}', ""))
    (ada,) = graded(a_class.grades, a_class.release).students
    assert ada.reports["attention"].ok and ada.answers == {}


def test_empty_rows_that_a_spreadsheet_leaves_are_passed_over(a_class):
    a_class.grade(marked("ada"))
    a_class.grades.write_text(a_class.grades.read_text("utf-8") + ",,,,,,\n", "utf-8")
    assert len(graded(a_class.grades, a_class.release).students) == 1


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("ada,4,2,6", "ada,4,two,6", "the points of ada for causal_mask are no number: 'two'"),
        ("ada,4,2,6", "ada,4,,6", "no number: ''; grade again, and what was found stands there"),
        ("ada,4,2,6", "ada,4,nan,6", "no number: 'nan'"),
        ("ada,4,2,6", "ada,4,inf,6", "no number: 'inf'"),
        ("causal_mask", "mask", "has no column causal_mask"),
        (",notes", "", "has no column notes"),
        ("ada,4,2,6,6", "ada,4,2,6,7", "were changed after .* was written: grade again"),
        ("ada,4,2,6,6,0,", "", "names no student"),
    ],
)
def test_a_table_that_cannot_be_right_is_refused(a_class, before, after, words):
    a_class.grade(marked("ada"))
    a_class.change(before, after)
    with pytest.raises(ValueError, match=words):
        graded(a_class.grades, a_class.release)


def test_what_is_not_there_is_named(a_class, tmp_path):
    with pytest.raises(ValueError, match="there is no .*grades.csv: .* makes it"):
        graded(a_class.grades, a_class.release)
    assert not (a_class.folder / "grades").exists()
    a_class.grade(marked("ada"))
    with pytest.raises(ValueError, match="is no release: make one"):
        graded(a_class.grades, tmp_path / "nowhere")
    (a_class.folder / "grades" / "found.jsonl").unlink()
    with pytest.raises(ValueError, match="there is no .*found.jsonl: .* makes it"):
        graded(a_class.grades, a_class.release)
