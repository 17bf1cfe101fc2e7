"""Exercise: how many members an attack finds, if it must hardly ever accuse anybody else.

Check `found_at(members, others, rate)`: the share of members found.

`members` and `others` are scores, [member] and [other]; a high score means *was trained on*. Whoever scores above the
threshold is called a member. The threshold is as low as it may be with at most the share `rate` of the others above it;
`rate` is below 1.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, always, mistake, truth

Scores = Float[Tensor, "_"]


def _allowed(rate: float, n: int) -> int:
    return math.floor(rate * n + 1e-6)


def _highest(scores: Tensor, place: int) -> Tensor:
    return scores.sort(descending=True).values[min(place, len(scores) - 1)]


def _threshold(members: Tensor, others: Tensor, rate: float) -> Tensor:
    return _highest(others, _allowed(rate, len(others)))


def found(
    members: Scores,
    others: Scores,
    rate: float,
    *,
    threshold: Callable = _threshold,
    share: Callable = lambda members, others, least: (members > least).double().mean(),
) -> float:
    """The share of members above the score that all but `rate` of the others stay at or below. Keywords: switches."""
    members, others = members.detach(), others.detach()
    return float(share(members, others, threshold(members, others, rate)))


def _half_right(members: Tensor, others: Tensor, least: Tensor) -> Tensor:
    right = (members > least).sum() + (others <= least).sum()
    return right / (len(members) + len(others))


def probes(seed: int) -> Probes:
    """Rates that allow many, a few, one and none; rates that do not come out even; scores that are equal."""
    draws = Draws(seed)

    def of(says: str, n_members: int, n_others: int, rate: float, apart: float) -> Probe:
        return Probe(says, (draws.normal(n_members) + apart, draws.normal(n_others), rate))

    def coarse(n: int) -> Tensor:
        return draws.whole(0, 4, n).float()

    equal = (torch.cat([coarse(23), torch.tensor([3.0, 2.0])]), torch.cat([coarse(36), torch.full((4,), 2.0)]), 0.2)
    return (
        of("at a rate of one in ten", 50, 60, 0.1, 1.2),
        of("at a rate of one in a hundred", 80, 200, 0.01, 1.8),
        of("when not a single one may be accused", 40, 50, 0.0, 2.5),
        of("when the rate does not come out even", 60, 45, 0.1, 1.0),
        Probe("when scores are equal", equal),
    )


def _more_alarms_find_no_less(solve: Callable, probes: Probes) -> bool:
    members, others, _ = probes[0].args
    found = [float(solve(members, others, rate)[0]) for rate in (0.0, 0.1, 0.3)]
    return found == sorted(found)


def _parted_groups_are_all_found(solve: Callable, probes: Probes) -> bool:
    (found,) = solve(torch.arange(10.0) + 20, torch.arange(30.0) - 20, 0.0)
    return abs(float(found) - 1) < 1e-6


def _is_a_share(args: tuple, result: Any) -> bool:
    return -1e-9 <= float(result) <= 1 + 1e-9


MISCONCEPTIONS = (
    mistake("threshold-by-members", threshold=lambda m, o, rate: _highest(m, _allowed(rate, len(m))))
    .says("Your threshold is set by the members: it lets through the share `rate` of them.")
    .asks("The rate is that of false alarms. Among whom can an alarm be false?"),
    mistake(
        "threshold-by-all",
        threshold=lambda m, o, rate: _highest(torch.cat([m, o]), _allowed(rate, len(m) + len(o))),
    )
    .says("Your threshold is set by members and others together.")
    .asks("Of 100 alarms 90 are right. Is the rate of false alarms, of all who could have been accused, 10 %?"),
    mistake("lowest-others", threshold=lambda m, o, rate: o.sort().values[min(_allowed(rate, len(o)), len(o) - 1)])
    .says("Your threshold lets nearly all of the others through: you count from the lowest score.")
    .asks("Which of the others come nearest to being accused: those with high scores or with low ones?"),
    mistake("one-too-many", threshold=lambda m, o, rate: _highest(o, _allowed(rate, len(o)) + 1))
    .says("One more of the others is above your threshold than may be.")
    .asks("If none may be accused, with which of the others' scores is your threshold equal?"),
    mistake("one-too-few", threshold=lambda m, o, rate: _highest(o, max(0, _allowed(rate, len(o)) - 1)))
    .says("One more of the others could be above your threshold.")
    .asks("Two may be accused. At the score of which of the others, counted from the highest, must you draw the line?"),
    mistake("at-the-threshold-too", share=lambda m, o, least: (m >= least).double().mean())
    .says("You count members whose score is just that of the threshold.")
    .asks("Some of the others have that score too. How many of them are accused then?"),
    mistake("counted", share=lambda m, o, least: (m > least).sum())
    .says("You returned how many are found, not which share.")
    .asks("By what must the count be divided?"),
    mistake("accuracy", share=_half_right)
    .says("That is the share of all answers that are right, those about the others too.")
    .asks("If nobody is ever accused, what is your number, and how many members are found?"),
    mistake("precision", share=lambda m, o, least: (m > least).sum() / ((m > least).sum() + (o > least).sum()).clamp(1))
    .says("That is the share of the accused who are members.")
    .asks("Of 1,000 members one is found, and no other is accused. What is your number?"),
)

FOUND_AT = Exercise(
    id="found_at",
    title="Found at a low rate of false alarms",
    family=found,
    returns={"found": ""},
    probes=probes,
    examples=(
        (torch.tensor([3.0, 1.0, 2.5]), torch.tensor([0.0, 2.0]), 0.0),
        (torch.tensor([3.0, 1.0, 2.5]), torch.tensor([0.0, 2.0]), 0.5),
        (torch.tensor([3.0, 2.0]), torch.tensor([0.0, 2.0, 1.0]), 0.0),
        (torch.tensor([3.0, 1.5, 0.5]), torch.tensor([0.0, 2.0, 1.0, 4.0]), 0.25),
        (torch.tensor([2.5, 0.5, 1.5]), torch.tensor([1.0, 0.0, 2.0, 3.0, -1.0]), 0.3),
    ),
    properties=(
        always("no-share", _is_a_share)
        .right("It is a share, from 0 to 1.")
        .says("Your number is no share from 0 to 1.")
        .asks("How many members are there, and how many of them can be found?"),
        truth("more-alarms-find-less", _more_alarms_find_no_less)
        .right("Where more false alarms are allowed, no fewer members are found.")
        .says("At a higher rate of false alarms you find fewer members.")
        .asks("If more of the others may be above the threshold, does it go up or down?"),
        truth("misses-what-is-plain", _parted_groups_are_all_found)
        .right("Where all members score above all others, all are found without a false alarm.")
        .says("All members score above all others, and no false alarm is allowed: you do not find all of them.")
        .asks("What is the highest score of the others, and how many members are above it?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
