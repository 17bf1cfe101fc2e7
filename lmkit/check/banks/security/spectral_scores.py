"""Exercise: the spectral signature of poisoned examples.

Check `spectral_scores(vectors)`: a score for each example, [example].

`vectors`, [example, d_model], are those of one class. Take their mean off; v is the direction along which what is left
spreads most, the first right singular vector. The score of an example is the square of its projection onto v.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, mistake, truth

Vectors = Float[Tensor, "example d_model"]


def _centre(vectors: Tensor) -> Tensor:
    return vectors - vectors.mean(dim=0)


def _first(centred: Tensor) -> Tensor:
    return torch.linalg.svd(centred, full_matrices=False).Vh[:1]


def _squared(centred: Tensor, directions: Tensor) -> Tensor:
    return ((centred @ directions.mT) ** 2).sum(dim=1)


def scores(
    vectors: Vectors,
    *,
    centre: Callable = _centre,
    direction: Callable = _first,
    score: Callable = _squared,
) -> Float[Tensor, "example"]:
    """((h - mean) · v)², with v the first right singular vector. The keywords are the switches."""
    centred = centre(vectors.detach())
    return score(centred, direction(centred))


def _of_length_1(centred: Tensor, directions: Tensor) -> Tensor:
    squared = _squared(centred, directions)
    return squared / squared.sum()


def probes(seed: int) -> Probes:
    """A few that lie apart, a mean far from 0, few examples of many numbers, directions that are nearly alike."""
    draws = Draws(seed)

    def of(says: str, n: int, d: int, apart: int, far: float, mean: float) -> Probe:
        vectors = draws.normal(n, d) * torch.linspace(1, 0.3, d) + mean * draws.normal(d)
        way = draws.normal(d)
        vectors[:apart] += far * way / way.norm()
        return Probe(says, (vectors[draws.order(n)],))

    return (
        of("when a few examples lie apart", 30, 6, 5, 6.0, 1.0),
        of("when the mean is far from 0", 24, 5, 4, 5.0, 12.0),
        of("when there are fewer examples than numbers", 6, 9, 2, 4.0, 2.0),
        of("when no example lies apart", 20, 4, 0, 0.0, 1.0),
    )


def _to_shift_all_changes_nothing(solve: Callable, probes: Probes) -> bool:
    (vectors,) = probes[0].args
    (before,), (after,) = solve(vectors), solve(vectors + 3.0)
    return torch.allclose(before.double(), after.double(), atol=1e-2)


def _twice_as_far_is_four_times_the_score(solve: Callable, probes: Probes) -> bool:
    (vectors,) = probes[0].args
    (before,), (after,) = solve(vectors), solve(2 * vectors)
    return torch.allclose(4 * before.double(), after.double(), rtol=1e-3, atol=1e-4)


MISCONCEPTIONS = (
    mistake("not-centred", centre=lambda vectors: vectors)
    .says("You did not take the mean off.")
    .asks("All vectors lie far from 0, close together. Along which direction is their sum of squares largest?"),
    mistake("centred-by-example", centre=lambda vectors: vectors - vectors.mean(dim=1, keepdim=True))
    .says("You took off each example's own mean. It should be the mean over the examples.")
    .asks("How many numbers does the mean vector of a class have?"),
    mistake("standardized", centre=lambda vectors: _centre(vectors) / vectors.std(dim=0))
    .says("You divided by the spread of each number.")
    .asks("After that every number spreads alike. What is the direction of the largest spread to tell then?"),
    mistake("last-direction", direction=lambda centred: torch.linalg.svd(centred, full_matrices=False).Vh[-1:])
    .says("You took the direction along which the vectors spread least.")
    .asks("In which order does `torch.linalg.svd` give the singular values?"),
    mistake("second-direction", direction=lambda centred: torch.linalg.svd(centred, full_matrices=False).Vh[1:2])
    .says("You took the second direction.")
    .asks("From which number does Python count?"),
    mistake("column-of-vh", direction=lambda centred: torch.linalg.svd(centred, full_matrices=True).Vh[:, :1].mT)
    .says("You took a column of Vh. Its singular vectors are its rows.")
    .asks("In X = U S Vh, what stands next to the first singular value: a row of Vh or a column?"),
    mistake("not-squared", score=lambda centred, directions: (centred @ directions.mT).abs().sum(dim=1))
    .says("Your scores are not squared.")
    .asks("An example lies twice as far out. By how much must its score grow?"),
    mistake("whole-length", direction=lambda centred: torch.eye(centred.shape[1], dtype=centred.dtype))
    .says("You measure the whole distance from the mean, in all directions.")
    .asks("In 64 directions there is much noise. In how many of them does the poison lie?"),
    mistake("singular-vector-only", score=_of_length_1)
    .says("Your scores add up to 1: that is the left singular vector, without its singular value.")
    .asks("If a class spreads ten times as much, do your scores show it?"),
)

_FLAT = torch.tensor([[3.0, 1.0], [-3.0, 1.0], [0.0, 2.0], [0.0, 0.0]])

SPECTRAL_SCORES = Exercise(
    id="spectral_scores",
    title="A spectral signature",
    family=scores,
    returns={"scores": "example"},
    probes=probes,
    examples=(
        (_FLAT,),
        (_FLAT + torch.tensor([0.0, 5.0]),),
        (torch.tensor([[4.0, 0.0, 1.0], [-4.0, 1.0, 1.0], [0.0, 2.0, 4.0]]),),
    ),
    properties=(
        truth("shift-matters", _to_shift_all_changes_nothing)
        .right("To shift all vectors alike changes no score.")
        .says("Your scores change when all vectors are shifted alike.")
        .asks("What must be taken off before directions are compared?"),
        truth("not-quadratic", _twice_as_far_is_four_times_the_score)
        .right("Twice the distances are four times the scores.")
        .says("With all distances doubled, your scores are not four times as large.")
        .asks("Which power of a distance is the score?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
