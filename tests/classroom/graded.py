"""A graded class, without running anybody's answer: what was handed out, and what `grade` leaves behind."""

from pathlib import Path

from lmkit import check
from lmkit.check.report import Report, right
from lmkit.classroom import gradebook
from lmkit.classroom.assignment import assignment_in
from lmkit.classroom.crew import Marked
from lmkit.classroom.records import Records
from lmkit.classroom.release import release

CHAPTER = Path(__file__).parents[2] / "chapters" / "02_attention.ipynb"
POINTS = "free_days = 0\nlost_each_day = 0.25\n\n[points]\nattention = 4\ncausal_mask = 2\n"
DONE = (right("It runs, and its result has the right form."),)


class Graded:
    """A folder with a release of two exercises, in which students can be graded."""

    def __init__(self, folder):
        self.folder, self.release, self.grades = folder, folder / "out", folder / "grades.csv"
        (folder / "lmkit.whl").touch()
        release([CHAPTER], ["attention", "causal_mask"], folder / "lmkit.whl", self.release)
        (self.release / "points.toml").write_text(POINTS)

    def grade(self, *students, times=None):
        """Write what was found of some students, as `marked` makes it, and the table."""
        records, assignment = Records(self.grades), assignment_in(self.release)
        for one in students:
            records.add(one)
        overrides = gradebook.overrides_of(self.grades, assignment.points)
        gradebook.write(gradebook.rows(assignment, students, times or {}, overrides), self.grades)
        return self

    def change(self, before, after):
        """Change the table by hand."""
        text = self.grades.read_text("utf-8")
        assert before in text
        self.grades.write_text(text.replace(before, after), "utf-8")


def marked(student, attention=DONE, causal_mask=DONE, **more):
    """What was found of a student: for each exercise findings, or a whole report."""
    given = {"attention": attention, "causal_mask": causal_mask}
    reports = {name: _report(name, one) for name, one in given.items()}
    return Marked(**{"student": student, "digest": "0", "kind": "bwrap", "notes": (), "reports": reports, **more})


def _report(name, given):
    return given if isinstance(given, Report) else Report(name, check.EXERCISES[name].title, given)
