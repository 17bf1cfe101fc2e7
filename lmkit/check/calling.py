"""Call a student's function, and come back whatever it does."""

import copy
import sysconfig
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from lmkit.check import general
from lmkit.check.comparing import Result, as_results
from lmkit.check.exercise import Exercise, Probe
from lmkit.check.kinds import Kind
from lmkit.check.limits import SECONDS, TookTooLong, hear, time_limit
from lmkit.check.report import Finding, quoted
from lmkit.check.surroundings import set_back

# Python's own code, installed packages, lmkit, and the type checker of its tests.
INSTALLED = tuple(sysconfig.get_path(kind) for kind in ("stdlib", "purelib", "platlib"))
CHECK = str(Path(__file__).parent)
NOT_THE_STUDENTS = (*INSTALLED, str(Path(CHECK).parent), "<@beartype")


class Stopped(Exception):
    """The answer cannot be checked further; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.says)
        self.finding = finding


@dataclass(frozen=True)
class Failure:
    """An error in words: its name, what it says, and the student's own line that failed; "" where none of them ran.

    `of_the_call` is True when the call itself failed: a function of torch's, or one with other parameters.
    """

    name: str
    says: str
    line: str
    of_the_call: bool


class Failed(Exception):
    """An answer that runs in another process stopped with an error there."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.says)
        self.failure = failure


@dataclass(frozen=True)
class Outcome:
    """What one call returned, and which of the arguments it changed."""

    results: tuple[Result, ...]
    changed: tuple[str, ...]


def call(exercise: Exercise, student: Callable, probe: Probe) -> Outcome:
    """Call the student's function on copies of the arguments.

    Raises:
        Stopped: It is not done yet, raised an error, did not come back, or returned the wrong kind of thing.
    """
    args = tuple(copied(arg) for arg in probe.args)
    hear(probe.says)
    try:
        returned = ask(student, args)
    except Stopped:
        raise
    except TookTooLong:
        raise Stopped(general.does_not_end(probe.says, SECONDS)) from None
    except (Exception, SystemExit) as error:
        failure = error.failure if isinstance(error, Failed) else failure_of(error)
        raise Stopped(_finding_of(failure, exercise, probe)) from error
    values = tuple(map(_from_numpy, unpacked(returned, tuple(exercise.returns))))
    for value, wanted in zip(values, exercise.returns.values(), strict=True):
        _demand(value, wanted)
    named = zip(exercise.parameters, args, probe.args, strict=False)  # a probe may leave out may_attend
    changed = tuple(name for name, after, before in named if _differs(after, before))
    return Outcome(as_results(values), changed)


def ask(student: Callable, args: tuple) -> Any:
    """What the student's function returns. Nothing that it sets outlasts the call, and it must come back in time."""
    with set_back(), time_limit(SECONDS):
        return student(*args)


def is_floating(value: Any) -> bool:
    """True for a tensor of floating-point numbers."""
    return isinstance(value, Tensor) and value.is_floating_point()


def unpacked(returned: Any, names: tuple[str, ...]) -> tuple:
    """The returned values as a tuple, one for each name.

    Raises:
        Stopped: Nothing came back, or not as many values as there are names.
    """
    is_row = isinstance(returned, tuple | list) or (isinstance(returned, np.ndarray) and returned.ndim > 0)
    values = tuple(returned) if is_row and len(names) > 1 else (returned,)
    is_missing = [value is None or value is ... for value in values]
    if values and all(is_missing):
        raise Stopped(general.returns_nothing(values[0]))
    if len(values) != len(names):
        raise Stopped(general.wrong_type(returned, f"{len(names)} values, {' and '.join(names)}"))
    if any(is_missing):
        raise Stopped(general.one_is_missing(names[is_missing.index(True)], values[is_missing.index(True)]))
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
    good = _is_plain(value) if wanted else isinstance(value, Real) or (_is_plain(value) and value.ndim == 0)
    if not good:
        raise Stopped(general.wrong_type(value, "a tensor of torch" if wanted else "a number"))


def _is_plain(value: Any) -> bool:
    """A tensor of real numbers that can be read. One of a class of its own could answer for itself when compared."""
    return type(value) in (Tensor, nn.Parameter) and not general.form_of(value) and not value.is_complex()


def _from_numpy(value: Any) -> Any:
    """An array of numpy as a tensor. It computes in 64 bits unless told otherwise, and that is no mistake.

    Where a gradient is asked for, it is missed there.
    """
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf":
        return value
    tensor = torch.tensor(value.tolist(), dtype=None if value.dtype.kind in "bf" else torch.int64)
    return tensor.reshape(value.shape)


def _differs(after: Any, before: Any) -> bool:
    if isinstance(before, Tensor):
        return not torch.equal(after, before)
    return isinstance(before, list | dict) and after != before


def failure_of(error: BaseException) -> Failure:
    """Put an error into words, where it was raised."""
    message = _message_of(error)
    return Failure(type(error).__name__, message, _line_of(error), _is_about_the_call(error, message))


def _finding_of(failure: Failure, exercise: Exercise, probe: Probe) -> Finding:
    if failure.name == "NotImplementedError" and (not failure.says or "raise NotImplementedError" in failure.line):
        return general.still_a_stub()  # torch raises NotImplementedError too, with a message of its own
    said = [quoted(f"{failure.name}: {failure.says}"), *([quoted(failure.line)] if failure.line else [])]
    if not failure.line and not failure.of_the_call:
        return general.cannot_be_used(probe.says, "\n".join(said))
    named = zip(exercise.parameters, probe.args, strict=False)
    given = [f"  {name} = {described(arg)}" for name, arg in named]
    return general.raised(probe.says, "\n".join([*said, "It was called with", *given]))


def _is_about_the_call(error: BaseException, message: str) -> bool:
    """True when none of the student's own lines ran because the call itself failed: a function of torch's, handed over
    as it is, or one with other parameters.
    """
    frames = traceback.extract_tb(error.__traceback__)
    here = [frame for frame in frames if frame.filename.startswith(CHECK)]
    return (here != [] and here[-1].name == ask.__name__) or (isinstance(error, TypeError) and "argument" in message)


def _message_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # the student's own exception, whose text fails as well
        return ""


def _line_of(error: BaseException) -> str:
    """The last line of the student's own code that ran, as "in name: code"; empty when none did."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(NOT_THE_STUDENTS)]
    return f"in {own[-1].name}: {own[-1].line or '?'}" if own else ""
