"""Exercise: turn queries and keys by their position.

Check `rotate(x, base) -> result`: the vector at position p is turned by p · base^(-2i/d_head) in pair i.

`x` has the axes [batch, head, position, d_head]. Pair i is made of the numbers i and i + d_head/2:
first · cos - second · sin, first · sin + second · cos. Positions count from 0.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, close, mistake, truth

Vectors = Float[Tensor, "batch head position d_head"]
Halves = tuple[Tensor, Tensor]


def halves(x: Tensor) -> Halves:
    """The right pairs: number i with number i + d_head/2."""
    return x.chunk(2, dim=-1)


def neighbors(x: Tensor) -> Halves:
    """Number 2i with number 2i + 1."""
    return x[..., ::2], x[..., 1::2]


def side_by_side(first: Tensor, second: Tensor) -> Tensor:
    """What `halves` cut, put together again."""
    return torch.cat([first, second], dim=-1)


def one_by_one(first: Tensor, second: Tensor) -> Tensor:
    """What `neighbors` cut, put together again."""
    return torch.stack([first, second], dim=-1).flatten(start_dim=-2)


def turned(first: Tensor, second: Tensor, cos: Tensor, sin: Tensor) -> Halves:
    """The right way round."""
    return first * cos - second * sin, first * sin + second * cos


def overwritten(first: Tensor, second: Tensor, cos: Tensor, sin: Tensor) -> Halves:
    """The first half is turned before the second is made from it."""
    first = first * cos - second * sin
    return first, first * sin + second * cos


def turn(
    x: Vectors,
    base: float,
    *,
    cut: Callable = halves,
    join: Callable = side_by_side,
    first_position: int = 0,
    axis: int = -2,
    frequency: Callable = lambda pair, d_head, base: base ** (-2 * pair / d_head),
    move: Callable = turned,
) -> Vectors:
    """Turn pair i of the vector at position p by p · base^(-2i/d_head). The keywords are the switches."""
    d_head = x.shape[-1]
    pair = torch.arange(d_head // 2)
    size = [1] * x.ndim
    size[axis] = x.shape[axis]
    position = first_position + torch.arange(x.shape[axis]).view(size)
    angle = position * frequency(pair, d_head, base)  # (..., position, pair)
    return join(*move(*cut(x), angle.cos(), angle.sin()))


def probes(seed: int) -> Probes:
    """Sizes that all differ; one pair only; then bases small enough for every pair to turn."""
    normal = Draws(seed).normal
    return (
        Probe("for vectors of two numbers", (normal(2, 3, 5, 2), 100.0)),
        Probe("for vectors of eight numbers", (normal(2, 3, 5, 8), 20.0)),
        Probe("for another base", (normal(3, 2, 19, 6), 5.5)),
    )


def _lengths_stay(args: tuple, y: Tensor) -> bool:
    return close(y.double().norm(dim=-1), args[0].norm(dim=-1), atol=1e-4)


def _the_first_stays(args: tuple, y: Tensor) -> bool:
    return close(y[..., 0, :], args[0][..., 0, :], atol=1e-5)


def _only_the_distance_counts(solve: Callable, probes: Probes) -> bool:
    """The same vector at every position: each score with the one two places on is the same."""
    x, base = probes[1].args
    same_everywhere = x[..., :1, :].expand(x.shape).contiguous()
    (y,) = solve(same_everywhere, base)
    scores = (y[..., 2:, :] * y[..., :-2, :]).sum(dim=-1)
    return close(scores, scores[..., :1].expand(scores.shape), atol=1e-4)


def _order_matters(solve: Callable, probes: Probes) -> bool:
    """The same vector at two positions becomes two vectors."""
    x, base = probes[1].args
    (y,) = solve(x[..., :1, :].expand(x.shape).contiguous(), base)
    return not close(y[..., 0, :], y[..., 1, :], atol=1e-3)


MISCONCEPTIONS = (
    mistake("neighbors-paired", cut=neighbors, join=one_by_one)
    .says("You paired neighbors, numbers 2i and 2i + 1. Some models do, but this one pairs the two halves.")
    .asks("With d_head = 8, which number belongs to number 0 according to the exercise?"),
    mistake("halves-dealt-like-cards", join=one_by_one)
    .says("You cut the vector into halves but put it together in turns, one number of each half.")
    .asks("Without any turning, cutting and joining should give x back. Does yours?"),
    mistake("starts-at-1", first_position=1)
    .says("You counted positions from 1: the first vector is turned already.")
    .asks("At position 0, by which angle should a pair be turned?"),
    mistake("positions-of-the-heads", axis=-3)
    .says("You took the number of the head for the position.")
    .asks("Counted from the end, on which axis of [batch, head, position, d_head] do the tokens stand?"),
    mistake("same-angle-for-all", frequency=lambda pair, d_head, base: torch.ones(len(pair)))
    .says("You turned all pairs by the same angle.")
    .asks("One hand of a clock comes round again and again. What do an hour hand and a minute hand tell together?"),
    mistake("exponent-without-the-2", frequency=lambda pair, d_head, base: base ** (-pair / d_head))
    .says("Your frequencies fall only half as fast as they should: the exponent is i/d_head.")
    .asks("i counts pairs and d_head counts numbers. How far does 2i/d_head run, and how far does yours?"),
    mistake("exponent-doubled", frequency=lambda pair, d_head, base: base ** (-4 * pair / d_head))
    .says("Your frequencies fall twice as fast as they should: the exponent is 4i/d_head.")
    .asks("When a loop counts 0, 2, 4 and so on, is its number i, or is it 2i already?"),
    mistake("base-written-in", frequency=lambda pair, d_head, base: 10_000.0 ** (-2 * pair / d_head))
    .says("You used 10,000 for the base, whatever is given.")
    .asks("Which of the arguments does your code never use?"),
    mistake("frequencies-rise", frequency=lambda pair, d_head, base: base ** (2 * pair / d_head))
    .says("Your frequencies rise from pair to pair: the sign of the exponent is missing.")
    .asks("Pair 0 turns fastest. Is base to the power of 2i/d_head larger or smaller than 1?"),
    mistake("turned-backwards", move=lambda first, second, cos, sin: turned(first, second, cos, -sin))
    .says("You turned the other way round.")
    .asks("Turn the point (1, 0) by a small angle. Should its second number become positive or negative?"),
    mistake("first-half-overwritten", move=overwritten)
    .says("You made the second half from the first one as it was after turning, not as it came in.")
    .asks("When your line for the second half runs, does the name of the first half still hold the old numbers?"),
    mistake("no-minus", move=lambda first, second, cos, sin: (first * cos + second * sin, first * sin + second * cos))
    .says("Both of your sums have a plus: that is no turn, and vectors change their length.")
    .asks("Turn the point (0, 1) by a quarter of a circle. Where should it be, and where does your formula put it?"),
    mistake("halves-scaled-apart", move=lambda first, second, cos, sin: (first * cos, second * sin))
    .says("You multiplied one half by cos and the other by sin, but the two halves never meet.")
    .asks("Where a point comes to lie depends on both of its numbers. Which terms are missing?"),
)

ROTATE = Exercise(
    id="rotate",
    title="Rotary positions",
    family=turn,
    returns={"result": "batch head position d_head"},
    probes=probes,
    examples=(
        (torch.tensor([[1.0, 0.0]]).expand(1, 1, 3, 2), 100.0),
        (torch.tensor([[1.0, 1.0, 0.0, 0.0]]).expand(1, 1, 3, 4), 4.0),
        (torch.tensor([[1.0, 2.0, 3.0, 4.0]]).expand(1, 2, 2, 4), 4.0),
    ),
    properties=(
        FINITE,
        always("lengths-change", _lengths_stay)
        .right("No vector changes its length.")
        .says("Some vectors change their length.")
        .asks("A turned point stays as far from the middle as it was. Which of your two formulas breaks that?"),
        always("first-is-turned", _the_first_stays)
        .right("The vector at position 0 stays as it is.")
        .says("The vector at position 0 does not stay as it is.")
        .asks("Which angle does your code compute for position 0?"),
        truth("distance-is-not-all", _only_the_distance_counts)
        .right("The score of two turned vectors depends only on how far apart they stand.")
        .says("The score of two turned vectors depends on where they stand, not only on how far apart.")
        .asks("Both are turned, each by its own angle. What should be left of the two angles in their dot product?"),
        truth("positions-look-alike", _order_matters)
        .right("The same vector looks different at another position.")
        .says("The same vector looks the same at positions 0 and 1.")
        .asks("Print your angles. Do they change along the axis of the positions?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
