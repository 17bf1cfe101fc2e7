"""The table of grades: a row for each student, a column for each exercise. What the teacher changes in it is kept.

    grades.csv                to read, to change and to hand on
    grades/written.csv        the same as it was last written, so that a change can be told
    grades/overrides.csv      the changes: student, exercise, points
"""

import csv
import io
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from lmkit.classroom.assignment import Assignment
from lmkit.classroom.crew import Marked
from lmkit.classroom.records import folder_of

Row = dict[str, str]
Overrides = dict[tuple[str, str], int | float]
NOT_FOR_GRADING = "practice mode, not for grading"
CHANGES = "student", "exercise", "points"
FORMULAS = "=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"  # how they begin, in the wide forms too


def rows(
    assignment: Assignment, found: Iterable[Marked], times: dict[str, datetime], overrides: Overrides
) -> list[Row]:
    """The table.

    Args:
        times: When each student handed in.
        overrides: Points given by hand. They stand as they are, however late the work came.
    """
    return [_row(assignment, marked, times.get(marked.student), overrides) for marked in found]


def _row(assignment: Assignment, marked: Marked, handed_in: datetime | None, overrides: Overrides) -> Row:
    late = assignment.days_late(handed_in) if handed_in else 0
    earned = {
        name: overrides.get((marked.student, name), _points(assignment, marked, name, late))
        for name in assignment.points
    }
    practice = [NOT_FOR_GRADING] if marked.kind == "practice" else []
    return {
        "student": marked.student,
        **{name: number(points) for name, points in earned.items()},
        "total": number(sum(earned.values())),
        "out of": number(sum(assignment.points.values())),
        "days late": str(late),
        "notes": "; ".join([*practice, *marked.notes]),
    }


def _points(assignment: Assignment, marked: Marked, name: str, late: int) -> int | float:
    share = marked.reports[name].score if name in marked.reports else 0.0
    return round(assignment.points[name] * share * assignment.kept(late), 2)


def number(value: int | float) -> str:
    """Points as they are written: two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def write(table: list[Row], grades: Path) -> None:
    """Write the table, and a copy by which a later change is told."""
    for path in (grades, folder_of(grades) / "written.csv"):
        _write(path, list(table[0]), [[harmless(value) for value in row.values()] for row in table])


def overrides_of(grades: Path, exercises: Iterable[str]) -> Overrides:
    """The points that the teacher has given by hand, in the table or in the file of changes.

    A cell that was emptied is no change any more: the next table has what was found.

    Raises:
        ValueError: Something that was written there is no number.
    """
    kept = by_hand(grades, exercises)
    _write(folder_of(grades) / "overrides.csv", list(CHANGES), [[harmless(s), e, p] for (s, e), p in kept.items()])
    return {place: points_of(points, *place) for place, points in kept.items()}


def by_hand(grades: Path, exercises: Iterable[str]) -> dict[tuple[str, str], str]:
    """For each student and exercise the points that were written by hand, as they stand there."""
    kept = {(row["student"], row["exercise"]): row["points"] for row in _read(folder_of(grades) / "overrides.csv")}
    before = {row["student"]: row for row in _read(folder_of(grades) / "written.csv")}
    for row in table_in(grades):
        for name in exercises:
            was, now = before.get(row["student"], {}).get(name), row.get(name)
            if was is not None and now is not None and _plain(now) != was:
                kept[row["student"], name] = _plain(now)
    return {place: points for place, points in kept.items() if points}


def table_in(grades: Path) -> list[Row]:
    """The rows of the table as they are now, also where a spreadsheet has saved it; none where there is no table."""
    return _read(grades)


def times_in(path: Path) -> dict[str, datetime]:
    """When each student handed in, in the time of this place: a table with the columns `student` and `time`.

    Raises:
        ValueError: A time is none.
    """
    found = {}
    for row in _read(path):
        try:
            time = datetime.fromisoformat(row["time"])
            found[row["student"]] = time.astimezone().replace(tzinfo=None) if time.tzinfo else time
        except (KeyError, ValueError):
            raise ValueError(f"{path}: wanted are the columns student and time, as 2027-01-31T23:59:00") from None
    return found


def harmless(value: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return "'" + value if value.lstrip(" ").startswith(FORMULAS) else value


def _plain(text: str) -> str:
    """A number as it was written, with a decimal point, whatever the spreadsheet made of it."""
    text = text.strip().replace(",", ".")
    try:
        return number(float(text))
    except ValueError:
        return text


def points_of(cell: str, student: str, exercise: str) -> float:
    """The points in a cell of the table.

    Raises:
        ValueError: There is no number.
    """
    plain = _plain(cell)
    if not re.fullmatch(r"-?\d+(\.\d*)?", plain):
        cure = "" if plain else "; grade again, and what was found stands there"
        raise ValueError(f"the points of {student} for {exercise} are no number: {cell!r}{cure}")
    return float(plain)


def _read(path: Path) -> list[Row]:
    """The rows of a table, also of one that a spreadsheet has saved with semicolons."""
    if not path.exists():
        return []
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:  # what Excel calls CSV, without more
        text = raw.decode("cp1252", "replace")
    mark = ";" if ";" in text.split("\n", 1)[0] else ","
    found = list(csv.DictReader(io.StringIO(text), delimiter=mark))
    return [{**row, "student": _as_it_was(row.get("student") or "")} for row in found]


def _as_it_was(cell: str) -> str:
    """What `harmless` was given."""
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" ").startswith(FORMULAS) else cell


def _write(path: Path, names: list[str], table: Iterable[Iterable[str]]) -> None:
    """Write it beside, then put it in its place: until then, what was there is whole. Excel wants a mark first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(table)
    beside.replace(path)
