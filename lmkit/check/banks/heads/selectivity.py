"""Exercise: labels for a control task, and what a probe gains over it.

Check `selectivity(task, control, labels, control_labels)`: one number.

`task` and `control` are [example], what a probe said on the task and what another said on its control; `labels` and
`control_labels`, [example], what would have been right. Return the accuracy on the task less that on the control.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, always, hides, mistake, truth

Answers = Int[Tensor, "example"]


def gain(
    task: Answers,
    control: Answers,
    labels: Answers,
    control_labels: Answers,
    *,
    held_against: Callable = lambda labels, control_labels: control_labels,
    right: Callable = lambda said, labels: (said == labels).float().mean(),
    compare: Callable = lambda task, control: task - control,
) -> Float[Tensor, "..."]:
    """Accuracy on the task less accuracy on the control. The keywords are the switches."""
    return compare(right(task, labels), right(control, held_against(labels, control_labels)))


def _balanced(said: Answers, labels: Answers) -> Tensor:
    """Every label counts alike."""
    return torch.stack([(said == labels)[labels == one].float().mean() for one in labels.unique()]).mean()


def probes(seed: int) -> Probes:
    """Probes that are often right on both, on the task only, and on neither; unlike numbers of each label."""
    draws = Draws(seed)

    def of(says: str, n: int, on_task: int, on_control: int) -> Probe:
        labels = (torch.arange(n) % 4 == 0).long()[draws.order(n)]
        control_labels = (torch.arange(n) % 3 == 0).long()[draws.order(n)]
        said = []
        for truth_, wrong in ((labels, on_task), (control_labels, on_control)):
            answers = truth_.clone()
            places = draws.order(n)[:wrong]
            answers[places] = 1 - answers[places]
            said.append(answers)
        return Probe(says, (said[0], said[1], labels, control_labels))

    return (
        of("when the probe is right on the task only", 24, 2, 11),
        of("when it has learned both by heart", 30, 1, 2),
        of("when it does better on the control", 20, 9, 3),
    )


def _both_perfect_is_0(solve: Callable, probes: Probes) -> bool:
    _, _, labels, control_labels = probes[0].args
    return bool(solve(labels, control_labels, labels, control_labels)[0].double().abs() < 1e-5)


def _is_from_minus_1_to_1(args: tuple, result: Tensor) -> bool:
    return bool((result.abs() <= 1 + 1e-5).all())


MISCONCEPTIONS = (
    mistake("control-held-against-the-task", held_against=lambda labels, control_labels: labels)
    .says("You held the control's answers against the labels of the task.")
    .asks("Which labels was the second probe fitted to?"),
    mistake("task-alone", compare=lambda task, control: task)
    .says("That is the accuracy on the task alone.")
    .asks("A probe is right in 95 of 100 on labels that were drawn by chance, too. Does your number show it?"),
    mistake("divided", compare=lambda task, control: task / control)
    .says("You divided; asked is a difference.")
    .asks("What does selectivity 0 mean, and what does your number say when both are equally good?"),
    mistake("swapped", compare=lambda task, control: control - task)
    .says("You subtracted the task from the control.")
    .asks("Which of the two should be high, if something has been found?"),
    mistake("over-chance", compare=lambda task, control: task - 0.5)
    .says("You compared with a coin, not with the control.")
    .asks("A probe can learn by heart which word is which. Does a coin do that?"),
    mistake("counted", right=lambda said, labels: (said == labels).float().sum())
    .says("You compared numbers of right answers, not shares.")
    .asks("What becomes of your number with twice as many examples?"),
    mistake("balanced", right=_balanced)
    .says("You counted every label alike: that is balanced accuracy.")
    .asks("How many of all answers were right?"),
)

SELECTIVITY = Exercise(
    id="selectivity",
    title="What a probe gains over its control",
    family=gain,
    returns={"selectivity": ""},
    probes=probes,
    examples=(
        tuple(map(torch.tensor, ([1, 0, 1, 1], [1, 1, 0, 0], [1, 0, 1, 0], [1, 0, 0, 1]))),
        tuple(map(torch.tensor, ([1, 0, 0, 0], [0, 1, 1, 0], [1, 0, 0, 0], [1, 1, 1, 0]))),
        tuple(map(torch.tensor, ([0, 0, 1], [1, 1, 0], [1, 0, 0], [1, 1, 1]))),
    ),
    properties=(
        truth("both-perfect-is-not-0", _both_perfect_is_0)
        .right("A probe that learns any labels by heart selects nothing.")
        .says("A probe that is always right, on the control too, does not get 0.")
        .asks("What has it shown, if it can be right about labels drawn by chance?"),
        always("out-of-range", _is_from_minus_1_to_1)
        .right("It lies between -1 and 1.")
        .says("Your selectivity is not between -1 and 1.")
        .asks("In which unit are the two accuracies?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "task-alone over-chance",
            "control-held-against-the-task",
            because="Where the control does not count, it cannot be seen what it was held against.",
        ),
        *hides("divided", "counted", because="Both tasks have as many examples, so the quotient is the same."),
    ),
)
