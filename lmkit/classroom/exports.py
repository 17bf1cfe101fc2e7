"""Grades in the forms that Canvas, Moodle and Gradescope read.

**Canvas**, a table for the gradebook. The first row names the columns: Student, ID, SIS User ID, SIS Login ID, Section,
and one for the assignment; the second begins with "Points Possible". A student is found by ID, by SIS User ID, by SIS
Login ID, then by name, and one of them is enough. An assignment is found by its title, with its number in brackets
where Canvas wrote it so; a title that is new makes a new assignment.
Source: the importer of Canvas, github.com/instructure/canvas-lms, lib/gradebook_importer.rb; how it names the files
that it hands out, lib/content_zipper.rb there.

**Moodle**, one of two tables. Where the files keep the names that Moodle gave them, with the number of the participant,
it is the *offline grading worksheet*, which is uploaded on the page of the assignment: Identifier, Full name, Grade,
Maximum grade, Last modified (grade), Feedback comments. Moodle skips a grade that was changed after that time, which is
empty here, unless it is told to update such grades. Else it is a table for the gradebook's import: who it is, the
grade, and the feedback, which are mapped on a page. There, feedback must be mapped together with the grade, or that is
lost; and one student that Moodle does not find stops the whole import.
Sources: docs.moodle.org/405/en/Grade_import; github.com/moodle/moodle, grade/import/csv/classes/load_data.php and
mod/assign/feedback/offline/importgradeslib.php.

**Gradescope**, a folder with a `results.json` for each student, as an autograder leaves it.
Source: gradescope-autograders.readthedocs.io/en/latest/specs, "Output format" and what follows.
"""

import csv
import json
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

from lmkit.check.report import printable
from lmkit.classroom.assignment import Assignment
from lmkit.classroom.gradebook import harmless, number
from lmkit.classroom.grading import NOT_FOR_GRADING
from lmkit.classroom.outcomes import Graded, Outcome, graded
from lmkit.classroom.pages import file_names

CANVAS = re.compile(r".+_(\d+)")  # as `submissions` names who handed in on Canvas: the last is Canvas's own number
MOODLE = re.compile(r"(.+)_(\d+)_assignsubmission_file_?")
WORKSHEET = "Identifier", "Full name", "Grade", "Maximum grade", "Last modified (grade)", "Feedback comments"


def export(grades: Path, release: Path, form: str, out: Path, title: str = "") -> str:
    """Write the grades in the form of another program.

    Args:
        grades: The table that `grade` wrote.
        release: The folder of what was handed out.
        form: A name of `FORMS`.
        out: The file to write; for Gradescope the folder.
        title: Of the assignment, as the other program knows it; else the name of the notebook.

    Returns:
        What is to be done with it, in a sentence.

    Raises:
        ValueError: Something is not there, or does not belong together.
    """
    known = graded(grades, release)
    said = FORMS[form](known, title or " ".join(known.assignment.chapters), out)
    is_practice = any(NOT_FOR_GRADING in one.notes for one in known.students)
    return f"{said} Mind: {NOT_FOR_GRADING}." if is_practice else said


def _canvas(known: Graded, title: str, out: Path) -> str:
    """Students by their numbers, where every name has one at its end; and by their names, as login too."""
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", title]
    possible = ["    Points Possible", "", "", "", "", number(_most(known.assignment))]
    found = [CANVAS.fullmatch(one.student) for one in known.students]
    numbers = [who[1] for who in found] if all(found) else [""] * len(found)
    rows = [
        [one.student, who, "", one.student, "", number(one.total)]
        for one, who in zip(known.students, numbers, strict=True)
    ]
    _write(out, [head, possible, *rows])
    return "In Canvas: Grades, Import. Compare the names that it finds before you let it go on."


def _moodle(known: Graded, title: str, out: Path) -> str:
    """The worksheet of an assignment, where every name is as Moodle wrote it; else a table for the gradebook."""
    found = [MOODLE.fullmatch(one.student) for one in known.students]
    if all(found):
        most = number(_most(known.assignment))
        rows = [
            [f"Participant {who[2]}", who[1], number(one.total), most, "", _feedback(one)]
            for one, who in zip(known.students, found, strict=True)
        ]
        _write(out, [WORKSHEET, *rows])
        return "In Moodle: the assignment, Upload grading worksheet; allow updating records modified more recently."
    who = "Email address" if all("@" in one.student for one in known.students) else "Username"
    rows = [[one.student, number(one.total), _feedback(one)] for one in known.students]
    _write(out, [[who, title, f"{title} (feedback)"], *rows])
    return f"In Moodle: Grades, Import, CSV file. Map from {who} to the same, and map both the grade and its feedback."


def _gradescope(known: Graded, title: str, out: Path) -> str:
    names = file_names(one.student for one in known.students)
    for one in known.students:
        folder = out / names[one.student]
        folder.mkdir(parents=True, exist_ok=True)
        told = json.dumps(_results(one, known.assignment), indent=1)
        (folder / "results.json").write_text(told + "\n", "utf-8")
    return "In an autograder of Gradescope: copy the student's file to /autograder/results/results.json."


FORMS: dict[str, Callable[[Graded, str, Path], str]] = {
    "canvas": _canvas,
    "moodle": _moodle,
    "gradescope": _gradescope,
}


def _most(assignment: Assignment) -> int | float:
    return sum(assignment.points.values())


def _feedback(one: Outcome) -> str:
    """Each exercise in a few words. Moodle reads it as HTML, so nothing in it may be any."""
    told = [f"{report.title}: {', '.join([report.state, *report.codes])}." for report in one.reports.values()]
    late = [f"Days late: {one.days_late}."] if one.days_late else []
    return escape(printable(" ".join([*late, *told])))


def _results(one: Outcome, assignment: Assignment) -> dict[str, Any]:
    """What Gradescope shows of a student: a test for each exercise. All texts are plain."""
    late = [f"Days late: {one.days_late}."] if one.days_late else []
    return {
        "output": printable("\n".join([*late, *filter(None, [one.notes])])),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "tests": [_test(one, name, most) for name, most in assignment.points.items()],
    }


def _test(one: Outcome, name: str, most: int | float) -> dict[str, Any]:
    report = one.reports.get(name)
    return {
        "name": printable(report.title) if report else name,
        "score": one.points[name],
        "max_score": most,
        "status": "passed" if report and report.ok else "failed",
        "output": printable(str(report)) if report else "This exercise was not marked.",
    }


def _write(out: Path, rows: list) -> None:
    """A table in UTF-8, without the mark at its head that is only for Excel."""
    with out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([harmless(cell) for cell in row] for row in rows)
