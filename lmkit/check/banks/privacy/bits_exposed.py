"""Exercise: by how many bits a model has shortened the search for a secret.

Check `bits_exposed(scores, secret)`: one number, log2 of the number of candidates less log2 of the rank.

`scores` is [candidate], how probable the model finds each, as a logarithm; `secret` is the number of the right one.
The rank is 1 for the most probable. Candidates that are as probable as the secret stand before it.
"""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, mistake, truth

Scores = Float[Tensor, "candidate"]


def _rank(scores: Scores, secret: int) -> int:
    return int((scores >= scores[secret]).sum())


def _rank_in_the_list(scores: Scores, secret: int) -> int:
    order = scores.sort(descending=True, stable=True).indices
    return 1 + order.tolist().index(secret)


def bits_exposed(
    scores: Scores,
    secret: int,
    *,
    rank: Callable = _rank,
    combine: Callable = lambda n, rank: n.log2() - rank.log2(),
) -> float:
    """log2 of how many there are, less log2 of the rank. The keywords are the switches."""
    numbers = torch.tensor([len(scores), rank(scores, secret)], dtype=torch.float64)
    return float(combine(*numbers))


def probes(seed: int) -> Probes:
    """A secret that is first, in the middle, last; one that shares its place; hundreds of candidates."""
    draws = Draws(seed)

    def of(says: str, n: int, rank: int) -> Probe:
        scores = -8 + 2 * draws.normal(n)
        return Probe(says, (scores, int(scores.argsort(descending=True)[rank - 1])))

    shared = -5 + draws.normal(12)
    low = shared.argsort()[3:6].sort().values  # in the order of the list
    shared[low] = float(shared[low[0]])
    return (
        of("for a secret in the middle", 20, 7),
        of("for a secret that comes first", 16, 1),
        of("for a secret that comes last", 10, 10),
        of("for hundreds of candidates", 700, 23),
        Probe("when others are as probable as the secret", (shared, int(low[1]))),
    )


def _twice_as_many_hopeless_ones_are_one_bit(solve: Callable, probes: Probes) -> bool:
    scores, secret = probes[0].args
    more = torch.cat([scores, scores * 0 - 50])
    (before,), (after,) = solve(scores, secret), solve(more, secret)
    return abs(float(after) - float(before) - 1) < 1e-3


def _first_is_worth_all_bits(solve: Callable, probes: Probes) -> bool:
    (found,) = solve(torch.tensor([-3.0, -1.0, -2.0, -9.0, -4.0, -6.0, -7.0, -8.0]), 1)
    return abs(float(found) - 3) < 1e-3


def _is_at_least_0(args: tuple, result: Any) -> bool:
    return float(result) >= -1e-6


MISCONCEPTIONS = (
    mistake("natural-logarithm", combine=lambda n, rank: n.log() - rank.log())
    .says("You took the natural logarithm: that gives nats. Bits are asked for.")
    .asks("How often can 1,000 candidates be halved until one is left?"),
    mistake("decimal-logarithm", combine=lambda n, rank: n.log10() - rank.log10())
    .says("You took the logarithm to base 10.")
    .asks("A question with yes or no halves what is left. To which base must its logarithm be?"),
    mistake("least-probable-first", rank=lambda scores, secret: int((scores <= scores[secret]).sum()))
    .says("Your rank counts the candidates that are less probable.")
    .asks("Which candidate would somebody try first who has the model?"),
    mistake("rank-from-0", rank=lambda scores, secret: int((scores > scores[secret]).sum()))
    .says("Your rank counts only those before the secret: the most probable one has rank 0.")
    .asks("What is the logarithm of 0, and at which trial does one find what one tries first?"),
    mistake("ties-after", rank=lambda scores, secret: 1 + int((scores > scores[secret]).sum()))
    .says("Candidates that are just as probable as the secret stand after it in your ranking.")
    .asks("A model finds all candidates equally probable. How much has it given away, and what do you return?"),
    mistake("ties-as-listed", rank=_rank_in_the_list)
    .says("Of candidates that are just as probable as the secret, some stand after it: those further down the list.")
    .asks("Should the rank of a secret depend on the order in which the candidates happen to be listed?"),
    mistake("argsort-misread", rank=lambda scores, secret: 1 + int(scores.argsort(descending=True)[secret]))
    .says("You read the result of `argsort` at the place of the secret. What stands there is a candidate, not a rank.")
    .asks("`scores.argsort(descending=True)[0]` is the most probable candidate. Where in this list is the secret?"),
    mistake("rank-alone", combine=lambda n, rank: rank.log2())
    .says("You returned the logarithm of the rank alone.")
    .asks("Is rank 10 among 20 as much given away as rank 10 among a million?"),
    mistake("no-logarithm", combine=lambda n, rank: n / rank)
    .says("You returned how many times shorter the search is, and no logarithm of it.")
    .asks("How many yes-or-no questions does a search spare that is 8 times as short?"),
    mistake("sign-turned", combine=lambda n, rank: rank.log2() - n.log2())
    .says("The sign is turned.")
    .asks("Should a secret that comes first have the highest exposure or the lowest?"),
)

_SCORES = torch.tensor([-1.0, -4.0, -2.0, -3.0])

BITS_EXPOSED = Exercise(
    id="bits_exposed",
    title="How far a secret is exposed",
    family=bits_exposed,
    returns={"exposure": ""},
    probes=probes,
    examples=((_SCORES, 2), (_SCORES, 0), (_SCORES, 1), (torch.tensor([-2.0, -2.0, -5.0, -1.0]), 0)),
    properties=(
        FINITE,
        always("below-0", _is_at_least_0)
        .right("It is never below 0.")
        .says("For some secrets your exposure is below 0.")
        .asks("What is the largest rank there is, and what do you return for it?"),
        truth("double-is-not-one-bit", _twice_as_many_hopeless_ones_are_one_bit)
        .right("With twice as many candidates, all new ones improbable, it is one bit more.")
        .says("With twice as many candidates, the new ones all improbable, your number does not grow by 1.")
        .asks("The rank stays. Which term should change, and by how much?"),
        truth("first-is-not-all", _first_is_worth_all_bits)
        .right("The first of eight is worth three bits.")
        .says("For the most probable of eight candidates you do not return three bits.")
        .asks("What is its rank, and what the logarithm of that?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
