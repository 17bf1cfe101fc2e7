"""A function that an exercise hands to the student's."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Part:
    """A part of a model, shown in a report by its name or by how it would be written."""

    written: str
    function: Callable

    def __call__(self, x: Tensor) -> Tensor:
        """Apply the part."""
        return self.function(x)

    def __repr__(self) -> str:
        return self.written
