"""What an exercise is made of.

The heart is one *family* function: called with its arguments alone it is the right answer; each of its
keyword-only arguments, a *switch*, can be turned to make a known mistake. So mistakes can be combined, and
the same code serves three times: it is the reference, it diagnoses an answer, and the tests submit it.
"""

import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

from lmkit.check.comparing import Result, all_same, as_results
from lmkit.check.kinds import Kind
from lmkit.check.report import Finding


@dataclass(frozen=True)
class Probe:
    """Arguments to try an answer with. `says` completes "the values are right …", as in "with a mask"."""

    says: str
    args: tuple


@dataclass(frozen=True)
class Misconception:
    """A known mistake: what is wrong, a question that leads on, and the switches that make it."""

    code: str
    says: str
    asks: str
    wrong: dict[str, Any]

    @property
    def finding(self) -> Finding:
        """The mistake as a line of a report."""
        return Finding(self.code, self.says, self.asks)


@dataclass(frozen=True)
class Property:
    """Something true of every right answer.

    `holds(solve, probes)` tries it; `solve` calls the student's function on copies and gives the results as a
    tuple.
    """

    code: str
    right: str
    says: str
    asks: str
    holds: Callable[..., bool]

    @property
    def finding(self) -> Finding:
        """The property, violated, as a line of a report."""
        return Finding(self.code, self.says, self.asks)


@dataclass(frozen=True)
class Twin:
    """Two mistakes that together do exactly what `seen_as` does, so no check could tell them apart."""

    pair: tuple[str, str]
    seen_as: tuple[str, ...]
    because: str


@dataclass(frozen=True, eq=False)
class Exercise:
    """An exercise and its bank of misconceptions.

    Args:
        id: The name of the function that checks it.
        family: The right answer; its keyword-only arguments are the switches.
        returns: The name of each returned value, with its axes ("" for a number), or its kind if it is no tensor.
        probes: Makes the arguments to try, from a seed.
        examples: Argument tuples small enough to show, the smallest first.
        properties: What is true of every right answer.
        misconceptions: The bank, in the order in which mistakes should be fixed.
        twins: Pairs of the bank that are no mistake of their own, each with the reason.
        view: What of the returned values counts. For exercises with many right answers.
        styles: Switches between right ways of writing, where a wrong answer shows which way was taken.
        observe: Called with the answer, or the answers, and the arguments, it tells what is compared. For exercises in
            which that is not what one function returns.
    """

    id: str
    title: str
    family: Callable
    returns: dict[str, str | Kind]
    probes: Callable[[int], tuple[Probe, ...]]
    examples: tuple[tuple, ...]
    properties: tuple[Property, ...]
    misconceptions: tuple[Misconception, ...]
    twins: tuple[Twin, ...] = ()
    view: Callable[[tuple], tuple] = tuple
    styles: tuple[dict[str, Any], ...] = ({},)
    observe: Callable | None = None

    @property
    def has_one_answer(self) -> bool:
        """False where many answers are right, so that a single result cannot be compared."""
        return self.view is tuple

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of the arguments that a student's function takes."""
        parameters = inspect.signature(self.family).parameters.values()
        return tuple(p.name for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY)

    @property
    def handed_in(self) -> tuple[str, ...]:
        """The names of what a reader hands in: one function, or as many as `observe` takes beside the arguments."""
        if self.observe is None:
            return ("student",)
        watched = tuple(inspect.signature(self.observe).parameters)
        return watched[: len(watched) - len(self.parameters)]

    def variant(self, mistakes: tuple[Misconception, ...] = (), style: dict[str, Any] | None = None) -> Callable:
        """The family with these mistakes made; without any, the right answer."""
        switches = {name: value for mistake in mistakes for name, value in mistake.wrong.items()}
        return partial(self.family, **{**(style or {}), **switches})

    def answers(
        self,
        probes: tuple[Probe, ...],
        mistakes: tuple[Misconception, ...] = (),
        style: dict[str, Any] | None = None,
    ) -> list[tuple[Result, ...]]:
        """What the family returns on each probe."""
        answer = self.variant(mistakes, style)
        return [as_results(answer(*probe.args)) for probe in probes]

    def agree(self, ones: tuple[Result, ...], others: tuple[Result, ...]) -> bool:
        """True when two answers on one probe are the same in all that counts."""
        return all_same(self.view(ones), self.view(others))

    def combinations(self, size: int) -> Iterator[tuple[Misconception, ...]]:
        """Every set of `size` mistakes that one answer can make at once: no two turn the same switch."""
        for mistakes in itertools.combinations(self.misconceptions, size):
            switches = [name for mistake in mistakes for name in mistake.wrong]
            if len(switches) == len(set(switches)):
                yield mistakes
