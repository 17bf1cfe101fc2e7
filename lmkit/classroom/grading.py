"""Grade a class: mark what was not marked before, tell of each student, and write the table."""

import sys
from pathlib import Path

from tqdm import tqdm

from lmkit.classroom import gradebook, sandbox
from lmkit.classroom.assignment import Assignment, assignment_in
from lmkit.classroom.crew import NOT_HANDED_IN, Marked, Task, mark_each
from lmkit.classroom.gradebook import NOT_FOR_GRADING
from lmkit.classroom.records import Records
from lmkit.classroom.submissions import Submission, handed_in, submissions_in

NO_SANDBOX = (
    "Here is no sandbox: what students wrote runs as you, and can read and change all that you can. This is "
    f"{NOT_FOR_GRADING}. On Linux, install bubblewrap."
)


def grade(submissions: Path, release: Path, grades: Path, workers: int = 2) -> list[gradebook.Row]:
    """Grade the notebooks of a folder.

    Args:
        submissions: A folder for each student, or files that begin with the student's name; beside them, perhaps, a
            file `times.csv` that says when each student handed in. Else the files' own times are taken.
        release: The folder that `release` made.
        grades: The table to write. What is found is kept in a folder beside it, and not marked again.

    Returns:
        The rows of the table.

    Raises:
        ValueError: A folder or a file is not what it should be.
    """
    assignment = assignment_in(release)
    students = submissions_in(submissions, assignment.chapters)
    overrides = gradebook.overrides_of(grades, assignment.points)
    times = {student.student: handed_in(student) for student in students}
    times |= gradebook.times_in(submissions / "times.csv")
    found = _found(students, assignment, Records(grades), workers)
    table = gradebook.rows(assignment, found, times, overrides)
    gradebook.write(table, grades)
    return table


def _found(students: list[Submission], assignment: Assignment, records: Records, workers: int) -> list[Marked]:
    """What was found of each student, now or before."""
    if sys.platform == "win32":
        raise ValueError("Windows has no place in which answers could run: grade in WSL, the Linux that it brings")
    kind = sandbox.kind()
    if kind == "practice":
        print(NO_SANDBOX)
    found = {name: marked for name, marked in records.all().items() if marked.kind == kind}
    tasks = [Task(student, assignment.functions, records.seed) for student in students]
    new = [task for task in tasks if not _is_known(task, found)]
    for marked in tqdm(mark_each(new, kind, workers), total=len(new), unit=" students", file=sys.stderr):
        if marked.digest:
            records.add(marked)
        found[marked.student] = marked
        tqdm.write(line_on(marked, assignment))
    return [found[student.student] for student in students]


def _is_known(task: Task, found: dict[str, Marked]) -> bool:
    before = found.get(task.submission.student)
    return before is not None and before.digest == task.digest


def line_on(marked: Marked, assignment: Assignment) -> str:
    """A line on one student: how much is done, and what is wrong with the rest."""
    done = sum(report.ok for report in marked.reports.values())
    wrong = [f"{name}: {', '.join(report.codes)}" for name, report in marked.reports.items() if not report.ok]
    if all(report.codes == (NOT_HANDED_IN.code,) for report in marked.reports.values()):
        wrong = [NOT_HANDED_IN.code] if marked.reports else []
    practice = [NOT_FOR_GRADING] if marked.kind == "practice" else []
    said = "; ".join([*practice, *marked.notes, *wrong])
    return f"{marked.student}: {done} of {len(assignment.points)} done. {said}".rstrip()
