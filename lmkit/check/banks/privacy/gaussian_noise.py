"""Exercise: how much noise hides one person in a sum.

Check `gaussian_noise(sensitivity, epsilon, delta)`: the standard deviation of the noise.

`sensitivity` says how far one person can move the sum. For an epsilon below 1 it is enough that the standard deviation
is sensitivity · √(2 ln(1.25 / delta)) / epsilon.
"""

import math
from collections.abc import Callable

from lmkit.check.bank import FINITE, Exercise, Probe, Probes, mistake, truth


def _width(delta: float) -> float:
    return math.sqrt(2 * math.log(1.25 / delta))


def sigma(
    sensitivity: float,
    epsilon: float,
    delta: float,
    *,
    width: Callable = _width,
    scale: Callable = lambda width, sensitivity, epsilon: sensitivity * width / epsilon,
) -> float:
    """sensitivity · √(2 ln(1.25 / δ)) / ε. The keywords are the switches."""
    return scale(width(delta), sensitivity, epsilon)


def probes(seed: int) -> Probes:
    """Little and much, of each of the three."""
    more = 1 + 0.1 * (seed % 7)
    return (
        Probe("for an epsilon of 0.5", (1.0 * more, 0.5, 1e-5)),
        Probe("for a sensitivity of 3", (3.0 * more, 0.8, 1e-6)),
        Probe("for a small epsilon", (0.4, 0.05 * more, 1e-3)),
        Probe("for a large delta", (2.0, 0.9, 0.1)),
    )


def _noise_follows_the_sensitivity(solve: Callable, probes: Probes) -> bool:
    (one,), (five,) = solve(1.0, 0.5, 1e-5), solve(5.0, 0.5, 1e-5)
    return math.isclose(5 * float(one), float(five), rel_tol=1e-4)


def _half_the_epsilon_is_twice_the_noise(solve: Callable, probes: Probes) -> bool:
    (one,), (half,) = solve(1.5, 0.8, 1e-5), solve(1.5, 0.4, 1e-5)
    return math.isclose(2 * float(one), float(half), rel_tol=1e-4)


def _a_smaller_delta_is_more_noise(solve: Callable, probes: Probes) -> bool:
    (one,), (less,) = solve(1.0, 0.5, 1e-3), solve(1.0, 0.5, 1e-6)
    return 1.2 < float(less) / float(one) < 1.6


MISCONCEPTIONS = (
    mistake("root-forgotten", width=lambda delta: 2 * math.log(1.25 / delta))
    .says("The root is missing.")
    .asks("The formula gives a standard deviation. Would its square grow like the logarithm, or like its root?"),
    mistake("two-forgotten", width=lambda delta: math.sqrt(math.log(1.25 / delta)))
    .says("The factor 2 under the root is missing.")
    .asks("The density of the normal distribution falls like exp(-x² / 2σ²). Where does its 2 go?"),
    mistake("decimal-logarithm", width=lambda delta: math.sqrt(2 * math.log10(1.25 / delta)))
    .says("You took the logarithm to base 10.")
    .asks("Which logarithm belongs to e to the power of epsilon?"),
    mistake("without-1.25", width=lambda delta: math.sqrt(2 * math.log(1 / delta)))
    .says("Under the logarithm stands 1 / delta; it should be 1.25 / delta.")
    .asks("Is your noise a little too small or too large, and which of the two breaks a promise?"),
    mistake("delta-upside-down", width=lambda delta: math.sqrt(2 * math.log(1.25 * (1 + delta))))
    .says("Delta stands above the line: your noise grows with it.")
    .asks("A smaller delta is a stronger promise. Does it need more noise or less?"),
    mistake("sensitivity-forgotten", scale=lambda width, sensitivity, epsilon: width / epsilon)
    .says("The sensitivity is missing.")
    .asks("If one person can move the sum ten times as far, is the same noise enough?"),
    mistake("epsilon-above-the-line", scale=lambda width, sensitivity, epsilon: sensitivity * width * epsilon)
    .says("You multiplied by epsilon.")
    .asks("A small epsilon promises much. Does it need more noise or less?"),
    mistake("variance", scale=lambda width, sensitivity, epsilon: (sensitivity * width / epsilon) ** 2)
    .says("You returned the variance.")
    .asks("Which of the two does `torch.randn` want to be multiplied by?"),
    mistake("epsilon-squared", scale=lambda width, sensitivity, epsilon: sensitivity * width / epsilon**2)
    .says("Epsilon is squared.")
    .asks("For half the epsilon, how many times the noise does the formula ask for?"),
)

GAUSSIAN_NOISE = Exercise(
    id="gaussian_noise",
    title="Enough noise to hide one person",
    family=sigma,
    returns={"sigma": ""},
    probes=probes,
    examples=((1.0, 0.5, 1e-5), (2.0, 0.5, 1e-5), (1.0, 0.25, 1e-3)),
    properties=(
        FINITE,
        truth("sensitivity-is-not-followed", _noise_follows_the_sensitivity)
        .right("Five times the sensitivity is five times the noise.")
        .says("With five times the sensitivity your noise is not five times as large.")
        .asks("In which unit is the noise measured?"),
        truth("epsilon-is-not-followed", _half_the_epsilon_is_twice_the_noise)
        .right("Half the epsilon is twice the noise.")
        .says("With half the epsilon your noise is not twice as large.")
        .asks("Where in the formula does epsilon stand, and to which power?"),
        truth("delta-costs-too-much-or-nothing", _a_smaller_delta_is_more_noise)
        .right("A delta a thousand times as small costs some 40 % more noise.")
        .says("With a delta a thousand times as small, your noise should grow, but by less than 60 %.")
        .asks("How does a root of a logarithm grow?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
