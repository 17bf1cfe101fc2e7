"""Guess: the reader guesses first, and only then sees the result."""

from collections.abc import Iterable, Sequence

import numpy as np
import traitlets

from lmkit.widgets.base import CannotShow, LivingFigure, Numbers

DIGITS = 4  # of an answer: more would differ from machine to machine


class Guess(LivingFigure):
    """A question that the reader answers by picking, typing or drawing. Then the answer stands beside the guess.

    `Guess.pick`, `Guess.number` and `Guess.draw` make one. The cell that finds the answer sets `answer`; until then a
    guess waits for it. Nothing that the reader does leaves the page.

    Raises:
        ValueError: There is nothing to choose between or to draw, or an answer does not fit the question.
    """

    view = traitlets.Unicode("guess").tag(sync=True)
    kind = traitlets.Unicode(help="pick, several, number or draw").tag(sync=True)
    question = traitlets.Unicode().tag(sync=True)
    choices = traitlets.List(traitlets.Unicode(), help="what to choose between; the places of a curve").tag(sync=True)
    unit = traitlets.Unicode(help="of a number; of the heights of a curve").tag(sync=True)
    ends = Numbers(help="low and high of the axis to draw on").tag(sync=True)
    answer = traitlets.Any(help="choices by their numbers; one number; one a place; none while it is not known").tag(
        sync=True
    )

    @classmethod
    def pick(cls, question: str, *choices: str, several: bool = False) -> "Guess":
        """Choose between given answers; where several can be right, as many as the reader likes.

        The `answer` is the choice that is right, in its words; a list of them where several can be.
        """
        if len(set(choices)) != len(choices) or len(choices) < 2:
            raise ValueError(f"there are {len(choices)} choices, of which {len(set(choices))} differ: give two.")
        says = f"{question} Choose{' as many as are right' if several else ''}: {'; '.join(choices)}."
        return cls._ask(question, "several" if several else "pick", says, choices=list(choices))

    @classmethod
    def number(cls, question: str, unit: str = "") -> "Guess":
        """Type a number, which is then compared with the `answer`. Shares are asked for in "%", from 0 to 100."""
        return cls._ask(question, "number", question, unit=unit)

    @classmethod
    def draw(
        cls, question: str, places: Iterable, high: float | int, *, low: float | int = 0, unit: str = ""
    ) -> "Guess":
        """Draw a curve over given places, between `low` and `high`. The `answer` has a number for each place.

        An axis that begins above 0 is logarithmic.
        """
        names = [f"{place:,}" if isinstance(place, (int, float)) else str(place) for place in places]
        if len(names) < 2 or not 0 <= low < high:
            raise ValueError(f"a curve over {len(names)} places, from {low} to {high}: give two, and 0 ≤ low < high.")
        says = f"{question} Draw it at {', '.join(names)}."
        return cls._ask(question, "draw", says, choices=names, unit=unit, ends={"low": low, "high": high})

    @classmethod
    def _ask(cls, question: str, kind: str, says: str, **state: object) -> "Guess":
        return cls(question=question, kind=kind, description=f"Guess: {says}", answer=[], **state)

    @traitlets.validate("answer")
    def _fits(self, proposal: traitlets.Bunch) -> list[int] | list[float]:
        """The answer as numbers."""
        answer = proposal.value
        if isinstance(answer, list) and not answer:
            return answer
        if self.kind in ("pick", "several"):
            return _numbers_of(answer, self.choices, self.kind == "several")
        return _rounded(answer, len(self.choices) or 1)

    def _repr_mimebundle_(self, **kwargs: object) -> tuple[dict, dict]:
        """The figure, and its words: no picture is needed of a question."""
        data, metadata = super(LivingFigure, self)._repr_mimebundle_(**kwargs)
        return {**data, "text/plain": self.description}, metadata


def _numbers_of(answer: str | Sequence[str], choices: Sequence[str], several: bool) -> list[int]:
    """Which choices are right, from 0 and in order, as the page keeps those that are picked."""
    right = [answer] if isinstance(answer, str) else list(answer)
    unknown = [one for one in right if one not in choices]
    if unknown or not (several or len(right) == 1):
        raise CannotShow(f"the answer {answer!r} is not {'among' if several else 'one of'} the choices {choices}.")
    return sorted(choices.index(one) for one in right)


def _rounded(answer: object, count: int) -> list[float]:
    """As many numbers as there are places, each to four digits that count."""
    numbers = np.ravel(answer).astype(float).tolist()
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise CannotShow(f"the answer {numbers} does not fit: it needs {count} finite number{'s' * (count > 1)}.")
    return [one if one == round(one) else float(f"{one:.{DIGITS}g}") for one in numbers]
