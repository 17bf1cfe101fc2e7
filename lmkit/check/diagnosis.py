"""Name the mistake: the smallest set of known mistakes that reproduces a student's results."""

from functools import lru_cache

from lmkit.check.comparing import Result
from lmkit.check.exercise import Exercise, Misconception

MOST_MISTAKES = 3

Results = list[tuple[Result, ...]]  # what was returned, probe by probe


def diagnose(exercise: Exercise, seed: int, results: Results) -> tuple[Misconception, ...]:
    """The smallest set of misconceptions that gives these results on every probe, or nothing."""
    for size in range(1, MOST_MISTAKES + 1):
        for mistakes, known in _known(exercise, seed, size):
            if all(map(exercise.agree, known, results)):
                return mistakes
    return ()


@lru_cache(maxsize=16)  # a student asks again and again
def _known(exercise: Exercise, seed: int, size: int) -> list[tuple[tuple[Misconception, ...], Results]]:
    """Every set of `size` misconceptions, in every style, with the results that it gives."""
    probes = exercise.probes(seed)
    return [
        (mistakes, exercise.answers(probes, mistakes, style))
        for mistakes in exercise.combinations(size)
        for style in exercise.styles
    ]
