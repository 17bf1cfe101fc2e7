"""Exercise: build by hand a head that looks at the token before. Many answers are right.

Check `previous_token_head(n) -> (query, key)`, two matrices [position, d_head] with any d_head.

softmax(QKᵀ/√d_head + causal mask) must put at least 0.99 of each row t ≥ 1 on token t - 1.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from lmkit.check.bank import FINITE, Exercise, Probe, Probes, Stopped, always, general, hides, mistake, unpacked

SHARP = 0.99
NOWHERE = -1

Vectors = Float[Tensor, "position d_head"]
Weights = Float[Tensor, "query key"]


def one_hot_positions(
    n: int,
    *,
    target: Callable = lambda position: position - 1,
    size: Callable = lambda n: 16 * math.sqrt(n),
) -> tuple[Tensor, Tensor]:
    """Each position has a direction of its own; a query points along that of its target."""
    directions = torch.eye(n)
    wanted = target(torch.arange(n)).clamp(min=-1)  # position 0 has nothing before it
    has_target = (wanted >= 0) & (wanted < n)
    query = size(n) * torch.where(has_target[:, None], directions[wanted % n], 0.0)
    return looks(query, directions)


def looks(query: Vectors, key: Vectors) -> tuple[Weights, Bool[Tensor, ""]]:
    """The weights under the causal mask, and whether the head would look at the next token without it."""
    scores = query.double() @ key.double().T / math.sqrt(query.shape[-1])  # (query, key)
    past = torch.ones(scores.shape, dtype=torch.bool).tril()
    next_token = torch.arange(1, len(scores))
    aims_ahead = where_it_looks(scores.softmax(dim=-1))[:-1] == next_token
    return scores.masked_fill(~past, -torch.inf).softmax(dim=-1), aims_ahead.all()


def weights_of(student: Callable, n: int) -> tuple[Weights, Bool[Tensor, ""]]:
    """The weights of the head that the student's vectors make."""
    return looks(*_demand_vectors(unpacked(student(n), ("query", "key")), n))


def _demand_vectors(vectors: tuple[Any, ...], n: int) -> tuple[Tensor, ...]:
    vectors = tuple(torch.tensor(given.tolist()) if isinstance(given, np.ndarray) else given for given in vectors)
    for name, matrix in zip(("query", "key"), vectors, strict=True):
        if not isinstance(matrix, Tensor):
            raise Stopped(general.wrong_type(matrix, f"a tensor of torch as {name}"))
        if matrix.ndim != 2 or len(matrix) != n:
            raise Stopped(general.wrong_shape(name, str(list(matrix.shape)), f"[{n}, d_head] for n = {n}"))
    query, key = vectors
    if query.shape != key.shape:
        wanted = f"{list(query.shape)}, as long as those of your query, for n = {n}"
        raise Stopped(general.wrong_shape("key", str(list(key.shape)), wanted))
    return query.double(), key.double()


def where_it_looks(weights: Weights) -> Int[Tensor, "query"]:
    """For each query the key that gets most weight; NOWHERE when no key is clearly ahead of the next."""
    best = weights.topk(2, dim=-1)
    clear = best.values[:, 0] > 1.05 * best.values[:, 1]
    return torch.where(clear, best.indices[:, 0], NOWHERE)


def behavior(results: tuple) -> tuple:
    """What counts: where queries 2 and later look, and whether sharply; or else that the head aims ahead.

    Queries 0 and 1 have too little past to tell one habit from another. What a head that aims ahead does with
    the past is chance.
    """
    weights, aims_ahead = results
    looks_at = where_it_looks(weights)[2:]
    if aims_ahead and not torch.equal(looks_at, torch.arange(1, len(weights) - 1)):
        return (aims_ahead,)
    return looks_at, (weights[2:].amax(dim=-1) >= SHARP).all()


def probes(seed: int) -> Probes:
    """Two short lengths, and one that asks for more strength than they do."""
    return tuple(Probe(f"for n = {n}", (n,)) for n in (7, 5 + seed % 2 * 5, 40))


def _looks_back_sharply(args: tuple, weights: Weights, aims_ahead: Tensor) -> bool:
    return bool((weights.diagonal(offset=-1) >= SHARP).all())


def _looks_back_most(args: tuple, weights: Weights, aims_ahead: Tensor) -> bool:
    return torch.equal(where_it_looks(weights)[1:], torch.arange(len(weights) - 1))


MISCONCEPTIONS = (
    mistake("looks-at-itself", target=lambda position: position)
    .says("Your head looks at the token itself.")
    .asks('Key s says "I am s". Query t should ask for another position than its own: for which?'),
    mistake("looks-ahead", target=lambda position: position + 1)
    .says("Your head asks for the next token, which the mask hides. What it sees instead is chance.")
    .asks("Which row of `query` meets which row of `key`, and which of the two have you moved by one?"),
    mistake("looks-at-the-first", target=lambda position: position * 0)
    .says("Your head looks at the first token, from wherever it stands.")
    .asks("What changes in your matrices from one query to the next, and does it change which key fits best?"),
    mistake("looks-two-back", target=lambda position: position - 2)
    .says("Your head looks two tokens back.")
    .asks("Counted from 0, which row of `query` belongs to token 3, and which key does that row point at?"),
    mistake("too-soft", size=lambda n: 1.5)
    .says("Your head is too soft: there are rows in which no key gets as much as 0.99.")
    .asks(
        "Softmax sees differences between scores. How large must a difference be for a share of 0.99, and what in your "
        "vectors makes it larger?"
    ),
    mistake("does-not-grow", size=lambda n: 25.0)
    .says("Your head is sharp among few tokens, and too soft among 40.")
    .asks("How many keys compete for the last row, and is there anything in your vectors that grows with `n`?"),
)

PREVIOUS_TOKEN_HEAD = Exercise(
    id="previous_token_head",
    title="A head made by hand: look at the token before",
    family=one_hot_positions,
    returns={"weights": "query key", "aim at the next token": ""},
    probes=probes,
    examples=((4,),),
    properties=(
        FINITE,
        always("not-the-previous-token", _looks_back_most)
        .right("Each token looks most at the token before.")
        .says("Not every token from token 1 on looks most at the token before it.")
        .asks("Look at the first row below that is wrong. What does its query point at?"),
        always("less-than-0.99", _looks_back_sharply)
        .right("It gives that token at least 0.99 of its attention.")
        .says("Some tokens give the token before them less than 0.99 of their attention.")
        .asks("Which other key gets the rest, and how far apart are the two scores?"),
    ),
    misconceptions=MISCONCEPTIONS,
    view=behavior,
    twins=(
        *hides(
            "looks-ahead",
            "too-soft does-not-grow",
            because="the mask hides the target, and what is left is even, however long the vectors are",
        ),
    ),
    observe=weights_of,
)
