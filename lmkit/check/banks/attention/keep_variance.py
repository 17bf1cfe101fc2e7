"""Exercise: the factor that keeps the spread of the scores at 1, however long and large the vectors.

Check `keep_variance(d_head, std_query, std_key) -> float`: scores times this factor have deviation 1.

The entries of a query are independent, with mean 0 and standard deviation std_query; a key likewise.
"""

import math
from collections.abc import Callable

import torch

from lmkit.check.bank import Draws, Exercise, Probe, Probes, mistake, truth


def factor_to_spread_one(
    d_head: int,
    std_query: float,
    std_key: float,
    *,
    spread_of_product: Callable = lambda std_query, std_key: std_query * std_key,
    growth: Callable = math.sqrt,
    turn: Callable = lambda spread: 1 / spread,
) -> float:
    """1 / (std_query · std_key · √d_head). The keywords are the switches."""
    return turn(spread_of_product(std_query, std_key) * growth(d_head))


def probes(seed: int) -> Probes:
    """First vectors of spread 1, then others; no number is 1 or the square of another."""
    source = torch.Generator().manual_seed(seed)
    small, large = torch.rand(2, generator=source, dtype=torch.float64).tolist()
    return (
        Probe("for entries of standard deviation 1", (48, 1.0, 1.0)),
        Probe("for queries and keys of other standard deviations", (24, 1.5 + small, 3 + large)),
        Probe("for small entries", (80, 0.06 + small / 40, 0.02 + large / 80)),
    )


def _measured_spread_is_one(solve: Callable, probes: Probes) -> bool:
    """Draw vectors, take their dot products, multiply by the factor: the standard deviation is 1 ± 0.05."""
    normal = Draws(0).normal
    for probe in probes:
        d_head, std_query, std_key = probe.args
        query = std_query * normal(5000, d_head)
        key = std_key * normal(5000, d_head)
        (factor,) = solve(*probe.args)
        if abs(((query * key).sum(dim=-1).double() * factor).std() - 1) > 0.05:
            return False
    return True


MISCONCEPTIONS = (
    mistake("d-ignored", growth=lambda d_head: 1.0)
    .says("Your factor does not depend on d_head.")
    .asks("Draw two vectors of 4 random numbers, then two of 400. Whose dot product is farther from 0 as a rule?"),
    mistake("root-forgotten", growth=lambda d_head: float(d_head))
    .says("Your factor shrinks like 1 / d_head. That makes the scores of long vectors too small.")
    .asks(
        "The variances of d_head products add up. How does the standard deviation grow, then, if the variance becomes "
        "4 times as large?"
    ),
    mistake("stds-ignored", spread_of_product=lambda std_query, std_key: 1.0)
    .says("Your factor does not depend on how large the entries of queries and keys are.")
    .asks("If every entry of every query is doubled, what happens to every score?"),
    mistake("std-key-ignored", spread_of_product=lambda std_query, std_key: std_query)
    .says("Your factor depends on std_query, but not on std_key.")
    .asks("If only the keys grow, do the scores stay as they are?"),
    mistake("std-query-ignored", spread_of_product=lambda std_query, std_key: std_key)
    .says("Your factor depends on std_key, but not on std_query.")
    .asks("If only the queries grow, do the scores stay as they are?"),
    mistake("stds-added", spread_of_product=lambda std_query, std_key: std_query + std_key)
    .says("You added the two standard deviations.")
    .asks(
        "If the entries of queries and keys are both doubled, does a product of two entries become 2 or 4 times as "
        "large?"
    ),
    mistake("variances-for-stds", spread_of_product=lambda std_query, std_key: std_query**2 * std_key**2)
    .says("You used the variances, the squares of std_query and std_key.")
    .asks("If every entry of every query is made 3 times as large, how many times as large is a score?"),
    mistake("stds-taken-for-variances", spread_of_product=lambda std_query, std_key: math.sqrt(std_query * std_key))
    .says("You took std_query and std_key for variances and put them under the root as they are.")
    .asks("What is the variance of an entry whose standard deviation is 3?"),
    mistake("upside-down", turn=lambda spread: spread)
    .says("Your factor is upside down: the scores are multiplied by it, not divided.")
    .asks("Scores of long vectors are too large. Must a factor that is multiplied with them be above or below 1?"),
)

KEEP_VARIANCE = Exercise(
    id="keep_variance",
    title="Keep the variance of the scores",
    family=factor_to_spread_one,
    returns={"factor": ""},
    probes=probes,
    examples=((4, 1.0, 1.0), (4, 2.0, 1.0), (4, 1.0, 2.0), (4, 2.0, 3.0)),
    properties=(
        truth("measured-spread-is-not-1", _measured_spread_is_one)
        .right("Measured: multiplied by your factor, random scores have standard deviation 1.")
        .says("Measured: multiplied by your factor, random scores do not have standard deviation 1.")
        .asks(
            "Draw such queries and keys yourself. What is the standard deviation of their dot products, and how does "
            "it change with each of the three arguments?"
        ),
    ),
    misconceptions=MISCONCEPTIONS,
)
