"""Call a student's function, and come back whatever it does."""

import sysconfig
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lmkit.check import general
from lmkit.check.comparing import as_tensors
from lmkit.check.exercise import Exercise, Probe
from lmkit.check.report import Finding, quoted

# Python's own code, installed packages, this package, and the type checker of its tests.
INSTALLED = tuple(sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib"))
NOT_THE_STUDENTS = (*INSTALLED, str(Path(__file__).parent), "<@beartype")


class Stopped(Exception):
    """The answer cannot be checked further; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.says)
        self.finding = finding


@dataclass(frozen=True)
class Outcome:
    """What one call returned, as tensors, and which of the arguments it changed."""

    results: tuple[Tensor, ...]
    changed: tuple[str, ...]


def call(exercise: Exercise, student: Callable, probe: Probe) -> Outcome:
    """Call the student's function on copies of the arguments.

    Raises:
        Stopped: It is not done yet, raised an error, or returned the wrong kind of thing.
    """
    args = tuple(copied(arg) for arg in probe.args)
    try:
        returned = student(*args)
    except Stopped:
        raise
    except Exception as error:
        raise Stopped(_finding_of(error, exercise, probe)) from error
    values = unpacked(returned, tuple(exercise.returns))
    for value, axes in zip(values, exercise.returns.values(), strict=True):
        _demand_kind(value, wants_tensor=bool(axes))
    named = zip(exercise.parameters, args, probe.args, strict=False)  # a probe may leave out may_attend
    changed = tuple(name for name, after, before in named if _differs(after, before))
    return Outcome(as_tensors(values), changed)


def unpacked(returned: Any, names: tuple[str, ...]) -> tuple:
    """The returned values as a tuple, one for each name.

    Raises:
        Stopped: Nothing came back, or not as many values as there are names.
    """
    values = tuple(returned) if isinstance(returned, tuple | list) and len(names) > 1 else (returned,)
    for value in values:
        if value is None or value is ...:
            raise Stopped(general.returns_nothing(value))
    if len(values) != len(names):
        raise Stopped(general.wrong_type(returned, f"{len(names)} values, {' and '.join(names)}"))
    return values


def copied(arg: Any) -> Any:
    """A tensor's clone, so that nothing done to it lasts; anything else as it is."""
    return arg.clone() if isinstance(arg, Tensor) else arg


def described(arg: Any) -> str:
    """An argument in a few words: type and shape of a tensor, or the value of a number."""
    return f"{general.dtype_name(arg)} {list(arg.shape)}" if isinstance(arg, Tensor) else str(arg)


def _demand_kind(value: Any, wants_tensor: bool) -> None:
    if wants_tensor:
        good = isinstance(value, Tensor) and not value.is_complex()
    else:
        good = isinstance(value, Real) or (isinstance(value, Tensor) and value.ndim == 0)
    if not good:
        raise Stopped(general.wrong_type(value, "a tensor of torch" if wants_tensor else "a number"))


def _differs(after: Any, before: Any) -> bool:
    return isinstance(before, Tensor) and not torch.equal(after, before)


def _finding_of(error: Exception, exercise: Exercise, probe: Probe) -> Finding:
    line = _line_of(error)
    message = _message_of(error)
    if isinstance(error, NotImplementedError) and (not message or "raise NotImplementedError" in line):
        return general.still_a_stub()  # torch raises NotImplementedError too, with a message of its own
    named = zip(exercise.parameters, probe.args, strict=False)
    given = [f"  {name} = {described(arg)}" for name, arg in named]
    said = [quoted(f"{type(error).__name__}: {message}"), *([quoted(line)] if line else [])]
    return general.raised(probe.says, "\n".join([*said, "It was called with", *given]))


def _message_of(error: Exception) -> str:
    try:
        return str(error)
    except Exception:  # the student's own exception, whose text fails as well
        return ""


def _line_of(error: Exception) -> str:
    """The last line of the student's own code that ran, as "in name: code"; empty when it cannot be known."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(NOT_THE_STUDENTS)]
    return f"in {own[-1].name}: {own[-1].line}" if own and own[-1].line else ""
