"""Exercise: the expected calibration error, how far a model's confidence is from how often it is right.

Check `calibration_error(confidence, is_right, n_bins)`: the expected calibration error.

`confidence` is [question], from 0 to 1, `is_right` boolean [question]. The bins have one width and go from 0 to 1,
which belongs to the last one.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lmkit.check.bank import Exercise, Probe, Probes, mistake, truth

Confidence = Float[Tensor, "question"]
Right = Bool[Tensor, "question"]
Bin = tuple[Right, float]  # which answers are in it, and its middle


def _equal_width(confidence: Confidence, n_bins: int, least: float = 0.0) -> list[Bin]:
    width = (1 - least) / n_bins
    which = ((confidence - least) / width).long().clamp(0, n_bins - 1)
    return [(which == i, least + (i + 0.5) * width) for i in range(n_bins)]


def _from_half(confidence: Confidence, n_bins: int) -> list[Bin]:
    return _equal_width(confidence, n_bins, least=0.5)


def _without_1(confidence: Confidence, n_bins: int) -> list[Bin]:
    return [(own & (confidence < 1), middle) for own, middle in _equal_width(confidence, n_bins)]


def _equal_count(confidence: Confidence, n_bins: int) -> list[Bin]:
    places = confidence.argsort().argsort()
    parts = [part for part in torch.arange(len(confidence)).tensor_split(n_bins) if len(part)]
    chosen = [torch.isin(places, part) for part in parts]
    return [(own, (confidence[own].min() + confidence[own].max()).item() / 2) for own in chosen]


def _one_bin(confidence: Confidence, n_bins: int) -> list[Bin]:
    return [(confidence >= 0, 0.5)]


def _each_alone(confidence: Confidence, n_bins: int) -> list[Bin]:
    places = torch.arange(len(confidence))
    return [(places == i, sure) for i, sure in enumerate(confidence.tolist())]


def _mean_confidence(sure: Confidence, middle: float) -> float:
    return sure.double().mean().item()


def _by_share(gaps: list[float], counts: list[int], n_bins: int, n: int) -> float:
    return sum(gap * count for gap, count in zip(gaps, counts, strict=True)) / n


def error(
    confidence: Confidence,
    is_right: Right,
    n_bins: int,
    *,
    bins: Callable = _equal_width,
    sure: Callable = _mean_confidence,
    distance: Callable = abs,
    combine: Callable = _by_share,
) -> float:
    """The mean over all answers of |accuracy - confidence| of the bin that each is in. The keywords are switches."""
    gaps, counts = [], []
    for own, middle in bins(confidence, n_bins):
        if own.any():
            gap = is_right[own].double().mean().item() - sure(confidence[own], middle)
            gaps.append(distance(gap))
            counts.append(int(own.sum()))
    return combine(gaps, counts, n_bins, len(confidence))


Group = tuple[float, int, int]  # how sure, how many, how many of them right


def answered(groups: list[Group], n_bins: int, seed: int = 0) -> tuple[Confidence, Right, int]:
    """Groups of answers that are equally sure, in an order that the seed draws."""
    sure = torch.tensor([confidence for confidence, n, _ in groups for _ in range(n)])
    right = torch.tensor([i < n_right for _, n, n_right in groups for i in range(n)])
    order = torch.randperm(len(sure), generator=torch.Generator().manual_seed(seed))
    return sure[order], right[order], n_bins


def probes(seed: int) -> Probes:
    """Too sure, too unsure, both; bins that stay empty; few and many of them; answers that are quite certain."""
    return (
        Probe("when it is too sure", answered([(0.97, 6 + seed, 4), (0.83, 5, 2), (0.56, 7, 3)], 10, seed)),
        Probe("when it is too unsure", answered([(0.57, 8 + seed, 7), (0.66, 3, 3), (0.88, 2, 2)], 4, seed)),
        Probe("when both occur", answered([(0.94, 9 + seed, 5), (0.63, 6, 6), (0.37, 4, 1), (0.12, 1, 1)], 5, seed)),
        Probe("when most bins are empty", answered([(0.71, 6 + seed, 2), (0.72, 3, 3), (0.42, 5, 3)], 20, seed)),
        Probe("when some are quite certain", answered([(1.0, 11 + seed, 3), (0.92, 4, 4), (0.61, 10, 4)], 6, seed)),
        Probe("for three bins", answered([(0.78, 13 + seed, 7), (0.98, 5, 5), (0.52, 14, 10), (0.31, 3, 2)], 3, seed)),
    )


def _is_a_share(solve: Callable, probes: Probes) -> bool:
    return all(-1e-9 <= float(solve(*probe.args)[0]) <= 1 + 1e-9 for probe in probes)


def _as_sure_as_right_is_0(solve: Callable, probes: Probes) -> bool:
    return abs(float(solve(*answered([(0.8, 5, 4)], 3))[0])) < 1e-6


def _two_wrongs_make_no_right(solve: Callable, probes: Probes) -> bool:
    return float(solve(*answered([(0.9, 5, 4), (0.7, 5, 4)], 4))[0]) > 1e-3


def _an_empty_bin_changes_nothing(solve: Callable, probes: Probes) -> bool:
    few, many = (float(solve(*answered([(0.93, 4, 3), (0.94, 3, 3)], n_bins))[0]) for n_bins in (10, 20))
    return math.isclose(few, many, rel_tol=1e-4)


MISCONCEPTIONS = (
    mistake("bins-cancel", bins=_one_bin, sure=_mean_confidence, distance=lambda gap: -gap, combine=_by_share)
    .says("Your bins cancel each other: too sure in one, too unsure in another, and nothing is left.")
    .asks("Is a model well calibrated that says 0.9 where it knows nothing, and 0.5 where it knows all?"),
    mistake("no-bins", bins=_each_alone, sure=_mean_confidence, combine=_by_share)
    .says(
        "You compare the confidence of each single answer with right or wrong, 1 or 0, and so with something that no "
        "honest probability can equal."
    )
    .asks("Ten answers are 0.7 sure and seven are right. What should come out?"),
    mistake("as-many-in-each-bin", bins=_equal_count)
    .says("Your bins hold equally many answers; wanted are bins of equal width, from 0 to 1.")
    .asks("With four bins, where does the second one begin, whatever the answers are?"),
    mistake("bins-from-one-half", bins=_from_half)
    .says("You laid the bins between one half and 1; with more than two classes, an answer may be less sure.")
    .asks("With three classes, how unsure can the most probable one be?"),
    mistake("certain-answers-lost", bins=_without_1)
    .says("Answers with a confidence of exactly 1 are in none of your bins.")
    .asks("The last bin has an upper edge. On which side of it is 1?"),
    mistake("middle-of-the-bin", sure=lambda sure, middle: middle)
    .says("You took the middle of a bin for its confidence.")
    .asks("All answers of a bin are at its upper edge. How sure were they on average?"),
    mistake("squared", distance=lambda gap: gap**2)
    .says("You squared the distances.")
    .asks("In which unit is your number, and what does 0.01 mean to a reader?"),
    mistake("bins-count-alike", combine=lambda gaps, counts, n_bins, n: sum(gaps) / len(gaps))
    .says("In your mean every bin counts alike, the one with a single answer as much as the one with a thousand.")
    .asks("What share of all answers is in a bin?"),
    mistake("empty-bins-counted", combine=lambda gaps, counts, n_bins, n: sum(gaps) / n_bins)
    .says("You divide by the number of all bins, empty ones too: with more bins, any model looks better.")
    .asks("What becomes of your number with a thousand bins?"),
    mistake("largest-distance", combine=lambda gaps, counts, n_bins, n: max(gaps))
    .says("You return the largest distance of any bin.")
    .asks("Asked is how far off it is on average. Over what is the average taken?"),
)

CALIBRATION_ERROR = Exercise(
    id="calibration_error",
    title="As sure as it should be",
    family=error,
    returns={"error": ""},
    probes=probes,
    examples=(
        answered([(0.9, 2, 1)], 2),
        answered([(0.9, 2, 1), (0.6, 1, 1)], 2),
        answered([(0.9, 3, 1), (0.3, 1, 1)], 2),
        answered([(1.0, 2, 1)], 2),
    ),
    properties=(
        truth("no-share", _is_a_share)
        .right("It is a share, from 0 to 1.")
        .says("What you return is no share from 0 to 1.")
        .asks("For which of the cases does it happen: where the model is too sure, or too unsure?"),
        truth("honest-and-yet-not-0", _as_sure_as_right_is_0)
        .right("Where four of five answers that are 0.8 sure are right, it is 0.")
        .says("Five answers are 0.8 sure, four of them are right, and your error is not 0.")
        .asks("How sure were these five on average, and how many of them are right?"),
        truth("two-wrongs-make-a-right", _two_wrongs_make_no_right)
        .right("Too sure in one bin does not make up for too unsure in another.")
        .says("A model that is too sure in one bin and as much too unsure in another has no error in your count.")
        .asks("In which order do you take the distance and the sum?"),
        truth("empty-bins-matter", _an_empty_bin_changes_nothing)
        .right("An empty bin changes nothing.")
        .says("With more bins, of which all but one are empty, your error changes.")
        .asks("How many answers does an empty bin speak for?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
