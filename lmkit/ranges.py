"""What a number given by hand may be. For Python True is 1, and NaN neither too small nor too large: not here."""

import math
from collections.abc import Callable
from numbers import Integral, Real


def check_whole(name: str, value: object, least: int) -> None:
    """Refuse (ValueError) what is no whole number, such as 100 / 2, or lies below `least`."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        cure = "// divides without a rest" if isinstance(value, Real) else f"such as {max(least, 1)}"
        raise ValueError(f"{name} is {value!r}, but must be a whole number: {cure}")
    if value < least:
        raise ValueError(f"{name} is {value}, but must be {least} or more")


def check_number(name: str, value: object, is_allowed: Callable[[float], bool], allowed: str) -> None:
    """Refuse (ValueError) what is no number, not finite, or not allowed; `allowed` says what is."""
    is_number = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if not is_number or not is_allowed(value):
        raise ValueError(f"{name} is {value!r}, but must be {allowed}")
