"""Exercise: the mask that hides the future.

Check `causal_mask(n) -> Bool[query, key]`: True where the key is the query or stands before it.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Shaped
from torch import Tensor

from lmkit.check.bank import SEES_ITSELF, SEES_NOTHING_LATER, Exercise, Probe, Probes, always, mistake, twin
from lmkit.check.banks.mask_form import CONSTANTS, FORM, INVERTED, as_it_is, twins_of_constants


def see_the_past(
    n: int,
    *,
    sees: Callable = lambda query, key: key <= query,
    polarity: Callable = as_it_is,
    form: Callable = as_it_is,
    axes: Callable = as_it_is,
) -> Shaped[Tensor, "..."]:
    """True where the key is the query itself or stands before it. The keywords are the switches."""
    position = torch.arange(n)
    may_attend = sees(position[:, None], position[None, :])  # (query, key)
    return axes(form(polarity(may_attend)))


def probes(seed: int) -> Probes:
    """Three short lengths, one of them the shortest there is, and a long one."""
    lengths = (6 + seed % 3, 4, 1, 150 + seed % 3)
    return tuple(Probe(f"for n = {n}", (n,)) for n in lengths)


def _sees_one_more_each_time(args: tuple, mask: Bool[Tensor, "query key"]) -> bool:
    return mask.sum(dim=-1).tolist() == list(range(1, args[0] + 1))


MISCONCEPTIONS = (
    *CONSTANTS,
    mistake("upper-half", sees=lambda query, key: key >= query)
    .says("You kept the other half: each token sees itself and everything after it.")
    .asks("Rows are queries, columns are keys. In row 0, which columns should be True?"),
    mistake("diagonal-excluded", sees=lambda query, key: key < query)
    .says("A token does not see itself, so the first token sees nothing at all.")
    .asks("A row of scores that is hidden altogether: what does softmax make of it?"),
    mistake("one-ahead", sees=lambda query, key: key <= query + 1)
    .says("Each token sees one token ahead of itself.")
    .asks("Token t is there to predict token t + 1. What is left to predict if it sees that token?"),
    INVERTED,
    *FORM,
    mistake("extra-axes", axes=lambda mask: mask[None, None])
    .says("Your mask has axes of size 1 in front. Its values may be fine, but [query, key] is wanted.")
    .asks(
        "When a mask of shape [query, key] meets scores of shape [batch, head, query, key], what does broadcasting do "
        "by itself?"
    ),
)

CAUSAL_MASK = Exercise(
    id="causal_mask",
    title="The causal mask",
    family=see_the_past,
    returns={"mask": "query key"},
    probes=probes,
    examples=((3,),),
    properties=(
        SEES_ITSELF,
        SEES_NOTHING_LATER,
        always("wrong-count", _sees_one_more_each_time)
        .right("Token t sees t + 1 tokens.")
        .says("Some tokens do not see as many tokens as they should.")
        .asks("Counted from 0, how many tokens may token 0 see, and how many may token 3 see?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        twin("diagonal-excluded inverted", seen_as="upper-half", because="not (key < query) is key >= query"),
        twin("upper-half inverted", seen_as="diagonal-excluded", because="not (key >= query) is key < query"),
        *twins_of_constants("upper-half diagonal-excluded one-ahead"),
    ),
)
