"""Exercise: a feed-forward network read as keys and values."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from lmkit.check.exercise import Exercise, Misconception, Probe, Property, Twin
from lmkit.check.judging import judge
from lmkit.check.properties import FINITE, Probes, close
from lmkit.check.report import Report

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
    source = torch.Generator().manual_seed(seed)
    normal = partial(torch.randn, generator=source, dtype=torch.float32)
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


def _adds_up_to_the_layer(solve: Callable, probes: Probes) -> bool:
    for probe in probes:
        x, w_read, b_read, w_write = probe.args
        (each,) = solve(x, w_read, b_read, w_write)
        if not close(each.sum(dim=0), F.relu(x @ w_read + b_read) @ w_write, atol=1e-4):
            return False
    return True


def _silent_write_nothing(solve: Callable, probes: Probes) -> bool:
    """The row of a neuron that does not fire is 0."""
    x, w_read, b_read, w_write = probes[1].args
    (each,) = solve(x, w_read, b_read, w_write)
    silent = x @ w_read + b_read <= 0
    return bool((each[silent] == 0).all())


MISCONCEPTIONS = (
    Misconception(
        code="bias-forgotten",
        says="You left out the bias: each neuron has a threshold of its own.",
        asks="What does b_read do to a neuron whose key hardly matches x?",
        wrong={"bias": torch.zeros_like},
    ),
    Misconception(
        code="not-activated",
        says="You let each neuron write x · k + b as it is, below 0 too.",
        asks="A neuron whose key points away from x: what should it write?",
        wrong={"fire": lambda scores: scores},
    ),
    Misconception(
        code="gelu-for-relu",
        says="You used GELU where ReLU was asked for.",
        asks="What does each of the two let through of a score of -0.5?",
        wrong={"fire": F.gelu},
    ),
    Misconception(
        code="softmax-as-in-attention",
        says="You shared out among the neurons by softmax, as attention does among tokens.",
        asks="Must what one neuron says become less because another one fires?",
        wrong={"fire": lambda scores: scores.softmax(dim=-1)},
    ),
    Misconception(
        code="fires-or-not",
        says="You let each firing neuron write its whole value, however hard it fires.",
        asks="Two texts let a neuron fire with 0.1 and with 5. Should it write the same for both?",
        wrong={"fire": lambda scores: (scores > 0).to(scores.dtype) + 0 * scores},
    ),
    Misconception(
        code="keys-for-values",
        says="You added up keys: what comes out is made of what the neurons look for.",
        asks="Which of the two matrices says what a neuron writes, and is one row or one column of it a neuron?",
        wrong={"values": lambda w_read, w_write: w_read.T},
    ),
    Misconception(
        code="strengths-only",
        says="You returned how strongly the values are used, spread out, and not the values times it.",
        asks="What does a neuron with the value [0, 0, 0] contribute, however hard it fires?",
        wrong={"weigh": lambda fires, values: fires[:, None].expand_as(values)},
    ),
    Misconception(
        code="already-added-up",
        says="You added the neurons up: this is the output of the layer, not what each of them contributes to it.",
        asks="How many rows should come back, one for each of what?",
        wrong={"result": lambda each: each.sum(dim=0)},
    ),
    Misconception(
        code="axes-swapped",
        says="Your rows are numbers of the stream and your columns are neurons: it should be the other way round.",
        asks="One row should hold all that one neuron writes. How long is that?",
        wrong={"result": lambda each: each.T},
    ),
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
        Property(
            code="does-not-add-up",
            right="The contributions add up to what the layer gives.",
            says="The contributions do not add up to what the layer gives.",
            asks="Write the layer as a sum over its neurons. What is one term of that sum?",
            holds=_adds_up_to_the_layer,
        ),
        Property(
            code="silent-neurons-write",
            right="A neuron that does not fire contributes nothing.",
            says="The row of a neuron that does not fire is not 0.",
            asks="What comes out of ReLU for a neuron whose key points away from x?",
            holds=_silent_write_nothing,
        ),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        Twin(
            pair=("keys-for-values", "strengths-only"),
            seen_as=("strengths-only",),
            because="neither keys nor values are used",
        ),
    ),
)


def key_value_reading(student: Any, seed: int = 0) -> Report:
    """Check `key_value_reading(x, w_read, b_read, w_write) -> table`: what each neuron contributes, with ReLU.

    `x` is one vector of d_model numbers, `w_read` is [d_model, d_hidden], `w_write` [d_hidden, d_model]. Row i of
    the table is what neuron i adds to the output: its value, times how strongly it fires.
    """
    return judge(KEY_VALUE_READING, student, seed)
