"""When two results count as the same."""

from typing import Any

import torch
from torch import Tensor

TOLERANCE = 1e-4

Result = Tensor | str | list | dict


def is_boolean(value: Tensor) -> bool:
    """True for a tensor of truth values. 1 and 0 are numbers: a mask of numbers is not a mask."""
    return value.dtype is torch.bool


def same(one: Result, other: Result) -> bool:
    """Equal shapes, both truth values or both numbers, and equal to 1e-4; NaN equals NaN.

    For a single number the 1e-4 is relative: a factor of 0.001 is as wrong as one of 10. What is no tensor must be
    equal.
    """
    if not (isinstance(one, Tensor) and isinstance(other, Tensor)):
        return type(one) is type(other) and one == other
    if one.shape != other.shape or is_boolean(one) != is_boolean(other):
        return False
    atol = TOLERANCE if one.ndim else 0.0
    return torch.allclose(one.double(), other.double(), rtol=TOLERANCE, atol=atol, equal_nan=True)


def all_same(ones: tuple[Result, ...], others: tuple[Result, ...]) -> bool:
    """True when two tuples of results are the same, one by one."""
    return len(ones) == len(others) and all(map(same, ones, others))


def as_results(returned: Any) -> tuple[Result, ...]:
    """What a function returned, one value or several: numbers as tensors without axes, lists and such as they are."""
    return tuple(map(_as_result, returned if isinstance(returned, tuple) else (returned,)))


def _as_result(value: Any) -> Result:
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple):
        return list(value)
    return dict(value) if isinstance(value, dict) else torch.tensor(float(value), dtype=torch.float64)
