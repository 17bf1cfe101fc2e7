"""Exercise: GELU, the exact one.

Check `gelu(x) -> tensor`: x times the share of a standard bell curve that lies below x, for each number.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, close, hides, mistake, truth

Numbers = Float[Tensor, "*axes"]


def share_below(z: Numbers) -> Numbers:
    """The share of a bell curve that lies below z."""
    return (1 + torch.erf(z / math.sqrt(2))) / 2


def gate(
    x: Numbers,
    *,
    share: Callable = share_below,
    of: Callable = lambda x: x,
    times: Callable = lambda x: x,
) -> Numbers:
    """x · Φ(x). The keywords are the switches."""
    return times(x) * share(of(x))


def _by_tanh(z: Numbers) -> Numbers:
    return (1 + torch.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3))) / 2


def _density(z: Numbers) -> Numbers:
    return torch.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)


def probes(seed: int) -> Probes:
    """Numbers near 0, where curves differ most, and numbers far from it."""
    draw = Draws(seed)
    near = torch.linspace(-3, 3, 61) + 0.05 * draw.uniform(61)
    far = 4 * draw.normal(3, 7)
    return (Probe("near 0", (near,)), Probe("for a matrix of large numbers", (far,)))


def _far_from_0(solve: Callable, probes: Probes) -> bool:
    """Far on the right nothing happens, far on the left nothing is left."""
    far = torch.tensor([6.0, 9.0, 20.0, 1000.0])
    return close(solve(far)[0], far, atol=1e-4) and close(solve(-far)[0], torch.zeros(4), atol=1e-4)


def _both_sides_differ_by_x(solve: Callable, probes: Probes) -> bool:
    """gelu(x) - gelu(-x) = x, since the two shares of the bell curve make a whole."""
    x = probes[0].args[0]
    return close(solve(x)[0] - solve(-x)[0], x, atol=1e-4)


MISCONCEPTIONS = (
    mistake("tanh-approximation", share=_by_tanh)
    .says("This is the approximation by tanh that GPT-2 uses. It is close, but not the same.")
    .asks("Which function of torch gives the area under a bell curve without approximating it?"),
    mistake("sigmoid-approximation", share=lambda z: torch.sigmoid(1.702 * z))
    .says("This is the approximation by a sigmoid, with 1.702 in it. It is off by up to 0.02.")
    .asks("Is the area under a bell curve a sigmoid, or does it only look like one?"),
    mistake("silu", share=torch.sigmoid)
    .says("This is SiLU: x times a plain sigmoid of x.")
    .asks("The factor beside x is a share of a curve. Of which one: the logistic, or the bell?"),
    mistake("relu", share=lambda z: (z > 0).to(z.dtype) + 0 * z)
    .says("This is ReLU: negative numbers become 0.")
    .asks("At x = -0.5, what share of a bell curve lies below x? Is it 0?"),
    mistake("density", share=_density)
    .says("You multiplied by the height of the bell curve, not by the area under it.")
    .asks("For a very large x the result should be x itself. What must the factor become there?"),
    mistake("erf-as-it-is", share=lambda z: torch.erf(z / math.sqrt(2)))
    .says("You used erf as it is. It runs from -1 to 1; a share runs from 0 to 1.")
    .asks("What must be done to a number between -1 and 1 to bring it between 0 and 1?"),
    mistake("half-forgotten", share=lambda z: 1 + torch.erf(z / math.sqrt(2)))
    .says("You left out the half: 1 + erf runs from 0 to 2.")
    .asks("From where to where must a share run?"),
    mistake("root-of-2-forgotten", of=lambda x: x * math.sqrt(2))
    .says("Inside erf you left out the division by √2: your bell curve is too narrow.")
    .asks("Which bell curve does erf belong to, and what is the standard deviation of that one?"),
    mistake("share-alone", times=torch.ones_like)
    .says("You returned the share of the bell curve itself, not x times it.")
    .asks("What should come out for x = 100?"),
)

GELU = Exercise(
    id="gelu",
    title="GELU",
    family=gate,
    returns={"result": "numbers"},
    probes=probes,
    examples=((torch.tensor([-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0]),),),
    properties=(
        FINITE,
        truth("wrong-far-from-0", _far_from_0)
        .right("Large numbers pass, and very negative ones become 0.")
        .says("Far from 0 it is not right: large numbers should pass, very negative ones become 0.")
        .asks("What are the shares of a bell curve that lie below 9 and below -9?"),
        truth("sides-do-not-match", _both_sides_differ_by_x)
        .right("What it does to x and to -x differs by x.")
        .says("What it does to x and what it does to -x do not differ by x.")
        .asks("The share below x and the share below -x: what do they add up to?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(*hides("relu", "root-of-2-forgotten", because="whether a number is positive does not depend on its size"),),
)
