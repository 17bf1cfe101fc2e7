"""Checks for the exercises: what is right, what is wrong and, where it can be reproduced, why.

    from lmkit import check
    check.attention(attention)      # your own function; the last line of a cell shows the report

Each check calls the function on arguments of its own and compares what comes back. If it is wrong, the
check looks for the smallest set of known mistakes that gives the same results to 1e-4, and names those only.

The exercises are the files of `banks/CHAPTER/`: `banks/attention/causal_mask.py` holds the exercise `CAUSAL_MASK`, and
its docstring is that of the check, `causal_mask`. They are found by folder, and each is loaded when something first
asks for it. `check.progress()` shows which are done.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

from lmkit.check.banks import CHAPTERS
from lmkit.check.checks import check_of
from lmkit.check.done import Progress, kept
from lmkit.check.exercise import Exercise
from lmkit.check.report import Finding, Report

__all__ = ["EXERCISES", "Exercise", "Finding", "Report", "progress"]

_FOLDER = Path(__file__).parent / "banks"
_BANKS = {path.stem: chapter for chapter in CHAPTERS for path in sorted(_FOLDER.glob(f"{chapter}/[!_]*.py"))}


def _bank(name: str) -> ModuleType:
    return import_module(f"lmkit.check.banks.{_BANKS[name]}.{name}")


class _Exercises(Mapping):
    """Every exercise by the name of its check. Knowing the names loads nothing."""

    def __getitem__(self, name: str) -> Exercise:
        if name not in _BANKS:
            raise KeyError(f"no exercise {name!r}; there are: {', '.join(_BANKS)}")
        return getattr(_bank(name), name.upper())

    def __iter__(self) -> Iterator[str]:
        return iter(_BANKS)

    def __len__(self) -> int:
        return len(_BANKS)


EXERCISES: Mapping[str, Exercise] = _Exercises()


def progress() -> Progress:
    """Which exercises are done, chapter by chapter. In a notebook, the table changes with every check.

    It is kept in the folder of the notebook, in `.lmkit-exercises.json`.
    """
    return Progress(_BANKS, kept())


@cache
def _check(name: str) -> Callable[..., Report]:
    return check_of(EXERCISES[name], _bank(name).__doc__ or "")


def __getattr__(name: str) -> Callable[..., Report]:
    """Load the check of an exercise when it is first asked for (PEP 562)."""
    if name not in _BANKS:
        raise AttributeError(f"lmkit.check has no {name!r}; its checks: {', '.join(_BANKS)}")
    return _check(name)


def __dir__() -> list[str]:
    """List the names that are here, and those that come when they are asked for."""
    return sorted({*globals(), *_BANKS})
