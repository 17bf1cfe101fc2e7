"""The one source of chance: the same seed gives the same story on every platform and every Python.

Python promises this for `random.Random(seed).random()` only, not for `choice`, `sample` or `shuffle`
("Notes on Reproducibility" in the documentation of `random`). So everything here is made of `random()`.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

Choice = TypeVar("Choice")


class Dice:
    """Draws for one story. Nothing else in the package uses chance."""

    def __init__(self, seed: int):
        self._random = random.Random(seed).random

    def chance(self, p: float) -> bool:
        """Say yes with probability p."""
        return self._random() < p

    def number(self, low: int, high: int) -> int:
        """Draw a whole number from low to high, both included."""
        return low + int(self._random() * (high - low + 1))

    def choose(self, options: Sequence[Choice]) -> Choice:
        """Draw one of the options."""
        return options[int(self._random() * len(options))]

    def sample(self, options: Sequence[Choice], n: int) -> list[Choice]:
        """Draw n different options, in the order in which they come up."""
        left = list(options)
        return [left.pop(int(self._random() * len(left))) for _ in range(n)]
