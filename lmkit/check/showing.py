"""The smallest case in which an answer is wrong, side by side with what is wanted."""

import itertools
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from lmkit.check.calling import Stopped, call
from lmkit.check.comparing import TOLERANCE, Result, as_results, is_boolean, same
from lmkit.check.exercise import Exercise, Probe
from lmkit.check.report import quoted

MOST_NUMBERS = 48


def smallest_failing_example(exercise: Exercise, student: Callable, probes: tuple[Probe, ...]) -> str:
    """The first example, else the first probe, on which the answer is wrong; empty when it fails on none."""
    examples = tuple(Probe("", args) for args in exercise.examples)
    for number, probe in enumerate(examples + probes):
        try:
            results = call(exercise, student, probe).results
        except Stopped:
            continue
        wanted = _wanted(exercise, number) if number < len(examples) else as_results(exercise.variant()(*probe.args))
        if not exercise.agree(results, wanted):
            return _told(exercise, probe, results, wanted)
    return ""


@lru_cache(maxsize=128)  # a student asks again and again
def _wanted(exercise: Exercise, example: int) -> tuple[Result, ...]:
    return as_results(exercise.variant()(*exercise.examples[example]))


def _told(exercise: Exercise, probe: Probe, results: tuple[Result, ...], wanted: tuple[Result, ...]) -> str:
    given = zip(exercise.parameters, probe.args, strict=False)
    lines = ["A small case:", *(f"{name} = {_inline(arg)}" for name, arg in given)]
    for name, mine, theirs in zip(exercise.returns, results, wanted, strict=True):
        if not same(mine, theirs):
            here, there = _where(mine, theirs) if isinstance(theirs, Tensor) else ([], [])
            digits = _digits(mine, theirs)
            left, right = [f"your {name}", *here], ["wanted", *there]
            lines += ["", *_side_by_side([*left, *_block(mine, digits)], [*right, *_block(theirs, digits)])]
    return "\n".join(lines)


def _where(mine: Tensor, theirs: Tensor) -> tuple[list[str], list[str]]:
    """Shapes that differ, or one place in which two large results differ."""
    if mine.shape != theirs.shape:
        return [f"shape {list(mine.shape)}"], [f"shape {list(theirs.shape)}"]
    if mine.numel() <= MOST_NUMBERS:
        return [], []
    index = _first_difference(mine, theirs)
    digits = _digits(mine[index], theirs[index])
    return [f"at {list(index)}: {_number(mine[index].item(), digits)}"], [_number(theirs[index].item(), digits)]


def _digits(mine: Result, theirs: Result) -> int:
    """Decimals enough to see a difference: two, or as many as the first difference needs."""
    if not (isinstance(mine, Tensor) and isinstance(theirs, Tensor)) or mine.shape != theirs.shape or not mine.numel():
        return 2
    index = _first_difference(mine, theirs)
    one, other = mine[index].item(), theirs[index].item()
    return next((digits for digits in range(2, 9) if _number(one, digits) != _number(other, digits)), 2)


def _side_by_side(left: list[str], right: list[str]) -> list[str]:
    width = max(map(len, left)) + 4
    pairs = itertools.zip_longest(left, right, fillvalue="")
    return [f"{one:<{width}}{other}".rstrip() for one, other in pairs]


def _inline(arg: Any) -> str:
    """An argument in one line: a small tensor as nested lists, so that it can be copied into a cell."""
    if not isinstance(arg, Tensor):
        return repr(arg)
    if arg.numel() > MOST_NUMBERS:
        return f"too many to show, shape {list(arg.shape)}"
    return _nested(arg.tolist())


def _nested(entry: list | float | int | bool) -> str:
    """Nested lists of numbers, each no longer than its single precision is worth: 0.3, not 0.30000001192092896."""
    if isinstance(entry, list):
        return f"[{', '.join(map(_nested, entry))}]"
    if isinstance(entry, float):
        return f"{entry:.0f}" if entry.is_integer() else f"{entry:.7g}"
    return str(entry)


def _block(value: Result, digits: int = 2) -> list[str]:
    """A result as rows of aligned numbers; nothing where there are too many to read. A dictionary as its entries."""
    if isinstance(value, dict):
        return [quoted(f"{key!r}: {entry}", 80) for key, entry in sorted(value.items(), key=repr)[:MOST_NUMBERS]]
    if not isinstance(value, Tensor):
        return [quoted(repr(value))]
    if not 0 < value.numel() <= MOST_NUMBERS:
        return []
    value = value if is_boolean(value) else value.double()
    rows = value.reshape(-1, value.shape[-1] if value.ndim else 1)
    texts = [[_number(entry, digits) for entry in row] for row in rows.tolist()]
    width = max(len(text) for row in texts for text in row)
    return ["  ".join(text.rjust(width) for text in row) for row in texts]


def _first_difference(mine: Tensor, theirs: Tensor) -> tuple[int, ...]:
    """Where two results of one shape first differ; the very first place if they differ in type only."""
    atol = TOLERANCE if mine.ndim else 0.0
    close = torch.isclose(mine.double(), theirs.double(), rtol=TOLERANCE, atol=atol, equal_nan=True)
    return tuple(int(i) for i in torch.unravel_index(close.int().argmin(), close.shape))


def _number(entry: float | int | bool, digits: int = 2) -> str:
    if isinstance(entry, bool):
        return str(entry)
    whole = not math.isfinite(entry) or entry == int(entry)
    return f"{entry:.0f}" if whole else f"{entry:.{digits}f}"
