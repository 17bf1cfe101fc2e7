"""What was handed out, and what it is worth: the folder of a release, and the file of points in it."""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lmkit.classroom.marking import asked_for
from lmkit.classroom.notebooks import read
from lmkit.classroom.syllabus import Asked

FILE = "points.toml"
HEAD = """\
# What each exercise is worth, and what it costs to be late. Change what you like, and grade again: nothing is run anew.

# due = 2027-01-31T23:59:00    # without this line nothing is late
free_days = 0                  # that each student may be late without loss
lost_each_day = 0.1            # of the points, for each day begun after those

[points]
"""


@dataclass(frozen=True)
class Assignment:
    """The exercises that were handed out.

    Args:
        chapters: The names of the notebooks, without `.ipynb`.
        functions: For each exercise, the names of the functions that it asks for.
        points: For each exercise, what a right answer is worth.
        due: The end of the time; None where nothing is late.
    """

    chapters: tuple[str, ...]
    functions: dict[str, list[str]]
    points: dict[str, int | float]
    due: datetime | None = None
    free_days: int = 0
    lost_each_day: int | float = 0.1

    def days_late(self, handed_in: datetime) -> int:
        """The days begun between the end of the time, with the free days, and this moment."""
        if self.due is None:
            return 0
        over = handed_in - self.due - timedelta(days=self.free_days)
        return max(0, math.ceil(over / timedelta(days=1)))

    def kept(self, days_late: int) -> int | float:
        """The share of the points that remains."""
        return max(0, 1 - self.lost_each_day * days_late)


def write_points(exercises: Iterable[Asked], folder: Path) -> None:
    """Lay the file of points into a release: the harder an exercise, the more."""
    lines = [f"{asked.name} = {asked.difficulty}    # {asked.title}, {asked.minutes} minutes\n" for asked in exercises]
    (folder / FILE).write_text(HEAD + "".join(lines), "utf-8")


def assignment_in(folder: Path) -> Assignment:
    """Read the folder of a release.

    Raises:
        ValueError: It is none, or its file of points cannot be understood.
    """
    paths = sorted((folder / "teacher").glob("*.ipynb"))
    if not paths or not (folder / FILE).exists():
        raise ValueError(f"{folder} is no release: make one with `python -m lmkit.classroom release`, or name it")
    functions = {name: asked for path in paths for name, asked in asked_for(read(path)).items()}
    return _assignment(tuple(path.stem for path in paths), functions, _told(folder / FILE), folder / FILE)


def points_in(file: Path, names: Iterable[str]) -> dict[str, int | float]:
    """What these exercises are worth, by a file of points.

    Raises:
        ValueError: The file cannot be understood, or is about other exercises.
    """
    return _assignment((), {name: [] for name in names}, _told(file), file).points


def _told(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from None


def _assignment(chapters: tuple[str, ...], functions: dict, told: dict[str, Any], file: Path) -> Assignment:
    points = told.pop("points", {})
    unknown = sorted(set(told) - {"due", "free_days", "lost_each_day"}) + sorted(set(points) - set(functions))
    missing = sorted(set(functions) - set(points))
    wrong = [f"unknown: {name}" for name in unknown] + [f"missing: {name}" for name in missing]
    if wrong:
        raise ValueError(f"{file}: {'; '.join(wrong)}")
    numbers = [*points.values(), told.get("free_days", 0), told.get("lost_each_day", 0.1)]
    if not all(type(number) in (int, float) and 0 <= number < math.inf for number in numbers):
        raise ValueError(f"{file}: points and days are numbers from 0 on")
    due = told.get("due", datetime.max)
    if not isinstance(due, datetime) or due.tzinfo:
        raise ValueError(f"{file}: due is a day and a time, without a zone, such as 2027-01-31T23:59:00")
    return Assignment(chapters, functions, points, **told)
