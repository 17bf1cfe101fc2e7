"""Exercise: keep a guess, or draw again.

Check `keep_or_redraw(p, q) -> (keep, rest)`: the two halves of speculative sampling.

`p` [vocab] are the probabilities of the model, `q` [vocab] those of the draft, all above 0. `keep` [vocab] says of each
token how probable it is that a guess of it is kept; `rest` [vocab] from which probabilities a new token is drawn when
it is not. Together they must leave the distribution p as it is.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, close, hides, mistake

Shares = Float[Tensor, "vocab"]


@torch.no_grad()  # it is for drawing, so no gradient is asked for
def keep_or_redraw(
    p: Shares,
    q: Shares,
    *,
    ratio: Callable = lambda p, q: p / q,
    capped: Callable = lambda ratio: ratio.clamp(max=1),
    left: Callable = lambda p, q: (p - q).clamp(min=0),
    shared_out: Callable = lambda left: left / left.sum(),
) -> tuple[Shares, Shares]:
    """min(1, p / q), and max(0, p - q) made to add up to 1. The keywords are the switches."""
    return capped(ratio(p, q)), shared_out(left(p, q))


def probes(seed: int) -> Probes:
    """Two that nearly agree, two that do not, and tokens that the model never says."""
    normal = Draws(seed).normal

    def pair(n: int, unlike: float, never: int = 0) -> tuple[Shares, Shares]:
        logits = normal(n)
        p = logits.softmax(dim=0) * (torch.arange(n) >= never)
        return p / p.sum(), (logits + unlike * normal(n)).softmax(dim=0)

    return (
        Probe("when both nearly agree", pair(5, 0.3)),
        Probe("when they do not", pair(8, 2.0)),
        Probe("when the model never says some tokens", pair(6, 1.0, never=2)),
    )


def _leaves_p(args: tuple, keep: Tensor, rest: Tensor) -> bool:
    p, q = args
    kept = q * keep
    return close(kept + (1 - kept.sum()) * rest, p, atol=1e-5)


def _is_a_probability(args: tuple, keep: Tensor, rest: Tensor) -> bool:
    return bool((keep >= -1e-6).all() and (keep <= 1 + 1e-6).all())


def _rest_adds_up(args: tuple, keep: Tensor, rest: Tensor) -> bool:
    return close(rest.sum(), torch.tensor(1.0), atol=1e-5)


MISCONCEPTIONS = (
    mistake("ratio-upside-down", ratio=lambda p, q: q / p.clamp(min=1e-6))
    .says("Your ratio stands upside down.")
    .asks("The draft guesses a token far too often. Should its guesses be kept more often, or less?"),
    mistake("p-alone", ratio=lambda p, q: p)
    .says("You keep a guess as often as the model would say it, whatever the draft does.")
    .asks("If both agree exactly, how many guesses should be refused?"),
    mistake("distance", ratio=lambda p, q: 1 - (p - q).abs())
    .says("You keep a guess by how far p and q lie apart.")
    .asks("A token has p = 0.001 and q = 0.1, a hundred times too often. How often is it said in the end?"),
    mistake("not-capped", capped=lambda ratio: ratio)
    .says("You return probabilities above 1.")
    .asks("What is the most often that a guess can be kept?"),
    mistake("drawn-from-p", left=lambda p, q: p.clone(), shared_out=lambda left: left)
    .says("You draw again from p. What the draft likes has had its chance already, and gets a second one.")
    .asks("Of which tokens did the draft give too little?"),
    mistake("drawn-from-q", left=lambda p, q: q.clone(), shared_out=lambda left: left)
    .says("You draw again from the draft, which was refused just now.")
    .asks("Whose distribution should come out in the end?"),
    mistake("other-way-round", left=lambda p, q: (q - p).clamp(min=0))
    .says("Your rest holds the tokens of which the draft gave too much.")
    .asks("What is missing after the guesses: what the draft gave too often, or too seldom?"),
    mistake("distances-as-rest", left=lambda p, q: (p - q).abs())
    .says("Your rest counts both what the draft gave too little of and what it gave too much of.")
    .asks("What must become of a difference below 0?"),
    mistake("rest-not-shared-out", shared_out=lambda left: left)
    .says("Your rest does not add up to 1.")
    .asks("How much is left after the guesses that are kept, and what must probabilities add up to?"),
)

KEEP_OR_REDRAW = Exercise(
    id="keep_or_redraw",
    title="Keep a guess, or draw again",
    family=keep_or_redraw,
    returns={"keep": "vocab", "rest": "vocab"},
    probes=probes,
    examples=(
        (torch.tensor([0.25, 0.75]), torch.tensor([0.5, 0.5])),
        (torch.tensor([0.5, 0.25, 0.25]), torch.tensor([0.125, 0.625, 0.25])),
    ),
    properties=(
        FINITE,
        always("another-distribution", _leaves_p)
        .right("What comes out has the distribution p.")
        .says("What comes out does not have the distribution p.")
        .asks("How often does each token come out: as a guess that is kept, and when it is drawn again?"),
        always("no-probability", _is_a_probability)
        .right("Each guess is kept with a probability from 0 to 1.")
        .says("For some token your probability to keep it is below 0 or above 1.")
        .asks("What does it mean to keep something more often than always?"),
        always("rest-does-not-add-up", _rest_adds_up)
        .right("The rest adds up to 1.")
        .says("From your rest nothing can be drawn: it is no distribution.")
        .asks("What do its numbers add up to?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=hides("p-alone distance", "not-capped", because="These are never above 1."),
)
