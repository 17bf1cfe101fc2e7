"""Evaluation: how good is the laziest answer, how sure is an accuracy, is one model better than another, and is a
model as sure as it should be? What else can be measured is in scikit-learn.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from statistics import NormalDist

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from lmkit.ranges import check_number, check_whole

# --- One model, alone. ---


def wilson(n_right: int, n: int, confidence: float = 0.95) -> tuple[float, float]:
    r"""Give the interval in which the true accuracy lies, if `n_right` of `n` independent answers are right.

    $$\frac{1}{1 + z^2/n} \left(\hat p + \frac{z^2}{2n} \pm z \sqrt{\frac{\hat p (1 - \hat p)}{n} +
    \frac{z^2}{4n^2}}\right), \qquad \hat p = \frac{n_{right}}{n}$$

    with z the quantile of the normal distribution at (1 + confidence) / 2, so 1.96 for 0.95. It never leaves 0 to 1,
    and is of use where n is small or the accuracy near 0 or 1.

    Raises:
        ValueError: a count that is none, no answers, more right ones than answers, or a confidence not between 0 and 1.

    Source: Wilson 1927; Brown, Cai and DasGupta 2001.
    """
    check_whole("n_right", n_right, 0)
    check_whole("n", n, 1)
    if n_right > n:
        raise ValueError(f"{n_right} of {n} answers are right: give no more right ones than answers")
    _check_confidence(confidence)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = n_right / n
    middle = share + z**2 / (2 * n)
    reach = z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    shrink = 1 + z**2 / n
    return max(0.0, (middle - reach) / shrink), min(1.0, (middle + reach) / shrink)


def majority(train_labels: Sequence[int], test_labels: Sequence[int]) -> float:
    """Give the accuracy on the test of always answering what is most common in training. Of equals, the smallest.

    Raises:
        ValueError: there are no labels.
    """
    if not len(train_labels) or not len(test_labels):
        raise ValueError("there are no labels: give those of training, and those of the test")
    train_labels, test_labels = _plain(train_labels), _plain(test_labels)
    counts = Counter(train_labels)
    answer = min(counts, key=lambda label: (-counts[label], label))
    return sum(label == answer for label in test_labels) / len(test_labels)


def balanced_accuracy(answers: Int[Tensor, "question"], labels: Int[Tensor, "question"]) -> float:
    r"""Give the mean, over the classes, of the share of a class that is answered rightly.

    $$\frac{1}{|C|} \sum_{c \in C} \frac{|\{i : a_i = y_i = c\}|}{|\{i : y_i = c\}|}$$

    with C the classes that occur among the labels y. One answer for all questions gives 1 / |C|.

    Raises:
        ValueError: there are no labels, or not as many answers.

    Source: Brodersen et al. 2010.
    """
    _check_pairs("answers", answers, "labels", labels)
    shares = [(answers[labels == name] == name).double().mean() for name in labels.unique()]
    return torch.stack(shares).mean().item()


# --- Two models that answered the same questions. ---


def mcnemar(
    one: Bool[Tensor, "question"], other: Bool[Tensor, "question"]
) -> float:
    r"""Give the probability of a difference at least as large as this one, if both models were equally good.

    Only the questions count that a single one of the two answers rightly. Were both equally good, each of these n
    would fall to either like a coin:

    $$p = \min\!\left(1,\; 2 \sum_{i=0}^{k} \binom{n}{i} 2^{-n}\right)$$

    with k the questions that fall to the model that gets fewer. This is the exact test, two-sided; without such a
    question it is 1.

    Args:
        one, other: True where that model is right, question by question.

    Raises:
        ValueError: there is no question, they did not answer the same ones, or these are no truth values.

    Source: McNemar 1947; Dietterich 1998, section 3.1.
    """
    _check_pairs("one", one, "other", other)
    for name, right in [("one", one), ("other", other)]:
        if right.dtype != torch.bool:
            raise ValueError(
                f"{name} is {right.dtype}, "
                "but must be truth values: compare answers == labels"
            )
    only_one = int((one & ~other).sum())
    only_other = int((other & ~one).sum())
    n, fewer = only_one + only_other, min(only_one, only_other)
    return min(1.0, 2 * sum(comb(n, i) for i in range(fewer + 1)) / 2**n)


def paired_bootstrap(
    one: Bool[Tensor, "question"] | Float[Tensor, "question"],
    other: Bool[Tensor, "question"] | Float[Tensor, "question"],
    generator: torch.Generator,
    draws: int = 10_000,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Give the interval in which the true difference of the means, one less other, lies.

    The test is drawn again, with replacement, as large as it was: each time both models keep what they got on a
    question. What is left of the differences of all draws without the outer (1 - confidence) / 2 at each end is the
    interval.

    Args:
        one, other: what each model gets on each question: True where it is right, or any score.

    Raises:
        ValueError: there is no question, they did not answer the same ones, or draws or confidence cannot be.

    Source: Efron and Tibshirani 1993, chapter 13 (percentiles); Koehn 2004 (pairs).
    """
    _check_pairs("one", one, "other", other)
    check_whole("draws", draws, 1)
    _check_confidence(confidence)
    apart = one.double() - other.double()
    n = len(apart)
    again = (torch.randint(n, (n,), generator=generator) for _ in range(draws))
    means = torch.stack([apart[drawn].mean() for drawn in again])
    outside = (1 - confidence) / 2
    return means.quantile(outside).item(), means.quantile(1 - outside).item()


