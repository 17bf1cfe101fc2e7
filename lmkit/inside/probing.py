r"""Probes: can something be read from the stream by a linear classifier? And would it read anything whatever?

A probe is a logistic regression from vectors to labels. That it is right shows that the vectors hold what is needed to
find the label. It does not show that the model uses it, and not even that it has worked it out: the probe learns, too.
A *control task* gives each type of word a label by chance. Whoever is right there has learned by heart which type is
which. The *selectivity* is what a probe gains on the real task over that.

$$\mathrm{selectivity} = \mathrm{accuracy}_{task} - \mathrm{accuracy}_{control}$$

Source: Hewitt and Liang 2019, "Designing and interpreting probes with control tasks", section 2.
"""

from collections.abc import Hashable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor


class Probed(NamedTuple):
    """How often a probe is right on what it was not fitted to: on the task, and on its control."""

    task: float
    control: float

    @property
    def selectivity(self) -> float:
        """By how much the task goes better than its control."""
        return self.task - self.control


def control(types: Sequence[Hashable], labels: Sequence[int], generator: torch.Generator) -> list[int]:
    """Give each type a label by chance, drawn from those that the task has: one label for each example.

    Args:
        types: what each example is an occurrence of, such as its word.
    """
    drawn: dict[Hashable, int] = {}
    for one in types:
        if one not in drawn:
            drawn[one] = labels[int(torch.randint(len(labels), (), generator=generator))]
    return [drawn[one] for one in types]


def accuracy(vectors: Float[Tensor, "example width"], labels: Sequence[int], n_fit: int) -> float:
    """Fit a probe to the first examples, and say how often it is right on the others.

    Every number is brought to mean 0 and spread 1 first, so that the penalty on weights is the same for all.

    Raises:
        ValueError: there are not as many labels as vectors, nothing to fit or to test, or one label only to fit to.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if len(labels) != len(vectors) or not 0 < n_fit < len(vectors) or len(set(labels[:n_fit])) < 2:
        raise ValueError(
            f"there are {len(vectors)} vectors and {len(labels)} labels, {n_fit} to fit to, with "
            f"{len(set(labels[:n_fit]))} different labels: give a label for each, two at least, and leave some to test"
        )
    x = vectors.double().numpy()
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500))
    return float(probe.fit(x[:n_fit], labels[:n_fit]).score(x[n_fit:], labels[n_fit:]))


def probe(
    vectors: Float[Tensor, "example width"],
    labels: Sequence[int],
    types: Sequence[Hashable],
    n_fit: int,
    generator: torch.Generator,
) -> Probed:
    """Fit one probe to a task and one to its control. Arguments and errors: as `accuracy` and `control`."""
    by_chance = control(types, labels, generator)
    return Probed(accuracy(vectors, labels, n_fit), accuracy(vectors, by_chance, n_fit))
