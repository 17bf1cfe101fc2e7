"""Exercise: say how unevenly experts are used, in a way that has a slope.

Check `balance_loss(chances) -> number`: n times the sum over the n experts of f times P.

`chances` is [token, expert], each row adds up to 1. Each token goes to its most probable expert. f is the share of the
tokens that an expert gets, P the mean of its chances over all tokens. Return a tensor with one number, through which
gradients flow to `chances`.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, mistake, one, truth, twin
from lmkit.check.banks.watching import seen_by

Chances = Float[Tensor, "token expert"]
Each = Float[Tensor, "expert"]


def _shares(chances: Chances) -> Each:
    n_tokens, n_experts = chances.shape
    return chances.argmax(dim=-1).bincount(minlength=n_experts) / n_tokens


def balance(
    chances: Chances,
    *,
    shares: Callable = _shares,
    mean: Callable = lambda chances: chances.mean(dim=0),
    join: Callable = lambda f, p: (f * p).sum(),
    factor: Callable = lambda n_tokens, n_experts: n_experts,
    passed_on: Callable = lambda p: p,
) -> Float[Tensor, ""]:
    """n · Σ f P: 1 where tokens and chances are spread evenly. The keywords are the switches."""
    return factor(*chances.shape) * join(shares(chances), passed_on(mean(chances)))


def observe(balance_loss: Callable, chances: Chances) -> tuple[Tensor, Tensor]:
    """Call the answer, and take the slope of what comes back."""
    chances = chances.detach().clone().requires_grad_()
    with torch.enable_grad():
        loss = torch.as_tensor(one(balance_loss(chances), (Tensor, int, float), "a tensor with one number"))
    if loss.requires_grad and loss.numel() == 1:
        (slope,) = torch.autograd.grad(loss.sum(), chances, allow_unused=True)
    else:
        slope = None
    return loss.detach(), torch.zeros_like(chances) if slope is None else slope


def probes(seed: int) -> Probes:
    """Three, four and five experts, used evenly, unevenly, and one of them by nobody."""
    draw = Draws(seed)
    lean = torch.tensor([2.0, 0.5, 0.0, -4.0])
    return (
        Probe("for three experts", ((2 * draw.normal(7, 3)).softmax(dim=-1),)),
        Probe("for an expert that nobody chooses", ((draw.normal(9, 4) + lean).softmax(dim=-1),)),
        Probe("for more experts than tokens", ((3 * draw.normal(4, 5)).softmax(dim=-1),)),
    )


def _one_where_all_get_as_many(solve: Callable, probes: Probes) -> bool:
    even = 0.1 + 0.6 * torch.eye(4)
    return abs(float(solve(even.repeat(3, 1))[0]) - 1) < 1e-4


def _a_crowded_expert_is_made_less_probable(solve: Callable, probes: Probes) -> bool:
    """The slope is larger for an expert that more tokens chose."""
    (chances,) = probes[1].args
    _, slope = solve(chances)
    shares = _shares(chances)
    return bool(slope[0, shares.argmax()] > slope[0, shares.argmin()] + 1e-6)


MISCONCEPTIONS = (
    mistake("factor-forgotten", factor=lambda n_tokens, n_experts: 1)
    .says("You did not multiply by the number of experts, or divided by it again: a mean in place of the sum.")
    .asks("With n experts used evenly, what are f, P and the sum of their products? And what should it be?"),
    mistake("factor-of-tokens", factor=lambda n_tokens, n_experts: n_tokens)
    .says("You multiplied by the number of tokens.")
    .asks("Should a longer text be called less balanced?"),
    mistake("counts-for-shares", shares=lambda chances: _shares(chances) * len(chances))
    .says("Your f is a count of tokens, not their share, or your P a sum, not a mean.")
    .asks("What do the f of all experts add up to, and what the P?"),
    mistake("chances-twice", shares=lambda chances: chances.detach().mean(dim=0))
    .says("You used the mean chance in both places: who is chosen plays no part.")
    .asks("All tokens give expert 0 a chance of 0.34, and 0.33 to two others. Who gets the tokens?"),
    mistake("even-shares", shares=lambda chances: torch.full((chances.shape[1],), 1 / chances.shape[1]))
    .says("Your f is the same for all experts.")
    .asks("Whom does `argmax` choose, and how often?"),
    mistake("largest-for-mean", mean=lambda chances: chances.amax(dim=0))
    .says("Your P is the largest chance that an expert has anywhere.")
    .asks("P is a mean. Over what?"),
    mistake("squared-distance", join=lambda f, p: (f - p).square().sum())
    .says("You measured how far shares and chances are apart.")
    .asks("All tokens go to expert 0, which is always sure. Is that balanced? What does your loss say?"),
    mistake("no-slope", passed_on=lambda p: p.detach())
    .says("The number is there, but no gradient flows through it.")
    .asks("What did `detach`, `item` or `no_grad` cut off, and who should learn from this loss?"),
)

BALANCE_LOSS = Exercise(
    id="balance_loss",
    title="Experts, evenly used",
    family=seen_by(observe, balance),
    returns={"loss": "", "slope": "token expert"},
    probes=probes,
    examples=(
        (torch.tensor([[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]]),),
        (torch.tensor([[0.75, 0.25], [0.625, 0.375]]),),
        (torch.tensor([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]),),
    ),
    properties=(
        FINITE,
        truth("even-use-is-not-1", _one_where_all_get_as_many)
        .right("It is 1 where all experts get as many tokens.")
        .says("Where all experts get as many tokens, and are as probable, your loss is not 1.")
        .asks("With four experts, f and P are 1/4 each. What is the sum of four products, and what is missing?"),
        truth("crowded-not-pushed", _a_crowded_expert_is_made_less_probable)
        .right("The chance of an expert that many chose is pushed down more than that of one that nobody chose.")
        .says("Your loss does not push the chances of a crowded expert down more than those of an empty one.")
        .asks("The slope for a chance is what it is multiplied by. By what should that be?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        twin(
            "factor-forgotten counts-for-shares",
            seen_as="factor-of-tokens",
            because="counts are shares times the number of tokens, which then stands where the factor should",
        ),
    ),
    observe=observe,
)
