"""Exercise: can one head hear another?

Check `composition_score(sender_ov, receiver_key)`: one number from 0 to 1.

`sender_ov` is [d_model, d_model], what the earlier head makes of what it reads, as rows: x becomes x @ sender_ov.
`receiver_key` is [d_model, d_head]: the later head's keys are x @ receiver_key. The score is the Frobenius norm of the
product, divided by the Frobenius norms of both.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, mistake, truth


def composition(
    sender_ov: Float[Tensor, "d_model d_model"],
    receiver_key: Float[Tensor, "d_model d_head"],
    *,
    join: Callable = lambda ov, key: ov @ key,
    size: Callable = torch.linalg.matrix_norm,
    scale: Callable = lambda ov, key: ov * key,
) -> Float[Tensor, "..."]:
    """The norm of the product over the product of the norms. The keywords are the switches."""
    return size(join(sender_ov, receiver_key)) / scale(size(sender_ov), size(receiver_key))


def _sum_of_sizes(matrix: Tensor) -> Tensor:
    return matrix.abs().sum()


def _largest_singular_value(matrix: Tensor) -> Tensor:
    return torch.linalg.matrix_norm(matrix, ord=2)


def _squared(matrix: Tensor) -> Tensor:
    return torch.linalg.matrix_norm(matrix).square()


def probes(seed: int) -> Probes:
    """Matrices of low rank, as heads have them, of very unlike sizes."""
    draws = Draws(seed)

    def of(says: str, d_model: int, d_head: int, sizes: tuple[float, float]) -> Probe:
        ov = draws.normal(d_model, d_head) @ draws.normal(d_head, d_model)
        return Probe(says, (sizes[0] * ov, sizes[1] * draws.normal(d_model, d_head)))

    return (
        of("for small heads", 6, 2, (1.0, 1.0)),
        of("for a sender that writes little", 8, 3, (0.05, 2.0)),
        of("for a wide receiver", 5, 4, (3.0, 0.2)),
    )


def _size_does_not_matter(solve: Callable, probes: Probes) -> bool:
    ov, key = probes[0].args
    (one,), (other,) = solve(ov, key), solve(5.0 * ov, key / 3)
    return one.shape == other.shape and torch.allclose(one.double(), other.double(), atol=1e-4)


def _what_is_not_read_is_0(solve: Callable, probes: Probes) -> bool:
    ov, key = (part.clone() for part in probes[0].args)
    ov[:, 3:] = 0  # writes into the first three numbers of the stream
    key[:3] = 0  # which the other does not read
    return bool(solve(ov, key)[0].double().abs().max() < 1e-5)


def _is_from_0_to_1(args: tuple, result: Tensor) -> bool:
    return bool(((result >= 0) & (result <= 1 + 1e-5)).all())


MISCONCEPTIONS = (
    mistake("not-divided", scale=lambda ov, key: torch.ones(()))
    .says("You did not divide by the sizes: a large head scores high with everybody.")
    .asks("Double all weights of the sender. Does it fit the receiver any better?"),
    mistake("divided-by-sender", scale=lambda ov, key: ov)
    .says("You divided by the size of the sender only.")
    .asks("What happens to your score if the receiver's matrix is doubled?"),
    mistake("divided-by-receiver", scale=lambda ov, key: key)
    .says("You divided by the size of the receiver only.")
    .asks("What happens to your score if the sender's matrix is doubled?"),
    mistake("divided-by-the-sum", scale=lambda ov, key: ov + key)
    .says("You divided by the sum of both sizes, not by their product.")
    .asks("If both matrices are doubled, by how much does the product grow, and by how much your sum?"),
    mistake("other-way-round", join=lambda ov, key: ov.mT @ key)
    .says("You turned the sender on its side: you compare what it reads with what the other reads.")
    .asks("In x @ sender_ov, which axis of the matrix is what comes out?"),
    mistake("largest-singular-value", size=_largest_singular_value)
    .says("You took the spectral norm, which knows the largest direction only.")
    .asks("The Frobenius norm is the root of the sum of which squares?"),
    mistake("sizes-added", size=_sum_of_sizes)
    .says("You added up the sizes of all entries in place of their squares.")
    .asks("How long is the vector (3, 4)?"),
    mistake("root-forgotten", size=_squared)
    .says("You left out the root: all three norms are squared.")
    .asks("The squares of (3, 4) add up to 25. How long is the vector?"),
)

COMPOSITION_SCORE = Exercise(
    id="composition_score",
    title="Can one head hear another?",
    family=composition,
    returns={"score": ""},
    probes=probes,
    examples=(
        (torch.tensor([[0.0, 3.0], [0.0, 0.0]]), torch.tensor([[1.0], [2.0]])),
        (torch.tensor([[1.0, 2.0], [2.0, 0.0]]), torch.tensor([[2.0], [1.0]])),
        (torch.tensor([[1.0, 2.0], [0.0, 4.0]]), torch.tensor([[1.0, 0.0], [3.0, 1.0]])),
    ),
    properties=(
        FINITE,
        truth("size-matters", _size_does_not_matter)
        .right("How large the weights are does not matter.")
        .says("Your score changes when all weights of a head are made larger or smaller.")
        .asks("By what does the product grow when the sender's weights are doubled, and by what do you divide?"),
        truth("unread-is-not-0", _what_is_not_read_is_0)
        .right("Where the one writes nothing that the other reads, the score is 0.")
        .says("The sender writes only what the receiver does not read, and your score is not 0.")
        .asks("Which axis of sender_ov is what it writes, and which axis of receiver_key is what is read?"),
        always("not-from-0-to-1", _is_from_0_to_1)
        .right("The score lies between 0 and 1.")
        .says("Your score is not between 0 and 1.")
        .asks("How large can the norm of a product be, at most, by the norms of both?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
