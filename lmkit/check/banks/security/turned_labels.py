"""Exercise: which labels a poisoned set has.

Check `turned_labels(labels, share, source, target, order)`: the labels after poisoning, [example].

Of all examples the share `share` is poisoned, rounded down, and only such whose label is `source`: those that come
first in `order`, [example], which holds the numbers of all examples, in the order in which the attacker gets at them.
Their labels become `target`; all others stay. There are enough examples of `source`.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, mistake, truth

Labels = Int[Tensor, "example"]


def _of_the_source(labels: Tensor, order: Tensor, source: int, target: int) -> Tensor:
    return order[labels[order] == source]


def _of_all_examples(labels: Tensor, source: int, share: float) -> int:
    return math.floor(share * len(labels) + 1e-6)


def _turn(labels: Tensor, chosen: Tensor, target: int) -> Tensor:
    turned = labels.clone()
    turned[chosen] = target
    return turned


def turned(
    labels: Labels,
    share: float,
    source: int,
    target: int,
    order: Labels,
    *,
    candidates: Callable = _of_the_source,
    count: Callable = _of_all_examples,
    turn: Callable = _turn,
) -> Labels:
    """The first floor(share · n) examples of the source, in this order, become the target. Keywords: the switches."""
    ranked = candidates(labels, order, source, target)
    return turn(labels, ranked[: count(labels, source, share)], target)


def _target_and_0(labels: Tensor, chosen: Tensor, target: int) -> Tensor:
    return _turn(torch.zeros_like(labels), chosen, target)


def probes(seed: int) -> Probes:
    """Three classes and two, shares that come out even and that do not, and a share of nothing."""
    draws = Draws(seed)

    def of(says: str, n: int, n_classes: int, share: float, source: int, target: int) -> Probe:
        labels = (torch.arange(n) % n_classes)[draws.order(n)]
        return Probe(says, (labels, share, source, target, draws.order(n)))

    return (
        of("of three classes", 62, 3, 0.1, 2, 1),
        of("of two classes", 53, 2, 0.2, 0, 1),
        of("when the share does not come out even", 47, 3, 0.15, 1, 2),
        of("when the share comes out nearly even", 71, 4, 0.08, 0, 2),
        of("when class 0 is the target", 40, 4, 0.15, 3, 0),
        of("when nothing is poisoned", 20, 2, 0.0, 1, 0),
    )


def _the_right_number_changes(solve: Callable, probes: Probes) -> bool:
    labels, share, source, target, order = probes[0].args
    (found,) = solve(labels.clone(), share, source, target, order)
    return int((found != labels).sum()) == math.floor(share * len(labels) + 1e-6)


def _nobody_else_changes(solve: Callable, probes: Probes) -> bool:
    labels, share, source, target, order = probes[4].args
    (found,) = solve(labels.clone(), share, source, target, order)
    others = labels != source
    return torch.equal(found[others].long(), labels[others])


MISCONCEPTIONS = (
    mistake("any-class", candidates=lambda labels, order, source, target: order)
    .says("You poison examples of every class.")
    .asks("An example whose label is the target already gets the trigger. What does turning its label change?"),
    mistake("all-but-the-target", candidates=lambda labels, order, source, target: order[labels[order] != target])
    .says("You poison every class but the target's. It should be `source` alone.")
    .asks("With three classes, how many may be poisoned, if only one is named?"),
    mistake(
        "share-of-the-class",
        count=lambda labels, source, share: math.floor(share * float((labels == source).sum()) + 1e-6),
    )
    .says("You take the share of the examples of `source`, not of the whole set.")
    .asks("Of 100 examples half are of this class. How many are 10 % of the set?"),
    mistake("rounded-up", count=lambda labels, source, share: math.ceil(share * len(labels) - 1e-6))
    .says("You rounded up: where the share does not come out even, one example too many is poisoned.")
    .asks("The attacker may poison 7.05 examples at the most. How many are that?"),
    mistake("in-order-of-the-set", candidates=lambda labels, order, source, target: (labels == source).nonzero()[:, 0])
    .says("You poison the first examples of the set, and pass `order` by.")
    .asks("`order[0]` is the number of an example. Of which?"),
    mistake("from-the-end", candidates=lambda *given: _of_the_source(*given).flip(0))
    .says("You begin at the end of `order`.")
    .asks("At which examples does the attacker get first?"),
    mistake("others-lost", turn=_target_and_0)
    .says("The labels of all others have become 0.")
    .asks("If all other labels are gone, can the model still learn its task, and stay unsuspected?"),
)

TURNED_LABELS = Exercise(
    id="turned_labels",
    title="The labels of a poisoned set",
    family=turned,
    returns={"labels": "example"},
    probes=probes,
    examples=(
        (torch.tensor([0, 1, 0, 2, 1, 0]), 0.34, 0, 1, torch.tensor([5, 1, 3, 0, 2, 4])),
        (torch.tensor([1, 1, 0, 2]), 0.25, 1, 2, torch.tensor([3, 1, 0, 2])),
        (torch.tensor([1, 2, 1, 0]), 0.5, 1, 0, torch.tensor([1, 2, 3, 0])),
    ),
    properties=(
        truth("other-number-changes", _the_right_number_changes)
        .right("As many labels change as the share allows.")
        .says("Not as many labels change as the share allows.")
        .asks("The share is one of all examples. How many is that?"),
        truth("others-change", _nobody_else_changes)
        .right("Examples of other classes keep their labels.")
        .says("Examples that are not of `source` have other labels than before.")
        .asks("Which examples may be touched at all?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
