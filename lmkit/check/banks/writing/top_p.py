"""Exercise: keep the fewest tokens that together have a share of the probability.

Check `top_p(probabilities, p) -> probabilities`: what is left when only the nucleus is kept.

`probabilities` [vocab] add up to 1. Kept are the most probable tokens, as few as together have at least `p`. The others
get 0, and what is left adds up to 1 again; each token stays at its place.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, close, hides, mistake, twin

Shares = Float[Tensor, "vocab"]


def _one_more(own: Shares, before: Shares, p: float) -> Bool[Tensor, "vocab"]:
    return torch.cat([before[:1], before[:-1]]) < p


@torch.no_grad()  # it is for drawing, so no gradient is asked for
def nucleus(
    probabilities: Shares,
    p: float,
    *,
    order: Callable = lambda shares: shares.argsort(descending=True),
    keeps: Callable = lambda own, before, p: before < p,
    shared_out: Callable = lambda kept: kept / kept.sum().clamp(min=1e-9),
    placed: Callable = lambda kept, ids: torch.zeros_like(kept).scatter(0, ids, kept),
) -> Shares:
    """The most probable tokens up to the one that reaches p, made to add up to 1. The keywords are the switches."""
    ids = order(probabilities)
    own = probabilities[ids]
    before = own.cumsum(dim=0) - own
    return placed(shared_out(torch.where(keeps(own, before, p), own, 0.0)), ids)


def probes(seed: int) -> Probes:
    """A sure model, an unsure one, and one that is almost undecided; the best token never stands first."""

    def shares(*numbers: float) -> Shares:
        noise = Draws(seed).uniform(len(numbers)) / 1000
        weights = torch.tensor(numbers, dtype=torch.float32) + noise
        return weights / weights.sum()

    return (
        Probe("when one token has most", (shares(0.05, 0.62, 0.15, 0.08, 0.10), 0.7)),
        Probe("when several share", (shares(0.12, 0.24, 0.07, 0.31, 0.15, 0.11), 0.5)),
        Probe("when nearly all must be kept", (shares(0.03, 0.22, 0.35, 0.02, 0.18, 0.15, 0.05), 0.9)),
    )


def _adds_up_to_1(args: tuple, kept: Tensor) -> bool:
    return close(kept.sum(), torch.tensor(1.0), atol=1e-5)


def _has_the_share(args: tuple, kept: Tensor) -> bool:
    probabilities, p = args
    return bool(probabilities[kept > 0].sum() >= p - 1e-6)


def _is_no_larger_than_needed(args: tuple, kept: Tensor) -> bool:
    probabilities, p = args
    chosen = probabilities[kept > 0]
    return len(chosen) > 0 and bool(chosen.sum() - chosen.min() < p)


MISCONCEPTIONS = (
    mistake("the-one-that-reaches-it-left-out", keeps=lambda own, before, p: before + own <= p)
    .says("You left out the token that reaches p: what you keep has less than that share.")
    .asks("If the first token alone has 0.8 and p is 0.5, what do you keep?"),
    mistake("one-too-many", keeps=_one_more)
    .says("You keep one token more than needed.")
    .asks("How much have the tokens before a token, when it may still be kept?"),
    mistake("as-a-threshold", keeps=lambda own, before, p: own >= 1 - p)
    .says("You compared each single token with a threshold.")
    .asks("Of what must the tokens that are kept have the share p: each for itself, or all together?"),
    mistake("least-probable-first", order=lambda shares: shares.argsort())
    .says("You began with the least probable tokens.")
    .asks("Which tokens must be in, if as few as possible are to have the share p?"),
    mistake("in-the-order-of-ids", order=lambda shares: torch.arange(len(shares)))
    .says("You went through the tokens in the order of their ids.")
    .asks("Does the id of a token say how probable it is?"),
    mistake("not-shared-out", shared_out=lambda kept: kept)
    .says("What is left does not add up to 1.")
    .asks("The tokens that were cut off had a part of the whole. Who gets it now?"),
    mistake("left-in-order", placed=lambda kept, ids: kept)
    .says("Your probabilities stand in the order of their size, not at the places of their tokens.")
    .asks("After sorting, how do you find out which token a number belongs to?"),
)

TOP_P = Exercise(
    id="top_p",
    title="The nucleus",
    family=nucleus,
    returns={"probabilities": "vocab"},
    probes=probes,
    examples=(
        (torch.tensor([0.25, 0.75]), 0.5),
        (torch.tensor([0.2, 0.3, 0.5]), 0.6),
        (torch.tensor([0.1, 0.2, 0.3, 0.4]), 0.6),
        (torch.tensor([0.2, 0.5, 0.3]), 0.9),
    ),
    properties=(
        FINITE,
        always("does-not-add-up", _adds_up_to_1)
        .right("What is left adds up to 1.")
        .says("What you return does not add up to 1.")
        .asks("By what must the tokens that are kept be divided?"),
        always("too-few-kept", _has_the_share)
        .right("What is kept had the share p.")
        .says("The tokens that you keep had less than p together.")
        .asks("Is the token that takes the sum over p kept or cut?"),
        always("more-than-needed", _is_no_larger_than_needed)
        .right("Without the least of them it had less than p.")
        .says("You keep a token that is not needed to reach p.")
        .asks("Which is the first token that could be left out?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "as-a-threshold",
            "least-probable-first in-the-order-of-ids",
            because="A threshold for each single token asks for no order.",
        ),
        twin(
            "in-the-order-of-ids left-in-order",
            seen_as="in-the-order-of-ids",
            because="In the order of ids each number stands at its place.",
        ),
    ),
)
