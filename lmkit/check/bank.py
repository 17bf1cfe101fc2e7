"""What the banks are written with: the parts of an exercise, and what many exercises need.

A bank is a file of `banks/CHAPTER/`, and it is read like its exercise. Its docstring says what is asked, and is that of
the check as well. Then come the right answer with its switches, the arguments to try, what must hold of every right
answer, the known mistakes, and the `Exercise` that puts them together, named as the file in capitals.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from lmkit.check import general
from lmkit.check.banks.draws import Draws
from lmkit.check.banks.part import Part
from lmkit.check.banks.returned import one
from lmkit.check.banks.uneven import uneven
from lmkit.check.calling import Stopped, unpacked
from lmkit.check.comparing import TOLERANCE, Result
from lmkit.check.exercise import Exercise, Misconception, Probe, Property, Twin
from lmkit.check.kinds import COUNTS, NAMES, TEXT, TOKENS, Kind
from lmkit.check.properties import (
    FINITE,
    SEES_ITSELF,
    SEES_NOTHING_LATER,
    Probes,
    close,
    on_every_probe,
)
from lmkit.check.report import Finding

__all__ = [
    "COUNTS",
    "FINITE",
    "NAMES",
    "SEES_ITSELF",
    "SEES_NOTHING_LATER",
    "TEXT",
    "TOKENS",
    "TOLERANCE",
    "Draws",
    "Exercise",
    "Finding",
    "Kind",
    "Part",
    "Probe",
    "Probes",
    "Property",
    "Result",
    "Stopped",
    "Twin",
    "always",
    "close",
    "general",
    "hides",
    "mistake",
    "notes",
    "one",
    "truth",
    "twin",
    "uneven",
    "unpacked",
]


class Begun:
    """A mistake or a truth whose sentences are told one by one. The question comes last and completes it."""

    def __init__(self, kind: type, code: str, **about: Any) -> None:
        self._whole = partial(kind, code, **about)

    def right(self, text: str) -> "Begun":
        """What the report says where the truth holds."""
        self._whole = partial(self._whole, right=text)
        return self

    def says(self, text: str) -> "Begun":
        """What is wrong, in the student's terms."""
        self._whole = partial(self._whole, says=text)
        return self

    def asks(self, text: str) -> Any:
        """A question that leads on."""
        return self._whole(asks=text)


def mistake(code: str, /, **wrong: Any) -> Begun:
    """A known mistake: its code, the switches that make it, what is wrong, and a question that leads on.

    mistake("scaled-by-d", scale=lambda query, key: query.shape[-1]).says("You divided ...").asks("What ...?")
    """
    return Begun(Misconception, code, wrong=wrong)


def truth(code: str, holds: Callable[..., bool], /) -> Begun:
    """What is true of every right answer. The code names its violation, which `says` and `asks` are about.

    truth("order-matters", _order_does_not_matter).right("The order ...").says("Your counts ...").asks("What ...?")
    Here `holds(solve, probes)` calls the answer by `solve` as it likes.
    """
    return Begun(Property, code, holds=holds)


def always(code: str, holds: Callable[..., bool], /) -> Begun:
    """What is true of a right answer to every single probe: a truth of which `holds(args, *results)` sees one call."""
    return truth(code, on_every_probe(holds))


def notes(*facts: str) -> Callable[..., bool]:
    """What `always` asks where a bank notes down in lists what happened: that all of these facts are there."""

    def are_noted(args: tuple, *results: Result) -> bool:
        return set(facts) <= {fact for result in results if isinstance(result, list) for fact in result}

    return are_noted


def hides(codes: str, others: str, because: str) -> tuple[Twin, ...]:
    """A twin for each two mistakes of which only the first can be seen. Codes stand side by side, with blanks."""
    return tuple(Twin((code, other), (code,), because) for code in codes.split() for other in others.split())


def twin(pair: str, seen_as: str, because: str) -> Twin:
    """Two mistakes that together are exactly what `seen_as` is. Codes stand side by side, with blanks."""
    first, second = pair.split()
    return Twin((first, second), tuple(seen_as.split()), because)
