"""Group metrics: what the answers of a classifier do to the people of each group, and by how much that differs.

Everything comes from one confusion matrix a group. The class 1 is the one that is wanted: to be chosen.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Int
from torch import Tensor

from lmkit.ranges import check_number


@dataclass(frozen=True)
class Confusion:
    """How many of a group were answered how: chosen or not, and whether that was right."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int

    @property
    def n(self) -> int:
        """How many people there are."""
        return self.true_positive + self.false_positive + self.false_negative + self.true_negative

    @property
    def base_rate(self) -> float:
        r"""The share that is of class 1: $p = P(Y = 1)$."""
        return _share(self.true_positive + self.false_negative, self.n, "nobody is in this group")

    @property
    def selection_rate(self) -> float:
        r"""The share that is chosen: $P(\hat Y = 1)$."""
        return _share(self.true_positive + self.false_positive, self.n, "nobody is in this group")

    @property
    def true_positive_rate(self) -> float:
        r"""Of those of class 1, the share that is chosen: $P(\hat Y = 1 \mid Y = 1)$."""
        wanted = self.true_positive + self.false_negative
        return _share(self.true_positive, wanted, "nobody in this group is of class 1")

    @property
    def false_positive_rate(self) -> float:
        r"""Of those of class 0, the share that is chosen: $P(\hat Y = 1 \mid Y = 0)$."""
        others = self.false_positive + self.true_negative
        return _share(self.false_positive, others, "nobody in this group is of class 0")

    @property
    def false_negative_rate(self) -> float:
        r"""Of those of class 1, the share that is not chosen: $P(\hat Y = 0 \mid Y = 1)$."""
        return 1 - self.true_positive_rate

    @property
    def predictive_value(self) -> float:
        r"""Of those who are chosen, the share that is of class 1: $P(Y = 1 \mid \hat Y = 1)$."""
        chosen = self.true_positive + self.false_positive
        return _share(self.true_positive, chosen, "nobody in this group is chosen")


def confusions(
    answers: Int[Tensor, "person"],
    labels: Int[Tensor, "label"],
    group: Int[Tensor, "member"],
) -> dict[int, Confusion]:
    """Count, for each group, right and wrong answers of both kinds.

    Args:
        answers, labels: 0 or 1.
        group: a number for each group.

    Raises:
        ValueError: there is nobody, not as many of one as of the others, or something else than 0 and 1.
    """
    if not len(answers) or not len(answers) == len(labels) == len(group):
        raise ValueError(
            f"there are {len(answers)} answers, {len(labels)} labels and {len(group)} groups: give all for each person"
        )
    if not all(((x == 0) | (x == 1)).all() for x in (answers, labels)):
        raise ValueError("answers and labels must be 0 or 1: 1 is the class that is wanted")
    counts = {}
    for number in group.unique().tolist():
        a, y = answers[group == number].bool(), labels[group == number].bool()
        counts[number] = Confusion(*(int(x.sum()) for x in (a & y, a & ~y, ~a & y, ~a & ~y)))
    return counts


def demographic_parity_difference(of: Mapping[int, Confusion]) -> float:
    r"""How far apart the shares are that groups are chosen by: the largest $P(\hat Y = 1)$ minus the smallest."""
    return _spread([one.selection_rate for one in of.values()])


def equal_opportunity_difference(of: Mapping[int, Confusion]) -> float:
    r"""The largest true positive rate minus the smallest.

    Source: Hardt et al. 2016, section 2.
    """
    return _spread([one.true_positive_rate for one in of.values()])


def equalized_odds_difference(of: Mapping[int, Confusion]) -> float:
    """The larger of two spreads: of the true positive rate, and of the false positive rate.

    Source: Hardt et al. 2016, section 2.
    """
    return max(equal_opportunity_difference(of), _spread([one.false_positive_rate for one in of.values()]))


def predictive_parity_difference(of: Mapping[int, Confusion]) -> float:
    r"""The largest predictive value $P(Y = 1 \mid \hat Y = 1)$ minus the smallest.

    Source: Chouldechova 2017, section 2.
    """
    return _spread([one.predictive_value for one in of.values()])


def implied_false_positive_rate(
    base_rate: float | int,
    predictive_value: float | int,
    false_negative_rate: float | int,
) -> float:
    r"""Say which false positive rate a group has, if the three other numbers are known.

    $$\mathrm{FPR} = \frac{p}{1 - p} \cdot \frac{1 - \mathrm{PPV}}{\mathrm{PPV}} \cdot (1 - \mathrm{FNR})$$

    Raises:
        ValueError: a number that is no share, a base rate of 1, or a predictive value of 0.

    Source: Chouldechova 2017, section 2.
    """
    check_number("base_rate", base_rate, lambda x: 0 <= x < 1, "0 or more and below 1")
    check_number("predictive_value", predictive_value, lambda x: 0 < x <= 1, "above 0 and at most 1")
    check_number("false_negative_rate", false_negative_rate, lambda x: 0 <= x <= 1, "from 0 to 1")
    odds = base_rate / (1 - base_rate)
    return odds * (1 - predictive_value) / predictive_value * (1 - false_negative_rate)


def _share(part: int, whole: int, otherwise: str) -> float:
    if whole == 0:
        raise ValueError(f"{otherwise}, so this share is not defined: leave the group out, or take more people")
    return part / whole


def _spread(shares: list[float]) -> float:
    return max(shares) - min(shares)
