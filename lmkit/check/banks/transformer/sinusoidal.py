"""Exercise: write the position into a vector, as waves.

Check `sinusoidal(n, d_model, base) -> table`: a row of d_model numbers for each of n positions.

In the row of position p, numbers 2i and 2i + 1 are the sine and the cosine of p · base^(-2i/d_model). Positions
count from 0, and d_model is even.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Exercise, Probe, Probes, always, close, hides, mistake, truth

Table = Float[Tensor, "position d_model"]


def waves(
    n: int,
    d_model: int,
    base: float,
    *,
    first_position: int = 0,
    pair: Callable = lambda number: number - number % 2,
    times: float = 1.0,
    sign: int = -1,
    base_used: Callable = lambda base: base,
    even: Callable = torch.sin,
    odd: Callable = torch.cos,
    order: Callable = lambda table: table,
    axes: Callable = lambda table: table,
) -> Tensor:
    """Numbers 2i and 2i + 1 at position p: sin and cos of p · base^(-2i/d_model). The keywords are the switches."""
    position = first_position + torch.arange(n, dtype=torch.float32)
    number = torch.arange(d_model)
    angle = position[:, None] * base_used(base) ** (sign * times * pair(number) / d_model)  # (position, d_model)
    table = torch.where(number % 2 == 0, even(angle), odd(angle))
    return axes(order(table))


def halves(table: Table) -> Table:
    """The even numbers, then the odd ones."""
    return torch.cat([table[:, ::2], table[:, 1::2]], dim=1)


def probes(seed: int) -> Probes:
    """Sizes that all differ, and bases small enough for every wave to rise and fall."""
    base = 4.5 + seed
    return (
        Probe("for a single pair of waves", (5, 2, 100.0)),
        Probe("for three pairs", (9, 6, base)),
        Probe("for four pairs and another base", (20, 8, 20.5 + seed)),
    )


def _starts_with_0_and_1(args: tuple, table: Tensor) -> bool:
    return close(table[0], torch.tensor([0.0, 1.0]).repeat(args[1] // 2), atol=1e-5)


def _only_the_distance_counts(args: tuple, table: Tensor) -> bool:
    """Each row with the one two places on: the same product everywhere."""
    products = (table[2:] * table[:-2]).sum(dim=1)
    return close(products, products[:1].expand(products.shape), atol=1e-3)


def _later_pairs_are_slower(solve: Callable, probes: Probes) -> bool:
    """From position 0 to 1, each pair moves less than the one before."""
    n, d_model, base = probes[-1].args
    (table,) = solve(n, d_model, base)
    moved = (table[1] - table[0]).double().unflatten(0, (d_model // 2, 2)).norm(dim=1)
    return bool((moved.diff() < 0).all())


MISCONCEPTIONS = (
    mistake("axes-swapped", axes=lambda table: table.mT)
    .says("Your table lies on its side: a column for each position.")
    .asks("It will be added to a matrix with a row for each token. Which axis of your table comes first?"),
    mistake("starts-at-1", first_position=1)
    .says("You counted positions from 1.")
    .asks("What are the sine and the cosine at position 0, and does your first row begin with them?"),
    mistake("sines-then-cosines", order=halves)
    .says("You put all sines first and all cosines after them. Some programs do, but this table takes turns.")
    .asks("According to the exercise, which number of a row stands beside its first sine?"),
    mistake("cosines-first", even=torch.cos, odd=torch.sin)
    .says("In each pair, your cosine stands before the sine.")
    .asks("Is the very first number of the row at position 0 a 0 or a 1?"),
    mistake("sines-only", odd=torch.sin)
    .says("You used the sine for every number, so both numbers of a pair are the same.")
    .asks("From its sine alone, can you tell whether a wave is rising or falling?"),
    mistake("no-pairs", pair=lambda number: number)
    .says("Each number has a frequency of its own: sine and cosine of a pair turn at different speeds.")
    .asks("A pair is a point on a circle. If its two numbers turn at different speeds, where does the point go?"),
    mistake("exponent-without-the-2", times=0.5)
    .says("Your frequencies fall only half as fast as they should: the exponent is i/d_model.")
    .asks("i counts pairs and d_model counts numbers. How far does 2i/d_model run, and how far does yours?"),
    mistake("exponent-doubled", times=2.0)
    .says("Your frequencies fall twice as fast as they should: the exponent is 4i/d_model.")
    .asks("When a loop counts 0, 2, 4 and so on, is its number i, or is it 2i already?"),
    mistake("base-written-in", base_used=lambda base: 10_000.0)
    .says("You used 10,000 for the base, whatever is given.")
    .asks("Which of the arguments does your code never use?"),
    mistake("frequencies-rise", sign=1)
    .says("Your frequencies rise from pair to pair: the sign of the exponent is missing.")
    .asks("The first pair should be the fastest. Is base to the power of 2i/d_model larger or smaller than 1?"),
    mistake("same-frequency-for-all", sign=0)
    .says("All of your waves have the same frequency.")
    .asks("After one full turn the first pair is back where it was. Which number then tells position 0 from 6?"),
)

SINUSOIDAL = Exercise(
    id="sinusoidal",
    title="Sinusoidal positions",
    family=waves,
    returns={"table": "position d_model"},
    probes=probes,
    examples=((2, 2, 100.0), (2, 4, 4.0), (3, 6, 4.0)),
    properties=(
        FINITE,
        always("first-row-is-not-0-1", _starts_with_0_and_1)
        .right("The row of position 0 is 0 and 1 in turn.")
        .says("The row of position 0 is not 0 and 1 in turn.")
        .asks("Which angle does your code compute for position 0, and what are its sine and its cosine?"),
        always("distance-is-not-all", _only_the_distance_counts)
        .right("The dot product of two rows depends only on how far apart they are.")
        .says("The dot product of two rows depends on where they are, not only on how far apart.")
        .asks("For one pair it is sin a · sin b + cos a · cos b, which is the cosine of a - b. Is it so in yours?"),
        truth("not-slower-and-slower", _later_pairs_are_slower)
        .right("Each pair turns more slowly than the one before.")
        .says("The pairs do not turn more and more slowly.")
        .asks("Print the angles of position 1. Do they become smaller from pair to pair?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "same-frequency-for-all",
            "no-pairs exponent-without-the-2 exponent-doubled base-written-in",
            because="where all frequencies are equal, it does not show how they would fall",
        ),
    ),
)
