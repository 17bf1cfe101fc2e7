"""Exercise: take a direction out of vectors, and leave everything else.

Check `project_out(streams, direction)`: the streams without what they have of the direction.

`streams` is [position, d_model], `direction` [d_model], of any length but 0.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, close, mistake, truth

Streams = Float[Tensor, "position d_model"]
Direction = Float[Tensor, "d_model"]


def remove(
    streams: Streams,
    direction: Direction,
    *,
    unit: Callable = lambda direction: direction / direction.norm(),
    amount: Callable = lambda streams, unit: streams @ unit,
    take: Callable = lambda streams, along: streams - along,
) -> Float[Tensor, "position d_model"]:
    """x - (x · u) u with u = direction / |direction|. The keywords are the switches."""
    u = unit(direction)
    return take(streams, amount(streams, u)[:, None] * u)


def probes(seed: int) -> Probes:
    """Long and short directions, one position and several."""
    draws = Draws(seed)

    def of(says: str, positions: int, width: int, length: float) -> Probe:
        direction = draws.normal(width)
        return Probe(says, (1.5 * draws.normal(positions, width), length * direction / direction.norm()))

    return (
        of("for a long direction", 4, 6, 3.0),
        of("for a short direction", 5, 3, 0.4),
        of("for one position", 1, 4, 2.0),
        of("for a direction of length 1", 6, 5, 1.0),
    )


def _nothing_is_left(args: tuple, cleaned: Tensor) -> bool:
    _, direction = args
    return close(cleaned.float() @ (direction / direction.norm()), torch.zeros(len(cleaned)), 1e-4)


def _the_rest_stays(args: tuple, cleaned: Tensor) -> bool:
    streams, direction = args
    u, cleaned = direction / direction.norm(), cleaned.float()
    return close(cleaned - (cleaned @ u)[:, None] * u, streams - (streams @ u)[:, None] * u, 1e-4)


def _its_length_does_not_matter(solve: Callable, probes: Probes) -> bool:
    streams, direction = probes[0].args
    return close(solve(streams, direction)[0], solve(streams, -5 * direction)[0], 1e-4)


MISCONCEPTIONS = (
    mistake("not-of-length-one", unit=lambda direction: direction)
    .says("You did not bring the direction to length 1, so that its length counts twice.")
    .asks("If the direction is three times as long, how much more do you take away?"),
    mistake("squared-length", unit=lambda direction: direction / (direction @ direction))
    .says("You divided the direction by its squared length, and it enters twice.")
    .asks("How long is the vector that you project on?"),
    mistake("divided-by-the-largest", unit=lambda direction: direction / direction.abs().max())
    .says("You divided the direction by its largest entry: that is not its length.")
    .asks("What is the length of a vector of four ones?"),
    mistake("direction-subtracted", amount=lambda streams, unit: torch.ones(len(streams)))
    .says("You subtracted the direction itself, the same from each stream.")
    .asks("A stream has nothing of the direction at all. What should become of it?"),
    mistake("size-without-sign", amount=lambda streams, unit: (streams @ unit).abs())
    .says("You took the size of what a stream has of the direction, without its sign.")
    .asks("What becomes of a stream that points the other way?"),
    mistake("mean-amount", amount=lambda streams, unit: (streams @ unit).mean().expand(len(streams)))
    .says("You took the same amount from each stream: the mean.")
    .asks("Is what is left of the direction 0 at each position, or on average only?"),
    mistake("centered", amount=lambda streams, unit: streams @ unit - (streams @ unit).mean())
    .says("You left the mean of the streams along the direction in them.")
    .asks("What does the exercise say is to be left of the direction?"),
    mistake("kept", take=lambda streams, along: along)
    .says("You kept what lies along the direction, and took the rest away.")
    .asks("Which of the two parts is to be removed?"),
    mistake("added", take=lambda streams, along: streams + along)
    .says("You added what lies along the direction.")
    .asks("How much of the direction is in your result: nothing, or twice as much?"),
    mistake("mirrored", take=lambda streams, along: streams - 2 * along)
    .says("You took it away twice: each stream is mirrored, and the direction can be read as well as before.")
    .asks("How much of the direction does a stream have afterwards?"),
)

_X = torch.tensor([[2.0, 1.0]])

PROJECT_OUT = Exercise(
    id="project_out",
    title="Take a direction out",
    family=remove,
    returns={"streams": "position d_model"},
    probes=probes,
    examples=(
        (_X, torch.tensor([1.0, 0.0])),
        (_X, torch.tensor([0.0, 2.0])),
        (torch.tensor([[2.0, 1.0], [-1.0, 0.0]]), torch.tensor([3.0, 4.0])),
    ),
    properties=(
        FINITE,
        always("something-is-left", _nothing_is_left)
        .right("Nothing of the direction is left.")
        .says("Something of the direction is left in your streams.")
        .asks("What is the dot product of a cleaned stream with the direction, and what should it be?"),
        always("more-is-taken", _the_rest_stays)
        .right("At right angles to it, everything stays.")
        .says("You also changed what is at right angles to the direction.")
        .asks("Along which vector do you subtract?"),
        truth("its-length-matters", _its_length_does_not_matter)
        .right("How long the direction is, and its sign, do not matter.")
        .says("With a longer direction, or one that points the other way, your result is another.")
        .asks("What must be done to a direction before it is used twice?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
