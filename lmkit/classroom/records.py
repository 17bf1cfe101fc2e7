"""What was found, kept beside the grades: a line of JSON for each student, so that a run that was ended goes on.

    grades/found.jsonl        the reports
    grades/seed               with which they were made: the teacher's secret
"""

import json
from dataclasses import asdict
from pathlib import Path

from lmkit.check.report import Finding, Report
from lmkit.classroom.crew import Marked
from lmkit.classroom.marking import draw_seed


def folder_of(grades: Path) -> Path:
    """Where what belongs to a table of grades lies: a folder beside it, of the same name."""
    return grades.with_suffix("")


class Records:
    """The folder beside a file of grades."""

    def __init__(self, grades: Path) -> None:
        self.folder = folder_of(grades)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.file = self.folder / "found.jsonl"

    @property
    def seed(self) -> int:
        """The number for the arguments that are tried, drawn once for each class, so that a mark stays what it is."""
        path = self.folder / "seed"
        if not path.exists():
            path.write_text(str(draw_seed()))
        return int(path.read_text())

    def add(self, marked: Marked) -> None:
        """Write one more line. Its end comes first: the line before may have been left half-written."""
        with self.file.open("a", encoding="utf-8") as file:
            file.write("\n" + json.dumps(asdict(marked)))

    def all(self) -> dict[str, Marked]:
        """The last that was found of each student. A line that was not written to its end is passed over."""
        found: dict[str, Marked] = {}
        for line in self.file.read_text("utf-8").splitlines() if self.file.exists() else []:
            try:
                marked = _marked(json.loads(line))
            except ValueError:
                continue
            found[marked.student] = marked
        return found


def _marked(told: dict) -> Marked:
    reports = {name: _report(each) for name, each in told["reports"].items()}
    return Marked(**{**told, "notes": tuple(told["notes"]), "reports": reports})


def _report(told: dict) -> Report:
    return Report(**{**told, "findings": tuple(Finding(**finding) for finding in told["findings"])})
