"""Exercise: cut the residual stream into heads, and put the heads together again.

Check `split_heads(x, n_heads) -> [batch, head, position, d_head]` and `merge_heads(x)`, its way back.

`x` has the axes [batch, position, d_model]; the first d_head numbers of a token belong to head 0.
"""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, mistake, truth

Stream = Float[Tensor, "batch position d_model"]
Heads = Float[Tensor, "batch head position d_head"]


def split(x: Stream, n_heads: int) -> Heads:
    """The right way: the first d_head numbers of a token go to head 0, the next to head 1."""
    batch, position, d_model = x.shape
    return x.reshape(batch, position, n_heads, d_model // n_heads).transpose(1, 2)


def merge(x: Heads) -> Stream:
    """The right way back: a token's heads side by side."""
    return x.transpose(1, 2).flatten(start_dim=2)


def split_by_view(x: Stream, n_heads: int) -> Heads:
    """The right shape with the wrong numbers: the text is cut into n_heads pieces, not the tokens."""
    return x.reshape(x.shape[0], n_heads, x.shape[1], -1)


def merge_by_view(x: Heads) -> Stream:
    """The right shape with the wrong numbers: head and position were not exchanged first."""
    return x.reshape(x.shape[0], x.shape[2], -1)


def split_and_merge(
    x: Stream, n_heads: int, heads: Heads, *, split: Callable = split, merge: Callable = merge
) -> tuple[Tensor, Tensor]:
    """Both directions, each on numbers of its own. The keywords are the switches."""
    return split(x, n_heads), merge(heads)


def both(split: Callable, merge: Callable, x: Any, n_heads: int, heads: Any) -> tuple:
    """What the student's two functions give."""
    return split(x, n_heads), merge(heads)


def probes(seed: int) -> Probes:
    """Sizes that all differ; then one text and one head."""
    normal = Draws(seed).normal
    return (
        Probe("for 3 heads", (normal(2, 5, 12), 3, normal(2, 3, 5, 4))),
        Probe("for 2 heads", (normal(3, 4, 10), 2, normal(3, 2, 4, 5))),
        Probe("for 1 text and 1 head", (normal(1, 6, 7), 1, normal(1, 1, 6, 7))),
    )


def _merge_undoes_split(solve: Callable, probes: Probes) -> bool:
    x, n_heads, heads = probes[0].args
    there, _ = solve(x, n_heads, heads)
    _, back = solve(x, n_heads, there)
    return torch.equal(back, x)


def _tokens_stay_apart(solve: Callable, probes: Probes) -> bool:
    """Change token 2 of a text; in the heads, only position 2 may change."""
    x, n_heads, heads = probes[0].args
    token = torch.arange(x.shape[1])[:, None] == 2  # (position, 1)
    before, _ = solve(x, n_heads, heads)
    after, _ = solve(torch.where(token, x + 1, x), n_heads, heads)
    changed = (before != after).any(dim=-1).any(dim=1).any(dim=0)  # (position,)
    return torch.equal(changed, token[:, 0])


MISCONCEPTIONS = (
    mistake("split-forgets-the-order", split=lambda x, n_heads: split(x, n_heads).transpose(1, 2))
    .says("split_heads returns [batch, position, head, d_head]: the head axis does not stand before position.")
    .asks("Attention treats all axes but the last two alike, as a batch. Which two must come last?"),
    mistake("split-mixes-tokens", split=split_by_view)
    .says("split_heads cuts the numbers into the right shape, but a head gets numbers of several tokens.")
    .asks(
        "`view` and `reshape` keep the numbers in their order in memory. Which axis comes right before d_model in x, "
        "and which axis did you put there?"
    ),
    mistake("split-deals-like-cards", split=lambda x, n_heads: x.unflatten(-1, (-1, n_heads)).permute(0, 3, 1, 2))
    .says("split_heads deals a token's numbers out like cards: number 0 to head 0, number 1 to head 1, and on.")
    .asks(
        "Head 0 should get the first d_head numbers of a token. In the reshaped tensor, which of head and d_head must "
        "then be the last axis?"
    ),
    mistake("n-heads-taken-for-d-head", split=lambda x, n_heads: x.unflatten(-1, (-1, n_heads)).transpose(1, 2))
    .says("split_heads makes d_head heads of size n_heads: the two numbers have changed places.")
    .asks("With d_model = 12 and n_heads = 3, how many numbers does each head get?"),
    mistake("merge-forgets-to-join", merge=lambda x: x.transpose(1, 2))
    .says("merge_heads moves the head axis back but leaves it there: [batch, position, head, d_head].")
    .asks("The result has three axes. Which two of your four must become one?"),
    mistake("merge-mixes-tokens", merge=merge_by_view)
    .says("merge_heads gives the right shape, but one token's row holds numbers of several tokens.")
    .asks(
        "A reshape can only join axes that stand side by side. Which axis stands between head and d_head when you join?"
    ),
    mistake("merge-shuffles-like-cards", merge=lambda x: x.permute(0, 2, 3, 1).flatten(start_dim=2))
    .says("merge_heads takes one number of each head in turn, instead of all numbers of head 0 first.")
    .asks("Where do the first d_head numbers of the result come from in your code: one head, or all heads?"),
    mistake("heads-summed", merge=lambda x: x.sum(dim=1))
    .says("merge_heads adds the heads up, so that they can no longer be told apart.")
    .asks("The result should be d_model wide. How wide is it after a sum over heads?"),
    mistake("heads-averaged", merge=lambda x: x.mean(dim=1))
    .says("merge_heads averages the heads, so that they can no longer be told apart.")
    .asks("Given only an average of three numbers, could the next layer find out which head said what?"),
)

_SMALL = torch.arange(1.0, 13.0).reshape(1, 2, 6)

SPLIT_HEADS = Exercise(
    id="split_heads",
    title="Splitting and merging heads",
    family=split_and_merge,
    returns={"split": "batch head position d_head", "merged": "batch position d_model"},
    probes=probes,
    examples=((_SMALL, 2, _SMALL.reshape(1, 2, 2, 3)),),
    properties=(
        truth("merge-does-not-undo-split", _merge_undoes_split)
        .right("merge_heads undoes split_heads.")
        .says("merge_heads does not undo split_heads.")
        .asks("Go through the steps of split_heads backwards. Which step has no partner in merge_heads?"),
        truth("tokens-mix", _tokens_stay_apart)
        .right("In split_heads each token keeps its numbers to itself.")
        .says("Changing one token of x changes other positions of the heads.")
        .asks("Which step of split_heads moves numbers from one position to another?"),
    ),
    misconceptions=MISCONCEPTIONS,
    observe=both,
)
