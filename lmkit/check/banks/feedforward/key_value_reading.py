"""Exercise: a feed-forward network read as keys and values.

Check `key_value_reading(x, w_read, b_read, w_write) -> table`: what each neuron contributes, with ReLU.

`x` is one vector of d_model numbers, `w_read` is [d_model, d_hidden], `w_write` [d_hidden, d_model]. Row i of
the table is what neuron i adds to the output: its value, times how strongly it fires.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, close, hides, mistake, truth

Vector = Float[Tensor, " d_model"]


def contributions(
    x: Vector,
    w_read: Float[Tensor, "d_model d_hidden"],
    b_read: Float[Tensor, " d_hidden"],
    w_write: Float[Tensor, "d_hidden d_model"],
    *,
    bias: Callable = lambda b_read: b_read,
    fire: Callable = F.relu,
    values: Callable = lambda w_read, w_write: w_write,
    weigh: Callable = lambda fires, values: fires[:, None] * values,
    result: Callable = lambda each: each,
) -> Tensor:
    """f(x · k + b) times v, neuron by neuron. The keywords are the switches."""
    fires = fire(x @ w_read + bias(b_read))  # (d_hidden)
    return result(weigh(fires, values(w_read, w_write)))


def probes(seed: int) -> Probes:
    """Four numbers and seven neurons, then five and nine, then three large ones and eleven."""
    normal = Draws(seed).normal
    return (
        Probe("without a bias", (normal(4), normal(4, 7) / 2, torch.zeros(7), normal(7, 4) / 3)),
        Probe("with a bias", (normal(5), normal(5, 9) / math.sqrt(5), normal(9), normal(9, 5) / 3)),
        Probe("for large numbers", (30 * normal(3), normal(3, 11), normal(11), 30 * normal(11, 3))),
    )


_EXAMPLE = (
    torch.tensor([1.0, 2.0]),
    torch.tensor([[1.0, 0.0, -1.0], [1.0, 1.0, 0.0]]),
    torch.tensor([0.0, -1.0, 0.0]),
    torch.tensor([[10.0, 20.0], [30.0, 40.0], [50.0, 60.0]]),
)


def _adds_up_to_the_layer(args: tuple, each: Tensor) -> bool:
    x, w_read, b_read, w_write = args
    return close(each.sum(dim=0), F.relu(x @ w_read + b_read) @ w_write, atol=1e-4)


def _silent_write_nothing(solve: Callable, probes: Probes) -> bool:
    """The row of a neuron that does not fire is 0."""
    x, w_read, b_read, w_write = probes[1].args
    (each,) = solve(x, w_read, b_read, w_write)
    silent = x @ w_read + b_read <= 0
    return bool((each[silent] == 0).all())


MISCONCEPTIONS = (
    mistake("bias-forgotten", bias=torch.zeros_like)
    .says("You left out the bias: each neuron has a threshold of its own.")
    .asks("What does b_read do to a neuron whose key hardly matches x?"),
    mistake("not-activated", fire=lambda scores: scores)
    .says("You let each neuron write x · k + b as it is, below 0 too.")
    .asks("A neuron whose key points away from x: what should it write?"),
    mistake("gelu-for-relu", fire=F.gelu)
    .says("You used GELU where ReLU was asked for.")
    .asks("What does each of the two let through of a score of -0.5?"),
    mistake("softmax-as-in-attention", fire=lambda scores: scores.softmax(dim=-1))
    .says("You shared out among the neurons by softmax, as attention does among tokens.")
    .asks("Must what one neuron says become less because another one fires?"),
    mistake("fires-or-not", fire=lambda scores: (scores > 0).to(scores.dtype) + 0 * scores)
    .says("You let each firing neuron write its whole value, however hard it fires.")
    .asks("Two texts let a neuron fire with 0.1 and with 5. Should it write the same for both?"),
    mistake("keys-for-values", values=lambda w_read, w_write: w_read.T)
    .says("You added up keys: what comes out is made of what the neurons look for.")
    .asks("Which of the two matrices says what a neuron writes, and is one row or one column of it a neuron?"),
    mistake("strengths-only", weigh=lambda fires, values: fires[:, None].expand_as(values))
    .says("You returned how strongly the values are used, spread out, and not the values times it.")
    .asks("What does a neuron with the value [0, 0, 0] contribute, however hard it fires?"),
    mistake("already-added-up", result=lambda each: each.sum(dim=0))
    .says("You added the neurons up: this is the output of the layer, not what each of them contributes to it.")
    .asks("How many rows should come back, one for each of what?"),
    mistake("axes-swapped", result=lambda each: each.T)
    .says("Your rows are numbers of the stream and your columns are neurons: it should be the other way round.")
    .asks("One row should hold all that one neuron writes. How long is that?"),
)

KEY_VALUE_READING = Exercise(
    id="key_value_reading",
    title="Neurons as keys and values",
    family=contributions,
    returns={"table of contributions": "d_hidden d_model"},
    probes=probes,
    examples=(_EXAMPLE,),
    properties=(
        FINITE,
        always("does-not-add-up", _adds_up_to_the_layer)
        .right("The contributions add up to what the layer gives.")
        .says("The contributions do not add up to what the layer gives.")
        .asks("Write the layer as a sum over its neurons. What is one term of that sum?"),
        truth("silent-neurons-write", _silent_write_nothing)
        .right("A neuron that does not fire contributes nothing.")
        .says("The row of a neuron that does not fire is not 0.")
        .asks("What comes out of ReLU for a neuron whose key points away from x?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(*hides("strengths-only", "keys-for-values", because="neither keys nor values are used"),),
)
