"""Exercise: the accuracy in each class, and their mean, in which a rare class counts as much as a common one.

Check `balanced_accuracy(answers, labels)`: the mean, over the classes that occur, of the share that is right.

Both are integer tensors [question], the numbers of classes. A class that has no label does not count.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.check.bank import Exercise, Probe, Probes, hides, mistake, truth, twin

Answers = Int[Tensor, "question"]
Confusion = dict[tuple[int, int], int]  # (label, answer): how many


def _recall(right: int, labelled: int, answered: int, n: int, empty: float) -> float:
    return right / labelled if labelled else empty


def _precision(right: int, labelled: int, answered: int, n: int, empty: float) -> float:
    return right / answered if answered else empty


def _f1(right: int, labelled: int, answered: int, n: int, empty: float) -> float:
    return 2 * right / (labelled + answered) if labelled + answered else empty


def _of_all(right: int, labelled: int, answered: int, n: int, empty: float) -> float:
    return right / n


def balanced(
    answers: Answers,
    labels: Answers,
    *,
    classes: Callable = lambda answers, labels: labels.unique().tolist(),
    share: Callable = _recall,
    combine: Callable = torch.mean,
    empty: float = 0.0,
) -> float:
    """The mean, over the classes that occur, of the share that is answered rightly. The keywords are the switches."""
    shares = []
    for name in classes(answers, labels):
        labelled, answered = labels == name, answers == name
        counts = int((labelled & answered).sum()), int(labelled.sum()), int(answered.sum())
        shares.append(share(*counts, len(labels), empty))
    return float(combine(torch.tensor(shares, dtype=torch.float64)))


def answered(confusion: Confusion, seed: int = 0) -> tuple[Answers, Answers]:
    """Answers and labels with these counts, in an order that the seed draws."""
    pairs = torch.tensor([pair for pair, n in confusion.items() for _ in range(n)])
    order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(seed))
    labels, answers = pairs[order].unbind(dim=1)
    return answers.contiguous(), labels.contiguous()


def probes(seed: int) -> Probes:
    """Two classes and more, common and rare; one never answered, one only answered, numbers left out."""

    def of(says: str, confusion: Confusion) -> Probe:
        first = next(iter(confusion))
        return Probe(says, answered({**confusion, first: confusion[first] + seed}, seed))

    return (
        of("for two classes", {(0, 0): 11, (0, 1): 2, (1, 0): 1, (1, 1): 3}),
        of("when one class is rare", {(0, 0): 37, (0, 1): 1, (1, 0): 3, (1, 1): 2}),
        of("for three classes", {(0, 0): 5, (0, 2): 2, (1, 1): 4, (1, 0): 1, (2, 2): 2, (2, 1): 7}),
        of("when one class is never answered", {(0, 0): 8, (1, 0): 3, (2, 2): 4, (2, 0): 1, (1, 1): 1, (3, 0): 2}),
        of("when numbers of classes are left out", {(1, 1): 6, (1, 4): 1, (4, 4): 3, (4, 1): 2, (7, 7): 1}),
        of("when one class is answered only", {(0, 0): 4, (0, 3): 2, (1, 1): 5, (1, 0): 2, (1, 3): 1}),
    )


def _a_class_that_grows_keeps_its_weight(solve: Callable, probes: Probes) -> bool:
    answers, labels = probes[0].args
    common = labels == 0
    more = torch.cat([answers, answers[common]]), torch.cat([labels, labels[common]])
    return math.isclose(float(solve(answers, labels)[0]), float(solve(*more)[0]), rel_tol=1e-4)


def _laziness_is_worth_one_class(solve: Callable, probes: Probes) -> bool:
    labels = torch.tensor([0] * 18 + [1] * 3)
    return all(math.isclose(float(solve(torch.full_like(labels, a), labels)[0]), 0.5, rel_tol=1e-4) for a in (0, 1))


def _all_right_is_1(solve: Callable, probes: Probes) -> bool:
    return all(math.isclose(float(solve(labels, labels)[0]), 1, rel_tol=1e-4) for _, labels in (p.args for p in probes))


MISCONCEPTIONS = (
    mistake(
        "plain-accuracy", classes=lambda answers, labels: labels.unique().tolist(), share=_of_all, combine=torch.sum
    )
    .says("That is the plain accuracy, in which a class counts by its size.")
    .asks("If 95 of 100 letters are no complaint, how much do the other five weigh in your number?"),
    mistake("first-two-classes", classes=lambda answers, labels: [0, 1])
    .says("You look at the classes 0 and 1 only; there may be others.")
    .asks("How can your function find out which classes there are?"),
    mistake("empty-classes-count", classes=lambda answers, labels: range(int(labels.max()) + 1))
    .says("You count up to the largest number, and let in classes that have no example.")
    .asks("What share of none is right, and should it enter a mean?"),
    mistake("classes-of-the-answers", classes=lambda answers, labels: answers.unique().tolist())
    .says("You took the classes from the answers. A class that the model never answers is missing, at no cost.")
    .asks("A lazy model answers one class only. Over how many classes do you take its mean?"),
    mistake("divided-by-the-answers", share=_precision)
    .says("You divide by how often a class was answered. That is its precision; asked is how much of it was found.")
    .asks("Of 20 complaints, 5 were found. Which number must stand below the 5?"),
    mistake("divided-by-all", share=_of_all)
    .says("You divide the right answers of a class by the number of all questions.")
    .asks("A class has 5 of 100 questions, and all 5 are right. What is its accuracy?"),
    mistake("f1", share=_f1)
    .says("That is F1, in which precision has a part. Asked is the accuracy within each class.")
    .asks("Among the questions of one class alone, what is a false alarm?"),
    mistake("worst-class", combine=torch.min)
    .says("You return the accuracy of the worst class.")
    .asks("Which single number has a part of every class?"),
    mistake("not-divided", combine=torch.sum)
    .says("You added up the accuracies of the classes, and did not divide by how many there are.")
    .asks("What do you return when everything is right, for two classes and for three?"),
)

BALANCED_ACCURACY = Exercise(
    id="balanced_accuracy",
    title="Every class counts alike",
    family=balanced,
    returns={"balanced accuracy": ""},
    probes=probes,
    examples=(
        answered({(0, 0): 2, (1, 0): 1}),
        answered({(0, 0): 3, (1, 0): 1, (1, 1): 1}),
        answered({(0, 0): 1, (2, 0): 1, (2, 2): 1}),
    ),
    properties=(
        truth("weighed-by-size", _a_class_that_grows_keeps_its_weight)
        .right("With twice the examples of a class, answered alike, nothing changes.")
        .says("With twice the examples of one class, answered alike, your number changes.")
        .asks("By what do you divide the right answers of a class?"),
        truth("laziness-pays", _laziness_is_worth_one_class)
        .right("One answer for all, of two classes, is worth one half.")
        .says("One and the same answer for all questions of two classes is not worth one half.")
        .asks("What is the accuracy in the class that is always answered, and what in the other?"),
        truth("all-right-is-not-1", _all_right_is_1)
        .right("When all is right, it is 1.")
        .says("When every answer is right, your number is not 1.")
        .asks("What do you give for three questions of three classes, all right?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        twin(
            "divided-by-all not-divided",
            seen_as="plain-accuracy",
            because="The right answers of all classes, each divided by all questions, add up to the accuracy.",
        ),
        *hides("not-divided", "empty-classes-count", because="A class without an example adds 0 to a sum."),
        *hides("not-divided", "classes-of-the-answers", because="A class that is never answered adds 0 to a sum."),
    ),
    styles=({}, {"empty": torch.nan}),
)
