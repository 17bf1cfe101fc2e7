"""Exercise: an estimate of how far the model is from the reference, from tokens that the model drew.

Check `kl_estimate(log_p, log_reference)`: one number a token, never below 0.

Both are [token], log probabilities of the same tokens by the model, which drew them, and by the reference. With the
quotient q = p_reference / p the estimate is q - ln q - 1.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, always, hides, mistake, truth

Tokens = Float[Tensor, "token"]


def estimate(
    log_p: Tokens,
    log_reference: Tokens,
    *,
    log_quotient: Callable = lambda log_p, log_reference: log_reference - log_p,
    distance: Callable = lambda log_q: log_q.exp() - log_q - 1,
    combine: Callable = lambda numbers: numbers,
) -> Float[Tensor, "..."]:
    """q - ln q - 1 for each token. The keywords are the switches."""
    return combine(distance(log_quotient(log_p, log_reference)))


def probes(seed: int) -> Probes:
    """Tokens that became more probable, less probable, and both."""
    draws = Draws(seed)
    low, high = (-0.5 - 3 * draws.uniform(6) for _ in range(2))
    return (
        Probe("for tokens that became more probable", (low, low - 0.2 - draws.uniform(6))),
        Probe("for tokens that became less probable", (high - 0.2 - draws.uniform(6), high)),
        Probe("for some of both", (-3 * draws.uniform(4), -3 * draws.uniform(4))),
    )


def _is_0_at_the_reference(solve: Callable, probes: Probes) -> bool:
    log_p, _ = probes[2].args
    return bool((solve(log_p, log_p)[0].double().abs() < 1e-5).all())


def _is_never_below_0(args: tuple, result: Tensor) -> bool:
    return bool((result >= -1e-5).all())


def _its_mean_is_the_kl(solve: Callable, probes: Probes) -> bool:
    """Over a vocabulary of three tokens, weighed by how often the model draws each."""
    p, q = torch.tensor([0.7, 0.2, 0.1]), torch.tensor([0.2, 0.3, 0.5])
    (found,) = solve(p.log(), q.log())
    if found.shape != p.shape:
        return False
    return torch.allclose((p * found).sum().double(), (p * (p / q).log()).sum().double(), atol=1e-4)


MISCONCEPTIONS = (
    mistake("swapped", log_quotient=lambda log_p, log_reference: log_p - log_reference)
    .says("Your quotient is upside down: the model above, the reference below.")
    .asks("The tokens were drawn by the model. Which of the two does that make the bottom of the quotient?"),
    mistake("logs-divided", log_quotient=lambda log_p, log_reference: (log_reference / log_p).log())
    .says("You divided the logarithms.")
    .asks("The logarithm of a quotient is what of the two logarithms?"),
    mistake("plain-difference", distance=lambda log_q: -log_q)
    .says("That is ln(p / p_reference): right on average, but below 0 for many a token.")
    .asks("What do q - 1 add on average, where the model draws the tokens? And what to a single token?"),
    mistake("squared", distance=lambda log_q: log_q**2 / 2)
    .says("You squared the logarithm: near for small changes, wrong for large ones.")
    .asks("Take q = 10. What is q - ln q - 1, and what is yours?"),
    mistake("one-forgotten", distance=lambda log_q: log_q.exp() - log_q)
    .says("The 1 is missing.")
    .asks("How far is the reference from itself, by your formula?"),
    mistake("log-forgotten", distance=lambda log_q: log_q.exp() - 1)
    .says("The logarithm is missing.")
    .asks("What is the mean of q - 1 over tokens that the model draws?"),
    mistake("log-added", distance=lambda log_q: log_q.exp() + log_q - 1)
    .says("You added the logarithm instead of subtracting it.")
    .asks("Is your estimate above 0 for q = 0.5?"),
    mistake("averaged", combine=lambda numbers: numbers.mean())
    .says("You averaged over the tokens; asked is one number for each.")
    .asks("How many numbers go in, and how many should come out?"),
)

KL_ESTIMATE = Exercise(
    id="kl_estimate",
    title="How far from where it began",
    family=estimate,
    returns={"estimate": "token"},
    probes=probes,
    examples=(
        (torch.tensor([-1.0]), torch.tensor([-2.0])),
        (torch.tensor([-2.0]), torch.tensor([-1.0])),
        (torch.tensor([-2.0, -1.0]), torch.tensor([-0.5, -1.0])),
    ),
    properties=(
        truth("not-0-at-the-reference", _is_0_at_the_reference)
        .right("Where model and reference agree, it is 0.")
        .says("Where model and reference agree, your estimate is not 0.")
        .asks("What is q then, and what is left of your formula?"),
        always("below-0", _is_never_below_0)
        .right("It is never below 0.")
        .says("For some tokens your estimate is below 0.")
        .asks("Where does the curve q - ln q - 1 have its lowest point?"),
        truth("mean-is-not-the-kl", _its_mean_is_the_kl)
        .right("Over what the model draws, its mean is the KL divergence.")
        .says("Weighed by how often the model draws each token, your numbers do not add up to the KL divergence.")
        .asks("Over tokens of the model, what is the mean of q? And what of -ln q?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(*hides("squared", "swapped", because="A square is the same for q and for 1 / q."),),
)
