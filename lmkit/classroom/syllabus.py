"""What a chapter asks of a class: each exercise with its aim, its difficulty, its minutes, and what goes wrong."""

import re
from dataclasses import dataclass

from lmkit import check
from lmkit.classroom.notebooks import Notebook, exercise_of, role_of, text_of

STATEMENT = re.compile(
    r"### Exercise \d+: (?P<title>.+)\n\n\*\*Aim:\*\* (?P<aim>.+) · \*\*Difficulty:\*\* (?P<difficulty>●+)○* · "
    r"\*\*Minutes:\*\* (?P<minutes>\d+)\n"
)


@dataclass(frozen=True)
class Asked:
    """An exercise, as a teacher plans with it.

    Args:
        difficulty: From 1 to 5.
        mistakes: What each known mistake is, in the words of the check.
    """

    name: str
    title: str
    aim: str
    difficulty: int
    minutes: int
    mistakes: tuple[str, ...]


def asked_in(chapter: Notebook) -> list[Asked]:
    """The exercises of a chapter, in their order."""
    return [_asked(exercise_of(cell), text_of(cell)) for cell in chapter["cells"] if role_of(cell) == "exercise"]


def _asked(name: str, statement: str) -> Asked:
    told = STATEMENT.match(statement)
    mistakes = tuple(mistake.says for mistake in check.EXERCISES[name].misconceptions)
    return Asked(name, told["title"], told["aim"], len(told["difficulty"]), int(told["minutes"]), mistakes)
