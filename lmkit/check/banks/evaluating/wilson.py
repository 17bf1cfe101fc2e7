"""Exercise: how far the truth may lie from an accuracy that was measured on n examples.

Check `wilson(right, n) -> (low, high)`: the 95 % interval of Wilson, with z = 1.96.
"""

import math
from collections.abc import Callable
from typing import Any

from lmkit.check.bank import FINITE, Exercise, Probe, Probes, always, mistake, truth

Z = 1.96


def interval(
    right: int,
    n: int,
    *,
    z: float = Z,
    share: Callable = lambda right, n: right / n,
    center: Callable = lambda p, n, z: p + z**2 / (2 * n),
    spread: Callable = lambda p, n, z: z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)),
    shrink: Callable = lambda n, z: 1 + z**2 / n,
    ends: Callable = lambda low, high: (low, high),
) -> tuple[float, float]:
    """(center ± spread) / shrink: the shares that are no further than z standard errors away. Keywords: switches."""
    p = share(right, n)
    middle, half = center(p, n, z), spread(p, n, z)
    return ends((middle - half) / shrink(n, z), (middle + half) / shrink(n, z))


def probes(seed: int) -> Probes:
    """Few and many; in the middle, at the edge, and at the very end."""
    return (
        Probe("for 60 right of 100", (60, 100)),
        Probe("for 900 right of 1,000", (900, 1000)),
        Probe("for 9 right of 10", (9, 10)),
        Probe("when all 20 are right", (20, 20)),
        Probe("when one of 20 is right", (1, 20)),
    )


def _inside_zero_and_one(args: tuple, low: Any, high: Any) -> bool:
    return -1e-9 <= float(low) <= float(high) <= 1 + 1e-9


def _contains_what_was_measured(args: tuple, low: Any, high: Any) -> bool:
    right, n = args
    return float(low) - 1e-9 <= right / n <= float(high) + 1e-9


def _is_never_a_point(args: tuple, low: Any, high: Any) -> bool:
    return abs(float(high) - float(low)) > 1e-6


def _right_and_wrong_change_places(solve: Callable, probes: Probes) -> bool:
    for probe in probes:
        right, n = probe.args
        (low, high), (other_low, other_high) = solve(right, n), solve(n - right, n)
        if abs(float(low) + float(other_high) - 1) > 1e-6 or abs(float(high) + float(other_low) - 1) > 1e-6:
            return False
    return True


def _wald(p: float, n: int, z: float) -> float:
    return z * math.sqrt(p * (1 - p) / n)


MISCONCEPTIONS = (
    mistake("normal-interval", center=lambda p, n, z: p, spread=_wald, shrink=lambda n, z: 1.0)
    .says("You used the simple interval, p ± z standard errors. When all 20 are right it has no width at all.")
    .asks("After 20 of 20 right, would you bet anything that it never errs? What does your interval say?"),
    mistake("one-standard-error", z=1.0)
    .says("Your z is 1: an interval that misses the truth in one case of three.")
    .asks("How many standard errors to each side hold 95 % of a normal distribution?"),
    mistake("center-not-moved", center=lambda p, n, z: p)
    .says("The middle of your interval is not moved towards one half.")
    .asks("Which term in the formula moves the middle, and by how much if n is small?"),
    mistake("not-divided", shrink=lambda n, z: 1.0)
    .says("You did not divide by 1 + z²/n.")
    .asks("When all are right, is the upper end of your interval above 1?"),
    mistake("small-term-lost", spread=_wald)
    .says("Under the root, the term with n² is missing.")
    .asks("What is left under the root when p is 1, and what should be?"),
    mistake("small-term-too-large", spread=lambda p, n, z: z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n)))
    .says("Under the root, the second term is divided by 4n, not by 4n².")
    .asks("Which of the two terms should win for a large n: that of the data, or the correction?"),
    mistake("root-forgotten", spread=lambda p, n, z: z * (p * (1 - p) / n + z**2 / (4 * n**2)))
    .says("The root is missing.")
    .asks("A variance was computed. What must be done to it to become a standard error?"),
    mistake(
        "in-per-cent",
        share=lambda right, n: 100 * right / n,
        spread=lambda p, n, z: z * math.sqrt(abs(p * (1 - p)) / n + z**2 / (4 * n**2)),
    )
    .says("You computed with per cent, where the formula needs a share from 0 to 1.")
    .asks("What is p (1 - p) when p is 60?"),
    mistake("ends-exchanged", ends=lambda low, high: (high, low))
    .says("You returned the upper end first.")
    .asks("The exercise wants (low, high). Which of your two numbers is the smaller one?"),
)

WILSON = Exercise(
    id="wilson",
    title="An interval around an accuracy",
    family=interval,
    returns={"low": "", "high": ""},
    probes=probes,
    examples=((1, 2), (2, 2), (5, 8)),
    properties=(
        FINITE,
        always("outside-zero-and-one", _inside_zero_and_one)
        .right("Both ends are shares, from 0 to 1, and the low one is the lower.")
        .says("An end of your interval is no share from 0 to 1, or the low end is above the high one.")
        .asks("For which of the cases below does it happen, and which term should have prevented it?"),
        always("without-what-was-measured", _contains_what_was_measured)
        .right("The measured share lies inside.")
        .says("The share that was measured lies outside of your interval.")
        .asks("By how much is the middle moved, and how wide is the interval?"),
        always("certain", _is_never_a_point)
        .right("It is never a single point.")
        .says("For some results your interval is a single point, as if nothing were left to doubt.")
        .asks("What does the formula say when p (1 - p) is 0?"),
        truth("not-mirrored", _right_and_wrong_change_places)
        .right("Where right and wrong change places, the interval is mirrored.")
        .says("If right and wrong answers change places, your interval is not mirrored.")
        .asks("What do you give for 20 right of 20, and what for none? Which end of the one is which of the other?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
