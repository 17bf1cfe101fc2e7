"""How a bank tells its mistakes, its truths and its twins: in words, one sentence a line."""

from collections.abc import Callable
from functools import partial
from typing import Any

from lmkit.check.comparing import Result
from lmkit.check.exercise import Misconception, Property, Twin
from lmkit.check.properties import on_every_probe


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
