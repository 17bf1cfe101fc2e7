"""Results that are no tensors, and what each must be."""

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any


@dataclass(frozen=True)
class Kind:
    """What a result must be: `says` completes "wanted: …", and `fits` tells whether a result is that."""

    says: str
    fits: Callable[[Any], bool]


def _is_list_of(element: type) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list | tuple) and all(isinstance(each, element) for each in value)


def _is_counts(value: Any) -> bool:
    """Numbers for pairs of bytes, or for bytes: joined keys are a mistake of their own."""
    if not isinstance(value, dict):
        return False
    keys = all(isinstance(key, bytes) or _is_list_of(bytes)(key) for key in value)
    return keys and all(isinstance(count, Real) for count in value.values())


TOKENS = Kind("a list of bytes", _is_list_of(bytes))
NAMES = Kind("a list of names", _is_list_of(str))
COUNTS = Kind("a dictionary with a number for each pair of bytes", _is_counts)
TEXT = Kind("a string", lambda value: isinstance(value, str))
