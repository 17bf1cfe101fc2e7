"""Exercise: what is left against several attackers: each text meets the one that is worst for it.

Check `robust_share(clean, under)`: a share of all texts, from 0 to 1.

`clean` is [text], True where the classifier is right about a text as it was; `under` is [attacker, text], True where it
is right about what this attacker made of it. A text counts if the classifier is right about it as it was, and whatever
any of the attackers did. There may be a single attacker.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, mistake, truth

Right = Bool[Tensor, "text"]


def robust(
    clean: Right,
    under: Bool[Tensor, "attacker text"],
    *,
    join: Callable = lambda under: under.all(dim=0),
    start: Callable = lambda clean: clean,
    among: Callable = lambda clean: len(clean),
    told: Callable = lambda share: share,
) -> float:
    """The texts that are right whatever happens, of all texts. The keywords are the switches."""
    left = (start(clean) * join(under)).double().sum()
    return float(told(left / among(clean)))


def probes(seed: int) -> Probes:
    """One attacker, and several that turn different texts; a classifier that is often wrong by itself."""
    draws = Draws(seed)

    def of(says: str, attackers: int, n: int, is_right: float, stays: float) -> Probe:
        clean, under = draws.uniform(n) < is_right, draws.uniform(attackers, n) < stays
        ends = torch.tensor([True, True, True, False, False])
        mixed = torch.ones(attackers, 5, dtype=torch.bool)
        mixed[0, 1] = mixed[-1, 2] = mixed[0, 4] = False
        return Probe(says, (torch.cat([ends, clean]), torch.cat([mixed, under], dim=1)))

    return (
        of("for three attackers", 3, 40, 0.8, 0.7),
        of("for two attackers", 2, 31, 0.6, 0.6),
        of("for one attacker", 1, 27, 0.7, 0.6),
        of("for five attackers", 5, 52, 0.9, 0.8),
    )


def _one_more_attacker_helps_nobody(solve: Callable, probes: Probes) -> bool:
    for probe in probes:
        clean, under = probe.args
        more = torch.cat([under, under.roll(3, dims=1)[:1]])
        if float(solve(clean, more)[0]) > float(solve(clean, under)[0]) + 1e-9:
            return False
    return True


def _who_never_succeeds_changes_nothing(solve: Callable, probes: Probes) -> bool:
    for probe in probes:
        clean, under = probe.args
        idle = torch.cat([under, torch.ones(1, len(clean), dtype=torch.bool)])
        if abs(float(solve(clean, idle)[0]) - float(solve(clean, under)[0])) > 1e-6:
            return False
    return True


MISCONCEPTIONS = (
    mistake("mean-of-attackers", join=lambda under: under.double().mean(dim=0))
    .says("You took the mean over the attackers.")
    .asks("A door has ten locks, and one is open. Is it nine tenths shut?"),
    mistake("worst-attacker", join=lambda under: under[under.sum(dim=1).argmin()])
    .says("You took the one attacker who turns most texts, for all texts.")
    .asks("Two attackers turn different texts. What can somebody do who has both at hand?"),
    mistake("any-attacker", join=lambda under: under.any(dim=0))
    .says("A text counts for you if one attacker fails to turn it.")
    .asks("How many attackers have to succeed for a text to be lost?"),
    mistake("last-attacker", join=lambda under: under[-1])
    .says("Only the last attacker counts in your answer.")
    .asks("What do the other rows of `under` say?"),
    mistake("clean-ignored", start=torch.ones_like)
    .says("You count texts that the classifier gets wrong as they are.")
    .asks("A text was answered wrongly, and after a swap rightly by chance. Is it safe?"),
    mistake("of-right-before", among=lambda clean: clean.sum())
    .says("You divided by the number of texts that were right before.")
    .asks("The share is to be compared with the clean accuracy. By what is that divided?"),
    mistake("lost", told=lambda share: 1 - share)
    .says("You returned the share that is lost.")
    .asks("If no attacker ever succeeds, and every text is right, what should come out?"),
)

ROBUST_SHARE = Exercise(
    id="robust_share",
    title="Against all attackers at once",
    family=robust,
    returns={"share": ""},
    probes=probes,
    examples=(
        (torch.tensor([True, True, True, False]), torch.tensor([[True, False, True, True], [False, True, True, True]])),
        (torch.tensor([True, True]), torch.tensor([[True, False]])),
        (torch.tensor([True, False]), torch.tensor([[True, True], [True, True], [True, False]])),
    ),
    properties=(
        truth("more-attackers-help", _one_more_attacker_helps_nobody)
        .right("One more attacker never makes the share larger.")
        .says("With one more attacker your share grows.")
        .asks("What can a further attacker do to a text that another has turned already?"),
        truth("idle-attackers-count", _who_never_succeeds_changes_nothing)
        .right("An attacker who never succeeds changes nothing.")
        .says("An attacker who never succeeds changes your share.")
        .asks("Which texts does such an attacker take away from you?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
