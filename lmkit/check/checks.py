"""The check of an exercise: the function that a reader calls with an answer."""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from lmkit.check.exercise import Exercise
from lmkit.check.judging import judge
from lmkit.check.report import Report

KIND = inspect.Parameter.POSITIONAL_OR_KEYWORD


def check_of(exercise: Exercise, doc: str) -> Callable[..., Report]:
    """Make the check: it takes the answer, or the answers, and a seed for the arguments that are tried."""
    handed_in = [inspect.Parameter(name, KIND) for name in exercise.handed_in]
    signature = inspect.Signature([*handed_in, inspect.Parameter("seed", KIND, default=0)])

    def check(*given: Any, **named: Any) -> Report:
        bound = signature.bind(*given, **named)
        bound.apply_defaults()
        *answers, seed = bound.args
        return judge(exercise, _judged(exercise, answers), seed)

    check.__name__ = check.__qualname__ = exercise.id
    check.__doc__, check.__signature__ = doc, signature
    return check


def _judged(exercise: Exercise, answers: list[Any]) -> Any:
    """What stands for the answer when it is judged: the first one that is no function, if there is any."""
    for answer in answers:
        if not callable(answer):
            return answer
    return partial(exercise.observe, *answers) if exercise.observe else answers[0]
