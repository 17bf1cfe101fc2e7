"""The check of an exercise: the function that a reader calls with an answer."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from lmkit.check.done import in_notebook, note, solution_in_notebook
from lmkit.check.exercise import Exercise
from lmkit.check.judging import judge
from lmkit.check.report import Report

SEED = inspect.Parameter("seed", inspect.Parameter.POSITIONAL_OR_KEYWORD, default=0)


def check_of(exercise: Exercise, doc: str) -> Callable[..., Report]:
    """Make the check: it takes the answer, or the answers, and a seed for the arguments that are tried."""
    signature = inspect.Signature([*map(_parameter, exercise.handed_in), SEED])

    def check(*given: Any, **named: Any) -> Report:
        bound = signature.bind(*given, **named)
        bound.apply_defaults()
        *answers, seed = bound.args
        report = judge(exercise, _judged(exercise, answers), seed)
        note(report)
        solved = report.ok and in_notebook()
        return replace(report, solution=solution_in_notebook(exercise.id)) if solved else report

    check.__name__ = check.__qualname__ = exercise.id
    check.__doc__, check.__signature__ = doc, signature
    return check


def _parameter(name: str) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _judged(exercise: Exercise, answers: list[Any]) -> Any:
    """What stands for the answer when it is judged: the first one that is no function, if there is any."""
    for answer in answers:
        if not callable(answer):
            return answer
    return partial(exercise.observe, *answers) if exercise.observe else answers[0]
