"""Evaluation: how sure is an accuracy, and how good is the laziest answer? The rest is in scikit-learn."""

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from statistics import NormalDist

from lmkit.ranges import check_number, check_whole


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
    check_number("confidence", confidence, lambda x: 0 < x < 1, "between 0 and 1, such as 0.95")
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


def _plain(labels: Sequence[int]) -> list[int]:
    """Take the numbers out of tensors, of which each would be counted as a label of its own."""
    return [label.item() if hasattr(label, "item") else label for label in labels]
