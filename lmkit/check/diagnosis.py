"""Name the mistake: the smallest set of known mistakes that reproduces a student's results."""

from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any

from lmkit.check.comparing import Result
from lmkit.check.exercise import Exercise, Misconception, Probe

MOST_MISTAKES = 3

Mistakes = tuple[Misconception, ...]
Results = list[tuple[Result, ...]]  # what was returned, probe by probe


def diagnose(exercise: Exercise, seed: int, results: Results) -> Mistakes:
    """The smallest set of misconceptions that gives these results on every probe, or nothing."""
    for size in range(1, MOST_MISTAKES + 1):
        for mistakes, answer in _known(exercise, seed, size):
            if all(exercise.agree(answer(probe), result) for probe, result in enumerate(results)):
                return mistakes
    return ()


@lru_cache(maxsize=16)  # a student asks again and again
def _known(exercise: Exercise, seed: int, size: int) -> list[tuple[Mistakes, Callable[[int], tuple[Result, ...]]]]:
    """Every set of `size` misconceptions, in every style, with what it gives for the probe of a number.

    That is computed when it is asked for, and kept: most sets differ from an answer on the first probe already.
    """
    probes = exercise.probes(seed)
    return [
        (mistakes, cache(partial(_answer, exercise, probes, mistakes, style)))
        for mistakes in exercise.combinations(size)
        for style in exercise.styles
    ]


def _answer(
    exercise: Exercise, probes: tuple[Probe, ...], mistakes: Mistakes, style: dict[str, Any], probe: int
) -> tuple[Result, ...]:
    return exercise.answers(probes[probe : probe + 1], mistakes, style)[0]
