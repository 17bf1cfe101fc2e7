"""Exercise: one step of a softmax that has not seen all scores yet.

Check `online_softmax(largest, total, mixed, scores, values) -> (largest, total, mixed)`.

A query has read some keys. `largest` is the largest score so far, [query]; `total` the sum of exp(score - largest)
over them, [query]; `mixed` the sum of exp(score - largest) times the value, [query, d]. Now come `scores` of a few more
keys, [query, key], and their `values`, [key, d]. Return the three as they are when these are counted in. Dividing
`mixed` by `total` at the very end gives the attention of all keys.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, close, hides, mistake, truth

State = tuple[Float[Tensor, "query"], Float[Tensor, "query"], Float[Tensor, "query d"]]


def step(
    largest: Float[Tensor, "query"],
    total: Float[Tensor, "query"],
    mixed: Float[Tensor, "query d"],
    scores: Float[Tensor, "query key"],
    values: Float[Tensor, "key d"],
    *,
    new_largest: Callable = lambda before, of_tile: before.maximum(of_tile),
    shrink: Callable = lambda before, now: (before - now).exp(),
    of_total: Callable = lambda shrink: shrink,
    of_mixed: Callable = lambda shrink: shrink,
    reference: Callable = lambda before, now: now,
    divided: bool = False,
) -> State:
    """Shrink what was added up under the old maximum, and add the new keys under the new one. Keywords: switches."""
    now = new_largest(largest, scores.amax(dim=-1))
    weights = (scores - reference(largest, now)[:, None]).exp()
    factor = shrink(largest, now)
    total = total * of_total(factor) + weights.sum(dim=-1)
    mixed = mixed * of_mixed(factor)[:, None] + weights @ values
    return now, total, mixed / total[:, None] if divided else mixed


def _state_after(scores: Float[Tensor, "query key"], values: Float[Tensor, "key d"]) -> State:
    largest = scores.amax(dim=-1)
    weights = (scores - largest[:, None]).exp()
    return largest, weights.sum(dim=-1), weights @ values


def probes(seed: int) -> Probes:
    """A larger score comes, none does, and both in one."""
    draw = Draws(seed)
    cases = (
        ("when a larger score comes", 4.0, (3, 2, 4)),
        ("when no larger score comes", -4.0, (5, 3, 2)),
        ("when it differs from query to query", torch.tensor([[3.0], [-3.0], [2.0], [-2.0]]), (4, 4, 3)),
    )
    made = []
    for says, shift, (n_query, n_key, d) in cases:
        state = _state_after(draw.normal(n_query, 5), draw.normal(5, d))
        made.append(Probe(says, (*state, draw.normal(n_query, n_key) + shift, draw.normal(n_key, d))))
    return tuple(made)


def _goes_on(state: tuple) -> State:
    """Give a state to the next step as the first one was given, whatever type of number came back."""
    return tuple(part.float() for part in state)


def _any_order(solve: Callable, probes: Probes) -> bool:
    """Two tiles, then the softmax, are attention; in the other order too."""
    *state, scores, values = probes[2].args
    more = scores.flip(0) + 1
    ends = []
    for first, second in ((scores, more), (more, scores)):
        _, total, mixed = solve(*_goes_on(solve(*state, first, values)), second, values)
        ends.append(mixed / total[:, None])
    return close(*ends, atol=1e-4)


def _is_attention(solve: Callable, probes: Probes) -> bool:
    *_, scores, values = probes[2].args
    state = torch.full((4,), -torch.inf), torch.zeros(4), torch.zeros(4, 3)
    for key in range(scores.shape[1]):
        state = _goes_on(solve(*state, scores[:, key : key + 1], values[key : key + 1]))
    return close(state[2] / state[1][:, None], scores.softmax(dim=-1) @ values, atol=1e-4)


MISCONCEPTIONS = (
    mistake("largest-of-the-tile", new_largest=lambda before, of_tile: of_tile)
    .says("Your largest score is that of the new keys alone.")
    .asks("If the new scores are all small, which one is the largest that the query has seen?"),
    mistake("largest-never-changes", new_largest=lambda before, of_tile: before)
    .says("Your largest score stays what it was.")
    .asks("A score comes that is larger than all before. What does exp(score - largest) become?"),
    mistake("old-sum-not-shrunk", of_total=torch.ones_like)
    .says("`total` was added up under the old maximum, and you added the new keys as if it were still that.")
    .asks("Every term of the old sum is exp(score - old). By what must it be multiplied to be exp(score - new)?"),
    mistake("old-mix-not-shrunk", of_mixed=torch.ones_like)
    .says("`mixed` was added up under the old maximum, and you left it as it is.")
    .asks("`mixed` and `total` are divided by each other at the end. Must they be under the same maximum?"),
    mistake("grows-in-place-of-shrinking", shrink=lambda before, now: (now - before).exp())
    .says("You multiply what was there by exp(new - old).")
    .asks("A larger score has come. Do the old keys count for more now, or for less?"),
    mistake("shrunk-without-exp", shrink=lambda before, now: before - now)
    .says("You multiply what was there by the difference of the maxima.")
    .asks("exp(a - b) = exp(a) · exp(-b). Where is the exponential in your factor?"),
    mistake("new-keys-under-the-old-maximum", reference=lambda before, now: before)
    .says("You count the new keys under the old maximum.")
    .asks("Which maximum belongs to the sum that you return?"),
    mistake("new-keys-under-none", reference=lambda before, now: torch.zeros_like(now))
    .says("You took exp of the new scores as they are.")
    .asks("What is exp(100) in 32 bits, and what is subtracted so that this never happens?"),
    mistake("divided-too-early", divided=True)
    .says("You divided by `total` in this step already.")
    .asks("More keys will come. What must be added to a mixture that is already an average?"),
)

ONLINE_SOFTMAX = Exercise(
    id="online_softmax",
    title="A softmax that goes on",
    family=step,
    returns={"largest": "query", "total": "query", "mixed": "query d"},
    probes=probes,
    examples=(
        (
            torch.tensor([1.0]),
            torch.tensor([1.0]),
            torch.tensor([[2.0]]),
            torch.tensor([[2.0]]),
            torch.tensor([[4.0]]),
        ),
        (
            torch.tensor([2.0]),
            torch.tensor([1.5]),
            torch.tensor([[1.0]]),
            torch.tensor([[1.0]]),
            torch.tensor([[3.0]]),
        ),
    ),
    properties=(
        FINITE,
        truth("not-attention", _is_attention)
        .right("A key at a time, and divided at the end, it is attention.")
        .says("If the keys come one at a time, what is left at the end is not their attention.")
        .asks("Follow two keys by hand, the second with the larger score. What does the first one count at the end?"),
        truth("order-matters", _any_order)
        .right("The order in which the keys come makes no difference.")
        .says("If the keys come in another order, another mixture is left.")
        .asks("A softmax does not know the order of its scores. Which number of yours does?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=hides(
        "largest-never-changes",
        "old-sum-not-shrunk old-mix-not-shrunk grows-in-place-of-shrinking new-keys-under-the-old-maximum",
        because="under a maximum that stays, the factor is 1 and the old maximum is the new one",
    ),
)
