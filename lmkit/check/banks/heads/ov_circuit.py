"""Exercise: what a head would do to the prediction, from its weights alone.

Check `ov_circuit(embed, value, output, unembed)`: by how much looking at each token raises each token's logit, [token,
logit].

`embed` is [token, d_model]; `value` [d_model, d_head] and `output` [d_head, d_model] are the head's; `unembed` is
[d_model, vocab]. Row i says what the head would write if it looked at token i alone.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, mistake, truth


def circuit(
    embed: Float[Tensor, "token d_model"],
    value: Float[Tensor, "d_model d_head"],
    output: Float[Tensor, "d_head d_model"],
    unembed: Float[Tensor, "d_model vocab"],
    *,
    read: Callable = lambda embed, value: embed @ value,
    write: Callable = lambda read, output: read @ output,
    stays: Callable = lambda written, embed: written,
    shape: Callable = lambda logits: logits,
) -> Float[Tensor, "..."]:
    """E W_V W_O W_U. The keywords are the switches."""
    return shape(stays(write(read(embed, value), output), embed) @ unembed)


def _filled_up(read: Tensor, output: Tensor) -> Tensor:
    """The value as it is, with zeros to the width of the stream."""
    return torch.nn.functional.pad(read, (0, output.shape[1] - read.shape[1]))


def probes(seed: int) -> Probes:
    """As many logits as tokens, so that a matrix lies on its side unseen by shape; narrow heads."""
    draws = Draws(seed)

    def of(says: str, vocab: int, d_model: int, d_head: int) -> Probe:
        sizes = ((vocab, d_model), (d_model, d_head), (d_head, d_model), (d_model, vocab))
        return Probe(says, tuple(draws.normal(*size) / 2 for size in sizes))

    return (
        of("for a head of two numbers", 5, 4, 2),
        of("for more tokens than the stream has numbers", 9, 6, 3),
        of("for a head of one number", 4, 5, 1),
    )


def _has_no_higher_rank_than_the_head(solve: Callable, probes: Probes) -> bool:
    _, value, *_ = probes[1].args
    (found,) = solve(*probes[1].args)
    return found.ndim == 2 and bool(torch.linalg.matrix_rank(found.double(), rtol=1e-5) <= value.shape[1])


def _one_token_is_its_row(solve: Callable, probes: Probes) -> bool:
    embed, *others = probes[0].args
    whole, one = solve(embed, *others)[0], solve(embed[2:3], *others)[0]
    return whole.ndim == one.ndim == 2 and len(one) == 1 and torch.allclose(whole[2:3], one, atol=1e-4)


MISCONCEPTIONS = (
    mistake("output-transposed", write=lambda read, output: read @ output.reshape(output.shape[::-1]).mT)
    .says("You turned the output matrix on its side with reshape or view, which mixes its numbers.")
    .asks("Which of `.mT` and `.reshape` keeps each number in its row and column, and do you need either?"),
    mistake("stream-added", stays=lambda written, embed: written + embed)
    .says("You added the token's own vector: that is the whole stream, not what the head writes.")
    .asks("Which part of the logits would be there without this head?"),
    mistake("value-only", write=_filled_up)
    .says("You left the output matrix out.")
    .asks("A value has d_head numbers, and the stream has d_model. Who brings the one into the other?"),
    mistake("softmaxed", shape=lambda logits: logits.softmax(dim=-1))
    .says("You made probabilities of it; asked is by how much logits rise.")
    .asks("A head adds to logits, beside all others. When is the softmax taken, and of what?"),
    mistake("turned", shape=lambda logits: logits.mT)
    .says("Rows and columns are swapped: row i must say what looking at token i does.")
    .asks("Which axis comes from `embed`, and which from `unembed`?"),
    mistake("diagonal-only", shape=lambda logits: logits.diag())
    .says("You kept what each token does to itself only.")
    .asks("May looking at one token raise another?"),
    mistake("centered-tokens", read=lambda embed, value: (embed - embed.mean(dim=0)) @ value)
    .says("You took the mean over all tokens away. Row i then depends on every token there is.")
    .asks("What does the head read if it looks at token i alone?"),
)

OV_CIRCUIT = Exercise(
    id="ov_circuit",
    title="What looking at a token does",
    family=circuit,
    returns={"logits": "token vocab"},
    probes=probes,
    examples=(
        (torch.eye(2), torch.tensor([[1.0], [0.0]]), torch.tensor([[0.0, 2.0]]), torch.eye(2)),
        (
            torch.eye(2),
            torch.tensor([[1.0], [3.0]]),
            torch.tensor([[1.0, -1.0]]),
            torch.tensor([[1.0, 2.0], [0.0, 1.0]]),
        ),
        (
            torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [2.0, 0.0, 0.0]]),
            torch.tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 1.0]]),
            torch.tensor([[0.0, 1.0, 3.0], [1.0, 0.0, 0.5]]),
            torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [0.5, 0.0, 1.0]]),
        ),
    ),
    properties=(
        FINITE,
        truth("rank-too-high", _has_no_higher_rank_than_the_head)
        .right("However many tokens there are, the rank is at most d_head.")
        .says("Your matrix has a higher rank than the head is wide.")
        .asks("All that the head knows of a token must pass through how many numbers?"),
        truth("rows-hear-each-other", _one_token_is_its_row)
        .right("Each row depends on its own token only.")
        .says("What looking at one token does changes with the other tokens that are there.")
        .asks("Row i is about token i. Where do the other tokens come into your formula?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
