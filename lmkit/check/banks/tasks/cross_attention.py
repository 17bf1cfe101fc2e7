"""Exercise: one head that looks from one text into another.

Check `cross_attention(x, source, w_q, w_k, w_v, may_read)`: what each position of the text that is written takes from
the text that was read, [query d_head].

`x` is [query d_model], the text that is written so far; `source` is [read d_model], the text that was read. The three
matrices are [d_model d_head], used as x @ w. `may_read`, [read], is True for a real token and False for padding.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, mistake, truth

Text = Float[Tensor, "position d_model"]
Matrix = Float[Tensor, "d_model d_head"]


def cross(
    x: Text,
    source: Text,
    w_q: Matrix,
    w_k: Matrix,
    w_v: Matrix,
    may_read: Bool[Tensor, "read"],
    *,
    asks: Callable = lambda x, source: x,
    offers: Callable = lambda x, source: source,
    gives: Callable = lambda x, source: source,
    scale: Callable = lambda d_model, d_head: d_head**-0.5,
    hide: Callable = lambda scores, may_read: scores.masked_fill(~may_read, -torch.inf),
    order: Callable = lambda scores: scores,
    weigh: Callable = lambda scores, may_read: scores.softmax(dim=-1),
) -> Float[Tensor, "query d_head"]:
    """softmax(q k / sqrt(d_head)) v, with q from x, k and v from the source. The keywords are the switches."""
    q, k, v = asks(x, source) @ w_q, offers(x, source) @ w_k, gives(x, source) @ w_v
    scores = scale(*w_q.shape) * (q @ k.T)
    return weigh(order(hide(scores, may_read)), may_read) @ v


def hide_later(scores: Tensor) -> Tensor:
    """What stands later in the source is hidden, as if it were the text itself."""
    seen = torch.ones_like(scores, dtype=torch.bool).tril()
    return scores.masked_fill(~seen, -1e9)


def probes(seed: int) -> Probes:
    """Without padding, and sources that are shorter than the text by their padding.

    With it all sources are as long as their texts, so that who takes one for the other gets a result that can be told.
    """
    draws = Draws(seed)

    def of(says: str, n: int, d_model: int, d_head: int, padding: int = 0) -> Probe:
        may_read = torch.arange(n) < n - padding
        matrices = (0.7 * draws.normal(d_model, d_head) for _ in range(3))
        return Probe(says, (draws.normal(n, d_model), draws.normal(n, d_model), *matrices, may_read))

    return (
        of("for a source without padding", 5, 6, 4),
        of("for a short source", 3, 5, 2),
        of("for a source with padding", 7, 8, 3, padding=3),
        of("for a source that is half padding", 4, 6, 4, padding=2),
    )


def _padding_changes_nothing(solve: Callable, probes: Probes) -> bool:
    x, source, *matrices, may_read = probes[2].args
    other = torch.where(may_read[:, None], source, 3 - source)
    (one,), (changed,) = solve(x, source, *matrices, may_read), solve(x, other, *matrices, may_read)
    return torch.allclose(one.double(), changed.double(), atol=1e-5)


def _order_of_the_source_does_not_matter(solve: Callable, probes: Probes) -> bool:
    x, source, *others = probes[1].args
    (one,), (turned,) = solve(x, source, *others), solve(x, source.flip(0), *others)
    return torch.allclose(one.double(), turned.double(), atol=1e-5)


def _positions_do_not_see_each_other(solve: Callable, probes: Probes) -> bool:
    x, *others = probes[1].args
    other = torch.cat([x[:1], -x[1:]])
    (one,), (changed,) = solve(x, *others), solve(other, *others)
    return torch.allclose(one[0].double(), changed[0].double(), atol=1e-5)


MISCONCEPTIONS = (
    mistake("queries-from-the-source", asks=lambda x, source: source)
    .says("Your queries come from the source.")
    .asks("Who is looking: the text that was read, or the text that is written?"),
    mistake("keys-from-the-text", offers=lambda x, source: x)
    .says("Your keys come from the text that is written.")
    .asks("With which positions must a query be compared, if it is to look into the source?"),
    mistake("values-from-the-text", gives=lambda x, source: x)
    .says("Your values come from the text that is written.")
    .asks("What should arrive at a position: something of the source, or something of its own text?"),
    mistake("not-scaled", scale=lambda d_model, d_head: 1.0)
    .says("You did not divide by the root of d_head.")
    .asks("How large does a dot product of two vectors of d_head numbers become, typically?"),
    mistake("scaled-by-d-model", scale=lambda d_model, d_head: d_model**-0.5)
    .says("You divided by the root of d_model.")
    .asks("How many numbers does a query have?"),
    mistake("scaled-by-d-head", scale=lambda d_model, d_head: 1 / d_head)
    .says("You divided by d_head, not by its root.")
    .asks("If a dot product of d_head products has the spread √d_head, what brings that back to 1?"),
    mistake("padding-read", hide=lambda scores, may_read: scores)
    .says("Padding of the source gets weight.")
    .asks("Which argument have you not used?"),
    mistake("hidden-by-0", hide=lambda scores, may_read: scores * may_read)
    .says("You set the scores of padding to 0. Through the softmax that becomes a weight like any other.")
    .asks("Which score becomes a weight of 0, if e to the 0 is 1?"),
    mistake(
        "hidden-afterwards",
        hide=lambda scores, may_read: scores,
        weigh=lambda scores, may_read: scores.softmax(dim=-1) * may_read,
    )
    .says("You took the weights of padding away after the softmax, so that the others no longer add up to 1.")
    .asks("What do the weights of one query add up to in your code, and at which step must padding be gone?"),
    mistake("mask-turned", hide=lambda scores, may_read: scores.masked_fill(may_read, -1e9))
    .says("You hid the real tokens, and read the padding.")
    .asks("What does True mean in may_read?"),
    mistake("future-hidden", order=hide_later)
    .says("You hid what stands later in the source, as in causal attention.")
    .asks("The source was read to its end before the first word is written. Is there a future in it?"),
    mistake("softmax-over-queries", weigh=lambda scores, may_read: scores.softmax(dim=0))
    .says("Your softmax goes over the positions that look.")
    .asks("Whose weights must add up to 1: those of one query, or those of one word of the source?"),
)

_X = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
_EYE = torch.eye(2)
_YES = torch.tensor([True, True])

CROSS_ATTENTION = Exercise(
    id="cross_attention",
    title="A head that looks into another text",
    family=cross,
    returns={"result": "query d_head"},
    probes=probes,
    examples=(
        (_X[:1], 2 * _X, _EYE, _EYE, _EYE, _YES),
        (_X, 2 * _X, _EYE, _EYE, _EYE, torch.tensor([True, False])),
        (_X, 2 * _X, _EYE, _EYE, _EYE, _YES),
        (_X, 3 * _X.flip(0), _EYE, 2 * _EYE, _EYE, _YES),
    ),
    properties=(
        FINITE,
        truth("padding-matters", _padding_changes_nothing)
        .right("What stands in the padding changes nothing.")
        .says("Your result changes with what stands in the padding of the source.")
        .asks("Where does the weight of a padding token become 0?"),
        truth("order-matters", _order_of_the_source_does_not_matter)
        .right("Turned round, the source gives the same: a head sees words, not places.")
        .says("Your result changes when the words of the source change places.")
        .asks("Which part of your code knows that one word of the source stands before another?"),
        truth("text-sees-itself", _positions_do_not_see_each_other)
        .right("What one position takes does not depend on the others of its text.")
        .says("What the first position takes changes with the other positions of its own text.")
        .asks("Where do the positions of x meet in your code?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
