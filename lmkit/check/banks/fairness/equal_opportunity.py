"""Exercise: of those who should be chosen, are as many chosen in one group as in the other?

Check `equal_opportunity(answers, labels, group)`: the true positive rate of group 1, minus that of group 0.

All three are integer tensors [person] of 0 and 1; 1 in `answers` is *chosen*, and 1 in `labels` *should be chosen*.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.check.bank import Exercise, Probe, Probes, mistake, truth

People = Int[Tensor, "person"]


def _of_those_due(answers: People, labels: People) -> float:
    return float(answers[labels == 1].double().mean())


def _of_the_others(answers: People, labels: People) -> float:
    return float(answers[labels == 0].double().mean())


def _of_the_chosen(answers: People, labels: People) -> float:
    return float(labels[answers == 1].double().mean())


def _of_all(answers: People, labels: People) -> float:
    return float(((answers == 1) & (labels == 1)).double().mean())


def _right(answers: People, labels: People) -> float:
    return float((answers == labels).double().mean())


def _chosen(answers: People, labels: People) -> float:
    return float(answers.double().mean())


def difference(
    answers: People,
    labels: People,
    group: People,
    *,
    share: Callable = _of_those_due,
    compare: Callable = lambda of_0, of_1: of_1 - of_0,
) -> float:
    """P(chosen | should be chosen) in group 1, minus the same in group 0. The keywords are the switches."""
    shares = [share(answers[group == number], labels[group == number]) for number in (0, 1)]
    return compare(*shares)


def people(counts: dict[tuple[int, int, int], int], seed: int = 0) -> tuple[People, People, People]:
    """Answers, labels and groups; the keys are (group, label, answer), the values how many."""
    rows = torch.tensor([key for key, n in counts.items() for _ in range(n)])
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    group, labels, answers = (column.contiguous() for column in rows[order].unbind(dim=1))
    return answers, labels, group


def _counts(*numbers: int) -> dict[tuple[int, int, int], int]:
    keys = [(g, y, a) for g in (0, 1) for y in (1, 0) for a in (1, 0)]
    return dict(zip(keys, numbers, strict=True))


def probes(seed: int) -> Probes:
    """Groups of unlike size and base rate, in both directions, and with equal opportunity."""

    def of(says: str, *numbers: int) -> Probe:
        return Probe(says, people(_counts(numbers[0] + seed % 5, *numbers[1:]), seed))

    return (
        of("when group 1 is worse off", 9, 2, 3, 7, 4, 5, 1, 9),
        of("when group 0 is worse off", 3, 6, 2, 5, 11, 1, 7, 3),
        of("when one group is small", 20, 7, 9, 31, 2, 1, 3, 1),
        of("when base rates are far apart", 2, 3, 4, 30, 17, 6, 1, 2),
        of("when nobody is chosen who should not be", 6, 5, 0, 8, 3, 6, 0, 4),
    )


def _who_should_not_be_chosen_does_not_matter(solve: Callable, probes: Probes) -> bool:
    answers, labels, group = probes[0].args
    turned = torch.where(labels == 0, 1 - answers, answers)
    return math.isclose(float(solve(answers, labels, group)[0]), float(solve(turned, labels, group)[0]), abs_tol=1e-6)


def _groups_change_places(solve: Callable, probes: Probes) -> bool:
    answers, labels, group = probes[0].args
    one, other = (float(solve(answers, labels, each)[0]) for each in (group, 1 - group))
    return math.isclose(one, -other, abs_tol=1e-6)


def _all_right_is_zero(solve: Callable, probes: Probes) -> bool:
    return all(abs(float(solve(labels, labels, group)[0])) < 1e-6 for _, labels, group in (p.args for p in probes))


MISCONCEPTIONS = (
    mistake("demographic-parity", share=_chosen)
    .says("You compared how many are chosen at all. That is demographic parity, which does not look at the labels.")
    .asks("Among which people of a group do you have to count?"),
    mistake("false-positives", share=_of_the_others)
    .says("You counted among those who should not be chosen: that is the false positive rate.")
    .asks("Which label do those have who should be chosen?"),
    mistake("predictive-parity", share=_of_the_chosen)
    .says("You counted, among the chosen, those who should be. That is the predictive value: the other way round.")
    .asks("In P(chosen | should be chosen), what stands behind the bar?"),
    mistake("accuracy", share=_right)
    .says("You compared the accuracy, into which those who should not be chosen enter too.")
    .asks("A classifier chooses nobody. How accurate may it be, and what is its opportunity?"),
    mistake("divided-by-the-group", share=_of_all)
    .says("You divided by the whole group, so that a group looks better in which more should be chosen.")
    .asks("Of how many people could the answer have been right in this way?"),
    mistake("group-0-first", compare=lambda of_0, of_1: of_0 - of_1)
    .says("Your sign is the other one: you took group 1 from group 0, or counted those who are missed.")
    .asks("If group 1 is chosen more often, is your number above 0?"),
    mistake("without-its-sign", compare=lambda of_0, of_1: abs(of_1 - of_0))
    .says("You took the sign away: one cannot see which group is worse off.")
    .asks("What would you tell somebody of group 1 who asks?"),
    mistake("quotient", compare=lambda of_0, of_1: of_1 / of_0 if of_0 else math.inf)
    .says("You divided one share by the other; asked is a difference.")
    .asks("What do you return when both shares are the same?"),
)

EQUAL_OPPORTUNITY = Exercise(
    id="equal_opportunity",
    title="Of those who should be chosen",
    family=difference,
    returns={"difference": ""},
    probes=probes,
    examples=(
        people(_counts(1, 0, 0, 1, 1, 1, 0, 1)),
        people(_counts(1, 1, 1, 1, 2, 1, 1, 2)),
        people(_counts(2, 1, 1, 1, 1, 2, 0, 1)),
    ),
    properties=(
        truth("others-matter", _who_should_not_be_chosen_does_not_matter)
        .right("What is answered to those who should not be chosen changes nothing.")
        .says("Your number changes with the answers to those who should not be chosen.")
        .asks("Which people must be left out before anything is counted?"),
        truth("all-right-is-not-zero", _all_right_is_zero)
        .right("When all answers are right, it is 0.")
        .says("When every answer is right, your number is not 0.")
        .asks("What share of those who should be chosen is chosen then, in either group?"),
        truth("no-sign", _groups_change_places)
        .right("When the groups change their numbers, the sign turns.")
        .says("When the groups change their numbers, your number does not turn its sign.")
        .asks("Which group is subtracted from which?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
