"""Exercise: the feed-forward network, from a vector to what is added to the stream.

Check `feed_forward(x, w_read, b_read, w_write, b_write) -> output`, with the exact GELU.

`x` and the output have the axes [batch, position, d_model]; `w_read` is [d_model, d_hidden], `w_write`
[d_hidden, d_model], each used as x @ W.
"""

import math
from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, close, mistake, truth, uneven

Stream = Float[Tensor, "batch position d_model"]
Hidden = Float[Tensor, "batch position d_hidden"]


def transform(
    x: Stream,
    w_read: Float[Tensor, "d_model d_hidden"],
    b_read: Float[Tensor, " d_hidden"],
    w_write: Float[Tensor, "d_hidden d_model"],
    b_write: Float[Tensor, " d_model"],
    *,
    seen: Callable = lambda x: x,
    read_bias: Callable = lambda bias: bias,
    activate: Callable = F.gelu,
    kept: Callable = lambda hidden, d_model: hidden,
    write_bias: Callable = lambda bias: bias,
    after: Callable = lambda written: written,
    stream: Callable = lambda written, x: written,
) -> Stream:
    """gelu(x @ w_read + b_read) @ w_write + b_write. The keywords are the switches."""
    hidden = kept(activate(seen(x) @ w_read + read_bias(b_read)), x.shape[-1])  # (batch, position, d_hidden)
    written = hidden @ w_write + write_bias(b_write)  # (batch, position, d_model)
    return stream(after(written), x)


def probes(seed: int) -> Probes:
    """Networks of 11, 14 and 13 neurons: all sizes differ. Inputs of several sizes, so that each curve shows."""
    normal = Draws(seed).normal
    small = (1.5 * normal(3, 4, 5), normal(5, 11) / math.sqrt(5), torch.zeros(11), normal(11, 5) / 3, torch.zeros(5))
    large = (1.5 * normal(2, 5, 6), normal(6, 14) / math.sqrt(6), normal(14) / 2, normal(14, 6) / 4, normal(6) / 2)
    wide = (uneven(normal(2, 3, 3)), normal(3, 13), normal(13), normal(13, 3) / 4, normal(3))
    return Probe("without biases", small), Probe("with biases", large), Probe("for large and small vectors", wide)


_EXAMPLE = (
    torch.tensor([[[1.0, -1.0], [2.0, 0.0]]]),
    torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]),
    torch.tensor([0.0, 1.0, -1.0]),
    torch.tensor([[1.0, -1.0], [2.0, 0.0], [3.0, -2.0]]),
    torch.tensor([0.5, -0.5]),
)


def _per_position(solve: Callable, probes: Probes) -> bool:
    """Change one token of one text; only its own output may change."""
    x, *weights = probes[1].args
    here = torch.zeros(x.shape[:2], dtype=torch.bool)
    here[1, 2] = True
    (before,), (after,) = solve(x, *weights), solve(torch.where(here[..., None], -x, x), *weights)
    return torch.allclose(before[~here], after[~here], atol=1e-6) and not torch.allclose(before[here], after[here])


def _sum_over_neurons(solve: Callable, probes: Probes) -> bool:
    """A network of all neurons is one of the first half plus one of the second half, without the bias of `write`."""
    x, w_read, b_read, w_write, b_write = probes[1].args
    zero, half = torch.zeros_like(b_write), len(b_read) // 2
    parts = [
        solve(x, w_read[:, cut], b_read[cut], w_write[cut], zero)[0] for cut in (slice(0, half), slice(half, None))
    ]
    (whole,) = solve(x, w_read, b_read, w_write, zero)
    return close(parts[0] + parts[1], whole, atol=1e-4)


def _first_d_model(hidden: Hidden, d_model: int) -> Hidden:
    """Only as many neurons as the vector has numbers, the first ones."""
    return hidden * (torch.arange(hidden.shape[-1]) < d_model)


MISCONCEPTIONS = (
    mistake("mixes-positions", seen=lambda x: (x + x.mean(dim=1, keepdim=True)) / 2)
    .says("Your tokens influence one another: each is averaged with the others before it is read.")
    .asks("Which part of a block moves something from token to token, and is it this one?"),
    mistake("read-bias-forgotten", read_bias=torch.zeros_like)
    .says("You left out b_read.")
    .asks("Which of the arguments does your code never use?"),
    mistake("no-activation", activate=lambda hidden: hidden)
    .says("There is nothing between your two matrices: they could be multiplied into a single one.")
    .asks("If f is missing, what is feed_forward(x + y) compared with feed_forward(x) and feed_forward(y)?"),
    mistake("relu-for-gelu", activate=F.relu)
    .says("You used ReLU where GELU was asked for.")
    .asks("What does each of the two say about an input of -0.5?"),
    mistake("gelu-by-tanh", activate=partial(F.gelu, approximate="tanh"))
    .says("Your GELU is the approximation by tanh.")
    .asks(
        "The exact GELU has an area under a bell curve in it. Which argument of the function that you called chooses "
        "between the two?"
    ),
    mistake("sigmoid-for-gelu", activate=torch.sigmoid)
    .says("You used a sigmoid: no neuron can then say more than 1.")
    .asks("If an input is twice as large and positive, what should about happen to what the neuron says?"),
    mistake("too-few-neurons", kept=_first_d_model)
    .says("Only as many neurons work as x has numbers; the others write nothing.")
    .asks("How many columns has w_read, and how many rows has w_write? Who is not heard?"),
    mistake("write-bias-forgotten", write_bias=torch.zeros_like)
    .says("You left out b_write.")
    .asks("If no neuron fires at all, what should come out?"),
    mistake("activation-at-the-end", after=F.gelu)
    .says("You applied GELU to the result.")
    .asks("What you return is added to the stream. How far down can it take a number there?"),
    mistake("relu-at-the-end", after=F.relu)
    .says("You applied ReLU to the result: nothing of what you return is negative.")
    .asks("What you return is added to the stream. Can a number there ever become smaller again?"),
    mistake("residual-inside", stream=lambda written, x: written + x)
    .says("You added x to the result. That is the block's task.")
    .asks("In a block, x + feed_forward(norm(x)): how often is the stream added when the network does it too?"),
)

FEED_FORWARD = Exercise(
    id="feed_forward",
    title="The feed-forward network",
    family=transform,
    returns={"output": "batch position d_model"},
    probes=probes,
    examples=(_EXAMPLE,),
    properties=(
        FINITE,
        truth("tokens-meet", _per_position)
        .right("Each token is transformed on its own.")
        .says("Changing one token changes the output at others, or not at itself.")
        .asks("Which step of yours has more than one token in its hands?"),
        truth("not-a-sum-over-neurons", _sum_over_neurons)
        .right("The result is the sum of what the neurons write.")
        .says("Half of the neurons and the other half do not add up to all of them.")
        .asks("After each neuron has written its part, is there a step that acts on the sum?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
