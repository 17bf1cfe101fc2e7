"""When two results count as the same."""

from typing import Any

import torch
from torch import Tensor

TOLERANCE = 1e-4


def is_boolean(value: Tensor) -> bool:
    """True for a tensor of truth values. 1 and 0 are numbers: a mask of numbers is not a mask."""
    return value.dtype is torch.bool


def same(one: Tensor, other: Tensor) -> bool:
    """Equal shapes, both truth values or both numbers, and equal to 1e-4; NaN equals NaN.

    For a single number the 1e-4 is relative: a factor of 0.001 is as wrong as one of 10.
    """
    if one.shape != other.shape or is_boolean(one) != is_boolean(other):
        return False
    atol = TOLERANCE if one.ndim else 0.0
    return torch.allclose(one.double(), other.double(), rtol=TOLERANCE, atol=atol, equal_nan=True)


def all_same(ones: tuple[Tensor, ...], others: tuple[Tensor, ...]) -> bool:
    """True when two tuples of results are the same, one by one."""
    return len(ones) == len(others) and all(map(same, ones, others))


def as_tensors(returned: Any) -> tuple[Tensor, ...]:
    """What a function returned, one value or several, as tensors; a number becomes a tensor without axes."""
    values = returned if isinstance(returned, tuple) else (returned,)
    return tuple(
        value.detach().cpu() if isinstance(value, Tensor) else torch.tensor(float(value), dtype=torch.float64)
        for value in values
    )