# --- Is it as sure as it should be? ---


@dataclass(frozen=True)
class Bin:
    """Answers that are about equally sure: how many, how many of them right, and the sum of how sure they are."""

    n: int
    right: int
    confidence: float


def calibration(
    confidence: Float[Tensor, "question"], is_right: Bool[Tensor, "question"], n_bins: int = 10
) -> list[Bin]:
    """Sort answers by how sure they are into bins of one width, from 0 to 1; without the bins that stay empty.

    Args:
        confidence: the probability that the model gave to its own answer.

    Raises:
        ValueError: there is no answer, not as many confidences, one that is no probability, or no bin.

    Source: Guo et al. 2017, section 2.
    """
    _check_pairs("confidence", confidence, "is_right", is_right)
    check_whole("n_bins", n_bins, 1)
    if not ((confidence >= 0) & (confidence <= 1)).all():
        raise ValueError("confidence holds what is no probability: give numbers from 0 to 1, as softmax does")
    which = (confidence * n_bins).long().clamp(max=n_bins - 1)  # 1 itself belongs to the last bin
    of_each = [which == number for number in which.unique()]
    return [
        Bin(int(own.sum()), int(is_right[own].sum()), confidence[own].double().sum().item())
        for own in of_each
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    r"""Give the mean distance between how sure the answers of a bin are, and how many of them are right.

    $$\mathrm{ECE} = \sum_b \frac{n_b}{N}\,\left|\frac{\mathrm{right}_b}{n_b} -
    \frac{\mathrm{confidence}_b}{n_b}\right|$$

    Raises:
        ValueError: there is no bin.

    Source: Guo et al. 2017, section 2 (expected calibration error).
    """
    if not bins:
        raise ValueError("there are no bins: give at least one, as calibration does")
    return sum(abs(each.right - each.confidence) for each in bins) / sum(each.n for each in bins)


# --- What is refused. ---


def _check_confidence(confidence: float) -> None:
    check_number("confidence", confidence, lambda x: 0 < x < 1, "between 0 and 1, such as 0.95")


def _check_pairs(name: str, one: Tensor, other_name: str, other: Tensor) -> None:
    if len(one) != len(other):
        raise ValueError(f"{name} has {len(one)} entries, {other_name} {len(other)}: give both for the same questions")
    if not len(one):
        raise ValueError(f"{name} and {other_name} are empty: give at least one question")


def _plain(labels: Sequence[int]) -> list[int]:
    """Take the numbers out of tensors, of which each would be counted as a label of its own."""
    return [label.item() if hasattr(label, "item") else label for label in labels]
