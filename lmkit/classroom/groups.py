"""Which group each student is in: a table with the columns `student` and `group`."""

from collections.abc import Iterable
from pathlib import Path

from lmkit.classroom.gradebook import table_in

NO_GROUP = "no group"


def groups_in(path: Path, students: Iterable[str]) -> dict[str, list[str]]:
    """The students of each group, in the order of the groups' names; those that the table does not name come last.

    Raises:
        ValueError: The table cannot be used.
    """
    if not path.exists():
        raise ValueError(f"there is no {path}: wanted is a table with the columns student and group")
    rows = table_in(path)
    if not rows or any(row.get("group") is None for row in rows):
        raise ValueError(f"{path}: wanted are the columns student and group, and a group in each row")
    told = {row["student"]: row["group"].strip() or NO_GROUP for row in rows}
    students = list(students)
    if not set(told) & set(students):
        raise ValueError(f"{path} names none of the students: each must be written as in the table of grades")
    found: dict[str, list[str]] = {}
    for student in students:
        found.setdefault(told.get(student, NO_GROUP), []).append(student)
    return dict(sorted(found.items(), key=lambda pair: (pair[0] == NO_GROUP, pair[0])))
