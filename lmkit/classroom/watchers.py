"""What must be watched where it happens: answers that are handed a model or an optimizer, which cannot travel.

Then the lines of a bank that watch are sent along, and with them nothing else of it: neither the right answer nor the
known mistakes. Such an answer could, by looking into the memory around it, write down other facts than those that
were seen; it cannot read there what would be right.
"""

import ast
import inspect
import re
import sys
from collections.abc import Iterable
from typing import Any

import torch

from lmkit.check.exercise import Exercise
from lmkit.classroom.slicing import needed

BANKS = re.compile(r"lmkit\.check\.banks\.\w+\.\w+")


class _Called(BaseException):
    """The answer was called, and that is all that was to be found out."""


def watcher_of(exercise: Exercise) -> str:
    """The program that watches an answer to this exercise; "" where the answer itself can be called from outside."""
    if exercise.observe is None or all(map(_can_travel, _handed_over(exercise))):
        return ""
    return lines_of(exercise.observe.__module__, [exercise.observe.__name__])


def _handed_over(exercise: Exercise) -> list[Any]:
    """What an answer is called with."""
    given: list[Any] = []

    def spy(*args: Any) -> None:
        given.extend(args)
        raise _Called

    try:
        exercise.observe(*[spy] * len(exercise.handed_in), *exercise.probes(0)[0].args)
    except _Called:
        pass
    return given


def _can_travel(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_can_travel, value))
    return value is None or type(value) in (torch.Tensor, bool, int, float, str, bytes)


def lines_of(module: str, names: Iterable[str]) -> str:
    """The lines of a module that these names need; where they come from another bank, its lines too."""
    program = needed([inspect.getsource(sys.modules[module])], names)
    before, own = [], []
    for statement in ast.parse(program).body:
        if isinstance(statement, ast.ImportFrom) and BANKS.fullmatch(statement.module or ""):
            before.append(lines_of(statement.module, [alias.name for alias in statement.names]))
        else:
            own.append(ast.unparse(statement))
    return "\n".join([*before, *own])
