"""Exercise: multi-head self-attention, from the projections to the output.

Check `multi_head(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None) -> output`.

`x` and the output have the axes [batch, position, d_model]; each weight is [d_model, d_model], used as
x @ W. `may_attend` is True where a query may look at a key; it broadcasts to [batch, head, query, key].
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, Stopped, hides, mistake, truth
from lmkit.check.banks.attention.split_heads import merge, merge_by_view, split, split_by_view

Stream = Float[Tensor, "batch position d_model"]
Weight = Float[Tensor, "d_model d_model"]
Mask = Bool[Tensor, "..."]


def attend_in_heads(
    x: Stream,
    w_query: Weight,
    w_key: Weight,
    w_value: Weight,
    w_output: Weight,
    n_heads: int,
    may_attend: Mask | None = None,
    *,
    project: Callable = lambda x, weight: x @ weight,
    key_weight: Callable = lambda w_query, w_key: w_key,
    value_weight: Callable = lambda w_query, w_value: w_value,
    heads: Callable = lambda n_heads: n_heads,
    split: Callable = split,
    scale: Callable = lambda d_head, d_model: math.sqrt(d_head),
    seen: Callable = lambda may_attend, scores: may_attend,
    hidden: float = -torch.inf,
    axis: int = -1,
    merge: Callable = merge,
    output_weight: Callable = lambda w_output: w_output,
) -> Stream:
    """Project, split into heads, attend, merge, project. The keywords are the switches."""
    n_heads = heads(n_heads)
    query = split(project(x, w_query), n_heads)  # (batch, head, query, d_head)
    key = split(project(x, key_weight(w_query, w_key)), n_heads)
    value = split(project(x, value_weight(w_query, w_value)), n_heads)
    scores = query @ key.mT / scale(query.shape[-1], x.shape[-1])  # (batch, head, query, key)
    if may_attend is not None:
        scores = scores.masked_fill(~seen(may_attend, scores), hidden)
    mixed = merge(scores.softmax(dim=axis) @ value)  # (batch, position, d_model)
    return project(mixed, output_weight(w_output))


def probes(seed: int) -> Probes:
    """Models of 3 heads of 4 and of 2 heads of 5: all sizes differ. Weights that keep the spread of x.

    Then 6 heads of 2, in which queries and keys are 8 times as large: some e to the power of a score overflow.
    """
    draw = Draws(seed)
    normal = draw.normal
    inputs = (normal(2, 5, 12), *normal(4, 12, 12) / math.sqrt(12), 3)
    others = (normal(3, 4, 10), *normal(4, 10, 10) / math.sqrt(10), 2)
    causal = torch.ones(5, 5, dtype=torch.bool).tril()
    real = (torch.arange(4) < torch.tensor([3, 2, 4])[:, None])[:, None, None, :]  # (batch, 1, 1, key)
    w_query, w_key, w_value, w_output = normal(4, 12, 12) / math.sqrt(12)
    some = (draw.uniform(7, 7) > 0.3) | torch.eye(7, dtype=torch.bool)
    return (
        Probe("without a mask", inputs),
        Probe("with a causal mask", (*inputs, causal)),
        Probe("with a padding mask, for 2 heads", (*others, real)),
        Probe("for large scores", (normal(1, 7, 12), 8 * w_query, 8 * w_key, w_value, w_output, 6, some)),
    )


def _example(large: int = 1) -> tuple:
    """Two tokens, two heads of size 2; weights that are easy to follow and are not symmetric."""
    identity = torch.eye(4)
    x = torch.tensor([[[2.0, 0, 0, 1], [0, 2, 1, 0]]])
    turned = [identity.roll(step, dims=1) for step in (0, 1, 3)]
    return large * x, *turned, 2 * identity.roll(2, dims=1), 2


_CAUSAL = torch.tensor([[True, False], [True, True]])


def _no_future_leak(solve: Callable, probes: Probes) -> bool:
    """Other tokens from position 3 on; positions 0 to 2 may not notice."""
    x, *weights, n_heads, causal = probes[1].args
    later = torch.arange(x.shape[1])[:, None] >= 3  # (position, 1)
    (before,) = solve(x, *weights, n_heads, causal)
    (after,) = solve(torch.where(later, -x, x), *weights, n_heads, causal)
    return torch.allclose(before[:, :3], after[:, :3], atol=1e-5)


def _order_does_not_matter(solve: Callable, probes: Probes) -> bool:
    """Without a mask, turning the tokens round turns the outputs round and does no more."""
    x, *others = probes[0].args
    (forwards,) = solve(x, *others)
    (backwards,) = solve(x.flip(1), *others)
    return torch.allclose(forwards.flip(1), backwards, atol=1e-4)


def _heads_have_masks_of_their_own(solve: Callable, probes: Probes) -> bool:
    """To hide keys from the last head alone is something else than to hide them from none, or from all."""
    *inputs, n_heads, itself = probes[2].args[:6] + (torch.eye(4, dtype=torch.bool),)
    is_last = torch.arange(n_heads)[:, None, None] == n_heads - 1  # (head, 1, 1)
    in_the_last = (itself | ~is_last).expand(len(inputs[0]), -1, -1, -1)
    try:
        (mixed,) = solve(*inputs, n_heads, in_the_last)
    except (Stopped, RuntimeError):  # a mask with an axis for heads is more than it can take
        return False
    in_none_or_all = (*solve(*inputs, n_heads), *solve(*inputs, n_heads, itself))
    return not any(torch.allclose(mixed, other, atol=1e-4) for other in in_none_or_all)


def _first_head_only(may_attend: Mask, scores: Float[Tensor, "batch head query key"]) -> Mask:
    is_first = torch.arange(scores.shape[1])[:, None, None] == 0  # (head, 1, 1)
    return may_attend | ~is_first


MISCONCEPTIONS = (
    mistake("weights-transposed", project=lambda x, weight: x @ weight.T)
    .says("You multiplied by the transposed weights, as nn.Linear does.")
    .asks("A token is a row of x. Which way does the exercise say that a weight is used?"),
    mistake("keys-from-w-query", key_weight=lambda w_query, w_key: w_query)
    .says("You made the keys with w_query, so keys and queries are the same.")
    .asks("If keys and queries are the same, can token A look at token B without B scoring A just as high?"),
    mistake("values-from-w-query", value_weight=lambda w_query, w_value: w_query)
    .says("You made the values with w_query.")
    .asks("Must what a token hands over be the same as what it is looking for?"),
    mistake("one-big-head", heads=lambda n_heads: 1)
    .says("You never split: one head of size d_model does all the work.")
    .asks("One softmax gives a token one set of weights. How many sets of weights should there be?"),
    mistake("split-mixes-tokens", split=split_by_view)
    .says("When you split, a head gets numbers of several tokens.")
    .asks(
        "Each token shares out its own d_model numbers among the heads. Which axis of [batch, position, d_model] is "
        "cut in two for that?"
    ),
    mistake("not-scaled", scale=lambda d_head, d_model: 1.0)
    .says("You did not scale the scores.")
    .asks("How does the spread of a dot product grow with the length of its vectors?"),
    mistake("scaled-by-d-model", scale=lambda d_head, d_model: math.sqrt(d_model))
    .says("You divided the scores by the root of d_model.")
    .asks("How many products does one head add up for one score?"),
    mistake("mask-ignored", seen=lambda may_attend, scores: torch.ones_like(may_attend))
    .says("Your mask has no effect: the output is the same with it and without it.")
    .asks("Does `may_attend` reach the scores, and do you go on with the masked scores or with the old ones?"),
    mistake("mask-inverted", seen=lambda may_attend, scores: ~may_attend)
    .says("Your mask is the wrong way round: tokens look exactly where they may not.")
    .asks("True means may look. Which places does your code fill: those with True, or those with False?"),
    mistake("mask-on-first-head-only", seen=_first_head_only)
    .says("Your mask reaches head 0 only; the other heads see everything.")
    .asks(
        "With a mask of shape [query, key] and scores of shape [batch, head, query, key], which axes does the mask "
        "lack, and who supplies them?"
    ),
    mistake("softmax-over-queries", axis=-2)
    .says("You took softmax over the queries instead of the keys.")
    .asks("Who shares out attention, and among whom? Which axis of [batch, head, query, key] is that?"),
    mistake("softmax-over-heads", axis=1)
    .says("You took softmax over the heads.")
    .asks("Heads look for different things at the same time. Should they compete with one another?"),
    mistake("merge-mixes-tokens", merge=merge_by_view)
    .says("When you merge, a token's row gets numbers of several tokens.")
    .asks("After attention, which axis stands between head and d_head, and where must it be when you join them?"),
    mistake("no-output-projection", output_weight=lambda w_output: torch.eye(len(w_output)))
    .says("You left out w_output: the heads stand side by side and never meet.")
    .asks("Which step lets what head 0 found and what head 2 found end up in the same number?"),
)

MULTI_HEAD = Exercise(
    id="multi_head",
    title="Multi-head attention",
    family=attend_in_heads,
    returns={"output": "batch position d_model"},
    probes=probes,
    examples=(_example(), (*_example(), _CAUSAL), (*_example(large=100), _CAUSAL)),
    properties=(
        FINITE,
        truth("future-leaks", _no_future_leak)
        .right("With a causal mask, changing later tokens changes nothing earlier.")
        .says("With a causal mask, changing a later token still changes an earlier output.")
        .asks("By which way can a later token reach an earlier output: through the scores, or by a reshape?"),
        truth("order-matters", _order_does_not_matter)
        .right("Without a mask, the order of the tokens does not matter.")
        .says("Without a mask, changing the order of the tokens changes more than the order of the outputs.")
        .asks("Attention itself knows no positions. Which step of yours does?"),
        truth("heads-share-a-mask", _heads_have_masks_of_their_own)
        .right("Each head can have a mask of its own.")
        .says("Where `may_attend` holds a mask for each head, your heads do not each get their own.")
        .asks("`may_attend` may have the axes [batch, head, query, key]. Which part of it should a head read?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides("one-big-head", "scaled-by-d-model", because="the one head is d_model wide"),
        *hides(
            "one-big-head",
            "split-mixes-tokens merge-mixes-tokens",
            because="with one head there is nothing to put in the wrong order",
        ),
        *hides("one-big-head", "mask-on-first-head-only", because="the one head is the first head"),
    ),
    styles=({}, {"hidden": -1e9}),  # the same to a right softmax, not to one over the wrong axis
)
