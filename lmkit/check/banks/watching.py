"""Exercises whose check watches an answer at work, and compares what was seen instead of what came back."""

import inspect
from collections.abc import Callable
from functools import partial, wraps
from typing import Any


def seen_by(observe: Callable, answer: Callable) -> Callable:
    """The family of such an exercise: what `observe` sees of `answer`, whose keyword-only arguments are the switches.

    It takes the arguments of `observe` but the first, which is the answer.
    """

    @wraps(answer)
    def family(*args: Any, **switches: Any) -> Any:
        return observe(partial(answer, **switches), *args)

    _, *given = inspect.signature(observe).parameters.values()
    family.__signature__ = inspect.Signature(given)
    return family
