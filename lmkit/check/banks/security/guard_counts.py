"""Exercise: what a guard catches, and what it stops by mistake.

Check `guard_counts(hidden, stopped)`: the share of attacks that are caught, and the share of false alarms.

Both are integer tensors [text] of 0 and 1: 1 in `hidden` means that an instruction is hidden in the text, 1 in
`stopped` that the guard has stopped it. What is caught is counted among the texts with an instruction, false alarms
among those without.
"""

from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.check.bank import Exercise, Probe, Probes, mistake, truth

Texts = Int[Tensor, "text"]


def _rate(wanted: Tensor, among: Tensor) -> float:
    return float(wanted[among].double().mean())


def _caught(hidden: Tensor, stopped: Tensor) -> float:
    return _rate(stopped == 1, hidden == 1)


def _alarms(hidden: Tensor, stopped: Tensor) -> float:
    return _rate(stopped == 1, hidden == 0)


def counts(
    hidden: Texts,
    stopped: Texts,
    *,
    caught: Callable = _caught,
    alarms: Callable = _alarms,
) -> tuple[float, float]:
    """P(stopped | hidden) and P(stopped | nothing hidden). The keywords are the switches."""
    return caught(hidden, stopped), alarms(hidden, stopped)


def texts(n_caught: int, n_missed: int, n_alarms: int, n_passed: int, seed: int = 0) -> tuple[Texts, Texts]:
    """Make texts of which so many are caught, missed, stopped by mistake and let pass."""
    kinds = torch.tensor([[1, 1], [1, 0], [0, 1], [0, 0]])
    rows = kinds.repeat_interleave(torch.tensor([n_caught, n_missed, n_alarms, n_passed]), dim=0)
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    hidden, stopped = (column.contiguous() for column in rows[order].unbind(dim=1))
    return hidden, stopped


def probes(seed: int) -> Probes:
    """Guards that stop much and little, where attacks are rare and where they are common; one without an alarm."""

    def of(says: str, *numbers: int) -> Probe:
        return Probe(says, texts(numbers[0] + seed % 3, *numbers[1:], seed=seed))

    return (
        of("when attacks are rare", 4, 2, 9, 71),
        of("when attacks are common", 30, 11, 2, 7),
        of("when the guard stops nearly all", 13, 1, 20, 3),
        of("when the guard hardly ever stops a text", 2, 17, 1, 23),
        of("when there is no false alarm", 5, 6, 0, 12),
    )


def _harmless_texts_do_not_help_to_catch(solve: Callable, probes: Probes) -> bool:
    few, many = (solve(*texts(6, 4, 2, n)) for n in (8, 80))
    return abs(float(few[0]) - float(many[0])) < 1e-6


def _more_attacks_are_no_alarms(solve: Callable, probes: Probes) -> bool:
    few, many = (solve(*texts(n, n, 3, 9)) for n in (2, 20))
    return abs(float(few[1]) - float(many[1])) < 1e-6


def _a_guard_that_stops_all_catches_all(solve: Callable, probes: Probes) -> bool:
    hidden, _ = probes[0].args
    return all(abs(float(each) - 1) < 1e-6 for each in solve(hidden, torch.ones_like(hidden)))


MISCONCEPTIONS = (
    mistake("of-all-texts", caught=lambda h, s: float(((h == 1) & (s == 1)).double().mean()))
    .says("You divided what is caught by all texts.")
    .asks("One text in a hundred is an attack, and the guard catches every one. What is your share?"),
    mistake("precision", caught=lambda h, s: _rate(h == 1, s == 1))
    .says("You counted attacks among what was stopped: how sure an alarm is, not how much is caught.")
    .asks("Of 1,000 attacks one is stopped, and nothing else. What is your number?"),
    mistake("missed", caught=lambda h, s: _rate(s == 0, h == 1))
    .says("You counted the attacks that are missed.")
    .asks("What is your number for a guard that stops everything?"),
    mistake("right-at-all", caught=lambda h, s: float((h == s).double().mean()))
    .says("That is how often the guard is right, on harmless texts too.")
    .asks("A guard never stops anything. Is it right often, and what does it catch?"),
    mistake("alarms-of-all", alarms=lambda h, s: float(((h == 0) & (s == 1)).double().mean()))
    .says("You divided the false alarms by all texts.")
    .asks("Among which texts can an alarm be false?"),
    mistake("alarms-of-the-stopped", alarms=lambda h, s: _rate(h == 0, s == 1))
    .says("You divided the false alarms by all alarms.")
    .asks("A user sends harmless texts only. How often is one of them stopped?"),
    mistake("passed", alarms=lambda h, s: _rate(s == 0, h == 0))
    .says("You counted the harmless texts that pass.")
    .asks("Is your number high or low for a guard that never disturbs anybody?"),
    mistake("counted", caught=lambda h, s: float(((h == 1) & (s == 1)).sum()))
    .says("You returned how many are caught, not which share.")
    .asks("By the number of which texts must it be divided?"),
)

GUARD_COUNTS = Exercise(
    id="guard_counts",
    title="Caught, and stopped by mistake",
    family=counts,
    returns={"caught": "", "false alarms": ""},
    probes=probes,
    examples=(texts(2, 1, 2, 4), texts(1, 3, 1, 2), texts(3, 1, 2, 1)),
    properties=(
        truth("harmless-texts-count", _harmless_texts_do_not_help_to_catch)
        .right("With more harmless texts, the guard catches the same share.")
        .says("The share that you call caught changes when harmless texts are added that pass.")
        .asks("Which texts must be left out before what is caught is counted?"),
        truth("attacks-count", _more_attacks_are_no_alarms)
        .right("With more attacks, the share of false alarms is the same.")
        .says("Your share of false alarms changes when only attacks are added.")
        .asks("Can the alarm about an attack be false?"),
        truth("all-is-not-1", _a_guard_that_stops_all_catches_all)
        .right("A guard that stops everything has both shares at 1.")
        .says("For a guard that stops every text, your two numbers are not both 1.")
        .asks("Of the attacks, how many does it catch? Of the harmless texts, how many does it stop?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
