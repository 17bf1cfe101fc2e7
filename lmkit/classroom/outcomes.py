"""What `grade` has written, read again: the points of the table, and for each student the reports behind them."""

from dataclasses import dataclass
from pathlib import Path

from lmkit.check.report import Report
from lmkit.classroom import gradebook
from lmkit.classroom.assignment import Assignment, assignment_in
from lmkit.classroom.crew import Marked
from lmkit.classroom.records import Records, folder_of


@dataclass(frozen=True)
class Outcome:
    """What came of one student's work.

    Args:
        points: For each exercise, as the table has them.
        by_hand: The exercises whose points the teacher has given.
        notes: As the table has them.
        reports: For each exercise; none where it was not marked.
        answers: For exercises that are not done, the student's own functions, as `quoting` shows them.
    """

    student: str
    points: dict[str, float]
    by_hand: frozenset[str]
    days_late: int
    notes: str
    reports: dict[str, Report]
    answers: dict[str, str]

    @property
    def total(self) -> float:
        """The sum of the points."""
        return round(sum(self.points.values()), 2)


@dataclass(frozen=True)
class Graded:
    """A class, and what it was asked."""

    assignment: Assignment
    students: tuple[Outcome, ...]


def graded(grades: Path, release: Path) -> Graded:
    """Read a table of grades, as it is now, and what lies in the folder beside it.

    Args:
        release: The folder of what was handed out.

    Raises:
        ValueError: Something is not there, or does not belong together.
    """
    records = folder_of(grades) / "found.jsonl"
    for path in (grades, records):
        if not path.exists():
            raise ValueError(f"there is no {path}: `python -m lmkit.classroom grade` makes it; or name another table")
    assignment = assignment_in(release)
    table = [row for row in gradebook.table_in(grades) if row["student"]]
    _demand_match(table, assignment, grades, release)
    found, changed = Records(grades).all(), gradebook.by_hand(grades, assignment.points)
    return Graded(assignment, tuple(_outcome(row, assignment, found.get(row["student"]), changed) for row in table))


def _outcome(row: gradebook.Row, assignment: Assignment, marked: Marked | None, changed: dict) -> Outcome:
    student = row["student"]
    return Outcome(
        student,
        {name: gradebook.points_of(row[name], student, name) for name in assignment.points},
        frozenset(name for name in assignment.points if (student, name) in changed),
        int(gradebook.points_of(row["days late"], student, "days late")),
        row["notes"] or "",
        {name: report for name, report in marked.reports.items() if name in assignment.points} if marked else {},
        marked.answers if marked else {},
    )


def _demand_match(table: list[gradebook.Row], assignment: Assignment, grades: Path, release: Path) -> None:
    if not table:
        raise ValueError(f"{grades} names no student: has everything in it been deleted?")
    wanted = [*assignment.points, "total", "out of", "days late", "notes"]
    missing = [name for name in wanted if table[0].get(name) is None]
    if missing:
        raise ValueError(f"{grades} is not of the release {release}, or was cut: it has no column {', '.join(missing)}")
    out_of = gradebook.number(sum(assignment.points.values()))
    if any(gradebook.points_of(row["out of"], row["student"], "out of") != float(out_of) for row in table):
        raise ValueError(f"the points in {release} were changed after {grades} was written: grade again, then go on")
