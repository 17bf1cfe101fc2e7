"""Call a student's function, and come back whatever it does."""

import copy
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
from lmkit.check.comparing import Result, as_results
from lmkit.check.exercise import Exercise, Probe
from lmkit.check.kinds import Kind
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
    """What one call returned, and which of the arguments it changed."""

    results: tuple[Result, ...]
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
    except (Exception, SystemExit) as error:
        raise Stopped(_finding_of(error, exercise, probe)) from error
    values = unpacked(returned, tuple(exercise.returns))
    for value, wanted in zip(values, exercise.returns.values(), strict=True):
        _demand(value, wanted)
    named = zip(exercise.parameters, args, probe.args, strict=False)  # a probe may leave out may_attend
    changed = tuple(name for name, after, before in named if _differs(after, before))
    return Outcome(as_results(values), changed)


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
    """A copy of what can be changed, so that nothing done to it lasts; anything else as it is."""
    if isinstance(arg, list | dict):
        return copy.deepcopy(arg)
    return arg.clone() if isinstance(arg, Tensor) else arg


def described(arg: Any) -> str:
    """An argument in a few words: type and shape of a tensor, or the value of anything else."""
    return f"{general.dtype_name(arg)} {list(arg.shape)}" if isinstance(arg, Tensor) else quoted(repr(arg), 80)


def _demand(value: Any, wanted: str | Kind) -> None:
    if isinstance(wanted, Kind):
        if not wanted.fits(value):
            raise Stopped(general.wrong_kind(value, wanted.says))
        return
    if wanted:
        good = isinstance(value, Tensor) and not value.is_complex()
    else:
        good = isinstance(value, Real) or (isinstance(value, Tensor) and value.ndim == 0)
    if not good:
        raise Stopped(general.wrong_type(value, "a tensor of torch" if wanted else "a number"))


def _differs(after: Any, before: Any) -> bool:
    if isinstance(before, Tensor):
        return not torch.equal(after, before)
    return isinstance(before, list | dict) and after != before


def _finding_of(error: BaseException, exercise: Exercise, probe: Probe) -> Finding:
    line = _line_of(error)
    message = _message_of(error)
    if isinstance(error, NotImplementedError) and (not message or "raise NotImplementedError" in line):
        return general.still_a_stub()  # torch raises NotImplementedError too, with a message of its own
    named = zip(exercise.parameters, probe.args, strict=False)
    given = [f"  {name} = {described(arg)}" for name, arg in named]
    said = [quoted(f"{type(error).__name__}: {message}"), *([quoted(line)] if line else [])]
    return general.raised(probe.says, "\n".join([*said, "It was called with", *given]))


def _message_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # the student's own exception, whose text fails as well
        return ""


def _line_of(error: BaseException) -> str:
    """The last line of the student's own code that ran, as "in name: code"; empty when it cannot be known."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(NOT_THE_STUDENTS)]
    return f"in {own[-1].name}: {own[-1].line}" if own and own[-1].line else ""
