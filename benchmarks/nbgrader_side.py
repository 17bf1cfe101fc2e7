"""nbgrader on a class of students: how long it takes, and what each answer earns.

nbgrader runs every answer as you, with your files. So only those students are taken who hand in right answers and known
mistakes, and none of those who break out, fill the disk or start processes.
"""

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import students
from lmkit.classroom.notebooks import exercise_of, read, role_of, write
from lmkit.classroom.release import release

PROGRAMS = Path(__file__).parents[1] / ".venv-graders" / "bin"  # `make test-graders` makes it
ASSIGNMENT = students.CHAPTER.stem
SCORES = f"""
import json
from importlib.metadata import version
from nbgrader.api import Gradebook

with Gradebook("sqlite:///gradebook.db") as book:
    handed_in = book.assignment_submissions({ASSIGNMENT!r})
    grades = {{each.student_id: [grade for one in each.notebooks for grade in one.grades] for each in handed_in}}
    scores = {{name: {{grade.name: grade.score for grade in found}} for name, found in grades.items()}}
print(json.dumps([version("nbgrader"), scores]))
"""


def measure(n: int = 20, programs: Path = PROGRAMS) -> dict:
    """Mark `n` students of chapter 02 with `nbgrader autograde`.

    Args:
        programs: The folder of Python and nbgrader in an environment that has lmkit too.

    Returns:
        The version, the seconds that the command took, and for each student the points of each exercise.
    """
    with tempfile.TemporaryDirectory() as place:
        wheel = Path(place, "lmkit.whl")
        wheel.touch()
        release([students.CHAPTER], [], wheel, Path(place, "out"), graders=["nbgrader"])
        course = Course(Path(place, "out", "nbgrader"), programs)
        course.run("generate_assignment")
        for student in harmless(n):
            course.hand_in(student.name, student.cells)
        began = time.perf_counter()
        course.run("autograde")
        seconds = time.perf_counter() - began
        return {"students": n, "seconds": seconds, "version": course.version(), "scores": course.scores()}


def harmless(n: int) -> list[students.Student]:
    """Students whose answers are right or a known mistake, those of odd kinds left out."""
    return [student for student in students.a_class(400) if re.fullmatch(r"student-\d+", student.name)][:n]


def filled(released: Path, cells: Mapping[str, str]) -> dict:
    """The notebook that a student got, with these answers in place of its stubs."""
    notebook = read(released)
    for cell in notebook["cells"]:
        if role_of(cell) == "stub" and exercise_of(cell) in cells:
            cell["source"] = cells[exercise_of(cell)]
    return notebook


@dataclass(frozen=True)
class Course:
    """A course folder with one assignment, and the programs to mark it with."""

    folder: Path
    programs: Path = PROGRAMS

    @property
    def released(self) -> Path:
        """The notebook that students get."""
        return self.folder / "release" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"

    def run(self, command: str) -> None:
        """Run a command of nbgrader on the assignment.

        Raises:
            ValueError: nbgrader is not there, or it failed; with what it said last.
        """
        if not (self.programs / "nbgrader").exists():
            raise ValueError(f"there is no nbgrader in {self.programs}: make the environment with `make test-graders`")
        done = self._python("-m", "nbgrader", command, ASSIGNMENT)
        if done.returncode:
            raise ValueError(f"nbgrader {command} failed:\n{done.stderr[-3000:]}")

    def hand_in(self, name: str, cells: Mapping[str, str]) -> Path:
        """Lay a student's notebook where nbgrader looks for it."""
        place = self.folder / "submitted" / name / ASSIGNMENT
        place.mkdir(parents=True)
        write(filled(self.released, cells), place / self.released.name)
        return place / self.released.name

    def scores(self) -> dict[str, dict[str, float]]:
        """For each student the points of each exercise."""
        return {
            student: {test.removesuffix("-test"): score for test, score in each.items()}
            for student, each in self._known()[1].items()
        }

    def version(self) -> str:
        """Of nbgrader."""
        return self._known()[0]

    def _known(self) -> list:
        return json.loads(self._python("-c", SCORES).stdout)

    def _python(self, *asked: str) -> subprocess.CompletedProcess:
        """Run Python; nbgrader looks for alembic by the path."""
        path = os.pathsep.join([str(self.programs), os.environ.get("PATH", "")])
        command, environment = [self.programs / "python", *asked], {**os.environ, "PATH": path}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True)
