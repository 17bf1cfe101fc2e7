"""Exercise: scaled dot-product attention.

Check `attention(query, key, value, may_attend=None) -> (output, weights)`.

The tensors have the axes [batch, head, query or key, d]. `may_attend` is True where a query may look at a
key; it broadcasts to [batch, head, query, key]. Each query may look at one key at least. Scores may be large.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, hides, mistake, truth, twin

Scores = Float[Tensor, "..."]
Mask = Bool[Tensor, "..."]


def hide(scores: Scores, may_attend: Mask, hidden: float) -> Scores:
    """Minus infinity, or nearly, where a query may not look."""
    return scores.masked_fill(~may_attend, hidden)


def keep(numbers: Scores, *_: Any) -> Scores:
    """Leave the numbers as they are."""
    return numbers


def attend(
    query: Float[Tensor, "batch head query d_head"],
    key: Float[Tensor, "batch head key d_head"],
    value: Float[Tensor, "batch head key d_value"],
    may_attend: Mask | None = None,
    *,
    scale: Callable = lambda query, key: math.sqrt(query.shape[-1]),
    before_softmax: Callable = hide,
    normalize: Callable = lambda scores: scores.softmax(dim=-1),
    after_softmax: Callable = keep,
    scale_weights: Callable = lambda query: 1.0,
    hidden: float = -torch.inf,
    mixed: Callable = lambda key, value: value,
    returned: Callable = lambda output, weights, scores: (output, weights),
) -> tuple[Tensor, Tensor]:
    r"""softmax(QKᵀ/√d_head) V and its weights; hidden keys get no weight. The keywords are the switches."""
    scores = query @ key.mT / scale(query, key)  # (batch, head, query, key)
    if may_attend is not None:
        scores = before_softmax(scores, may_attend, hidden)
    weights = normalize(scores)
    if may_attend is not None:
        weights = after_softmax(weights, may_attend)
    weights = weights / scale_weights(query)
    return returned(weights @ mixed(key, value), weights, scores)


def probes(seed: int) -> Probes:
    """Sizes that all differ, so that no two axes can be taken for each other; then large scores."""
    draw = Draws(seed)
    normal = draw.normal
    tensors = (normal(2, 3, 5, 16), normal(2, 3, 7, 16), normal(2, 3, 7, 4))
    others = (normal(3, 2, 6, 10), normal(3, 2, 8, 10), normal(3, 2, 8, 5))  # other sizes; no root of 10 is whole
    others[1][..., 0, :] = 0  # a key that scores exactly 0, which is not to be taken for hidden
    per_head = draw.uniform(2, 3, 5, 7) > 0.4
    for_all = draw.uniform(6, 8) > 0.4
    for mask in (per_head, for_all):
        n_query = mask.shape[-2]
        place = torch.arange(n_query)
        mask[..., place, place] = True  # each query sees a key ...
        mask[..., place, (place + 1) % n_query] = False  # ... and does not see another
        mask[..., 0, n_query:] = True
    return (
        Probe("without a mask", tensors),
        Probe("with a mask for each head", (*tensors, per_head)),
        Probe("with one mask for all heads", (*others, for_all)),
        Probe("when scores are in the thousands", _large(draw)),
    )


def _large(draw: Draws) -> tuple[Tensor, ...]:
    """Scores up to 1,300 and down to -1,300; whole numbers and a root of 4, so that none of them is rounded.

    Query 0 finds two keys that match it alike and query 1 is zero: there softmax shares out, and has a gradient.
    Query 3 sees one key, the worst there is for it. As many keys as queries, as in self-attention.
    """
    signs = draw.uniform(2, 1, 2, 6, 16) < 0.5
    entries = draw.whole(17, 20, *signs.shape) * torch.where(signs, 1.0, -1.0)
    query, key = entries
    key[..., 0, :] = key[..., 5, :] = query[..., 0, :]
    key[..., 1, :] = -query[..., 3, :]
    query[..., 1, :] = 0
    may_attend = torch.ones(6, 6, dtype=torch.bool)
    may_attend[3] = torch.arange(6) == 1
    return query, key, draw.normal(1, 2, 6, 3), may_attend


def _example(may_attend: list[list[bool]] | None, size: float = 2.0) -> tuple:
    query = torch.tensor([[[[size, 0, 0, 0], [0, size, 0, 0]]]])
    key = torch.tensor([[[[1.0, 0, 0, 0], [0, 1, 0, 0], [1, 1, 0, 0]]]])
    value = torch.tensor([[[[10.0], [20], [30]]]])
    return (query, key, value) if may_attend is None else (query, key, value, torch.tensor(may_attend))


def _rows_sum_to_one(args: tuple, output: Tensor, weights: Tensor) -> bool:
    return torch.allclose(weights.sum(-1), torch.ones(weights.shape[:-1], dtype=weights.dtype), atol=1e-4)


def _hidden_keys_get_nothing(args: tuple, output: Tensor, weights: Tensor) -> bool:
    return len(args) < 4 or bool((weights.masked_select(~args[3]).abs() < 1e-6).all())


def _output_is_the_mix(args: tuple, output: Tensor, weights: Tensor) -> bool:
    return torch.allclose(weights.double() @ args[2].double(), output.double(), atol=1e-4, equal_nan=True)


def _no_future_leak(solve: Callable, probes: Probes) -> bool:
    """Other keys and values from key 3 on; queries 0 to 2 may not notice."""
    query, key, value = probes[0].args
    later = torch.arange(key.shape[-2])[:, None] >= 3  # (key, 1)
    causal = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool).tril()
    before, _ = solve(query, key, value, causal)
    after, _ = solve(query, torch.where(later, -key, key), torch.where(later, value + 1, value), causal)
    return torch.allclose(before[..., :3, :], after[..., :3, :], atol=1e-5)


PROPERTIES = (
    FINITE,
    always("rows-do-not-sum-to-1", _rows_sum_to_one)
    .right("Each row of weights sums to 1.")
    .says("Your rows of weights do not all sum to 1.")
    .asks("Which step makes a row sum to 1, and what happens to the row after that step?"),
    always("hidden-keys-get-weight", _hidden_keys_get_nothing)
    .right("Hidden keys get no weight.")
    .says("Some keys that are hidden by `may_attend` still get weight.")
    .asks("What must a score be, so that softmax gives it a weight of 0?"),
    truth("future-leaks", _no_future_leak)
    .right("With a causal mask, changing later tokens changes nothing earlier.")
    .says("With a causal mask, changing a later token still changes an earlier output.")
    .asks("By which way can a later key or value reach an earlier query in your code?"),
    always("output-is-not-the-mix", _output_is_the_mix)
    .right("The output is the values, mixed by your weights.")
    .says("The output is not the values mixed by the weights you return.")
    .asks("Do you change the weights between mixing and returning, or mix something else?"),
)

SCALE = (
    mistake("not-scaled", scale=lambda query, key: 1.0)
    .says("You did not scale the scores: softmax gets QKᵀ as it is.")
    .asks(
        "A score is a sum of d_head products. How large do such sums get, and what does softmax do with large numbers?"
    ),
    mistake("scaled-by-d", scale=lambda query, key: query.shape[-1])
    .says("You divided the scores by d_head. That is too much: the weights come out almost equal.")
    .asks(
        "Each of the d_head products in a score adds variance 1. What is then the standard deviation of a score, and "
        "what brings it back to 1?"
    ),
    mistake("scaled-by-keys", scale=lambda query, key: math.sqrt(key.shape[-2]))
    .says("You divided by the root of the number of keys.")
    .asks("Does one score grow when you add another key? Over which axis does a dot product add up?"),
    mistake("scaled-by-queries", scale=lambda query, key: math.sqrt(query.shape[-2]))
    .says("You divided by the root of the number of queries.")
    .asks("If only one of the queries is left, is its score with a key any different?"),
    mistake("scaled-by-heads", scale=lambda query, key: math.sqrt(query.shape[1]))
    .says("You divided by the root of the number of heads: that is what stands on axis 1.")
    .asks("Counted from the end, which axis of `query` is as long as one query vector?"),
    mistake("multiplied-by-root-d", scale=lambda query, key: 1 / math.sqrt(query.shape[-1]))
    .says("You multiplied the scores by √d_head.")
    .asks("The scores are too far apart already. Does multiplying bring them closer together?"),
    mistake(
        "scaled-after-softmax", scale=lambda query, key: 1.0, scale_weights=lambda query: math.sqrt(query.shape[-1])
    )
    .says("You divided by √d_head after softmax, so the rows of weights no longer sum to 1.")
    .asks("The scale keeps large numbers away from one of the steps. Which step suffers from large numbers?"),
)

MASK = (
    mistake("mask-ignored", before_softmax=keep)
    .says("Your mask has no effect: the weights are the same with it and without it.")
    .asks("Where does your code use `may_attend`, and what happens to the tensor that this line makes?"),
    mistake("mask-inverted", before_softmax=lambda scores, may_attend, hidden: hide(scores, ~may_attend, hidden))
    .says("Your mask is the wrong way round: queries look exactly where they may not.")
    .asks("True means may look. In the places that your code fills or replaces, is `may_attend` True or False?"),
    mistake("hidden-score-is-zero", before_softmax=lambda scores, may_attend, hidden: hide(scores, may_attend, 0.0))
    .says("You gave hidden keys a score of 0, or multiplied the scores by the mask. They still get weight.")
    .asks("Softmax takes e to the power of each score. What is e to the power of 0?"),
    mistake("mask-added", before_softmax=lambda scores, may_attend, hidden: scores + may_attend)
    .says("You added the mask to the scores as it is: 1 where a query may look, 0 where it may not.")
    .asks("What must be added to a score to make its weight 0, and what changes where 0 is added?"),
    mistake(
        "mask-after-softmax",
        before_softmax=keep,
        after_softmax=lambda weights, may_attend: hide(weights, may_attend, 0.0),
    )
    .says("You applied the mask after softmax: rows with hidden keys sum to less than 1.")
    .asks("Softmax shares out a total of 1 among the keys it is shown. When must it know which keys count?"),
)

SOFTMAX = (
    mistake("softmax-over-queries", normalize=lambda scores: scores.softmax(dim=-2))
    .says("You took softmax over the queries: that makes columns sum to 1, not rows.")
    .asks("Who shares out attention, and among whom? Which axis of [batch, head, query, key] is that?"),
    mistake("softmax-over-heads", normalize=lambda scores: scores.softmax(dim=1))
    .says("You took softmax over the heads. Without `dim`, torch takes this axis of the four.")
    .asks("Must one head look less at a key because another head looks at it more?"),
    mistake("softmax-over-batch", normalize=lambda scores: scores.softmax(dim=0))
    .says("You took softmax over the batch: one sentence takes weight away from another.")
    .asks("With other sentences in the batch, may this sentence get other weights?"),
    mistake("softmax-twice", normalize=lambda scores: scores.softmax(dim=-1).softmax(dim=-1))
    .says("You took softmax twice. The second one pulls the weights towards equal.")
    .asks("After the first softmax the numbers of a row lie between 0 and 1. How different can e to those powers be?"),
    mistake("no-softmax", normalize=keep)
    .says("You mixed the values with the scores themselves: there is no softmax.")
    .asks("A score may be negative, and a row of scores may sum to anything. What turns it into shares of 1?"),
)

OUTPUT = (
    mistake("mixed-keys", mixed=lambda key, value: key)
    .says("You mixed the keys instead of the values.")
    .asks("A key says how well a token matches. Which input says what the token hands over?"),
    mistake("returned-scores", returned=lambda output, weights, scores: (output, scores))
    .says("The second thing you return is the scores, not the weights.")
    .asks("Which of your variables has rows that sum to 1?"),
    mistake("returned-in-other-order", returned=lambda output, weights, scores: (weights, output))
    .says("You returned the weights first and the output second.")
    .asks("In which order does the exercise name the two?"),
)

ATTENTION = Exercise(
    id="attention",
    title="Scaled dot-product attention",
    family=attend,
    returns={"output": "batch head query d_value", "weights": "batch head query key"},
    probes=probes,
    examples=(
        _example(None),
        _example([[True, False, False], [True, True, False]]),
        _example([[True, False, False], [True, True, False]], size=-6000.0),
    ),
    properties=PROPERTIES,
    misconceptions=SCALE + MASK + SOFTMAX + OUTPUT,
    twins=(
        *hides(
            "no-softmax",
            "scaled-after-softmax",
            because="without softmax between them, dividing later is the same as dividing earlier",
        ),
        *hides("no-softmax", "returned-scores", because="without softmax the scores are the weights"),
        twin(
            "mask-after-softmax no-softmax",
            seen_as="hidden-score-is-zero no-softmax",
            because="without softmax a hidden weight of 0 is a hidden score of 0",
        ),
    ),
    styles=({}, {"hidden": -1e9}),  # the same to a right softmax, not to one over the wrong axis
)
