"""Membership inference: was this text among those that the model has learned from? Asked of its loss alone.

A score says how sure one is that a text is a member: minus its loss, or minus its loss above that of a reference
model, for which the text is as hard, but which has not read it.
"""

import torch
from jaxtyping import Float
from sklearn.metrics import roc_auc_score, roc_curve
from torch import Tensor

from lmkit.ranges import check_number


def calibrated(
    losses: Float[Tensor, "text"], reference: Float[Tensor, "text"]
) -> Float[Tensor, "text"]:
    r"""Score texts by how much easier they are for the model than for a reference: $\ell_{ref}(x) - \ell(x)$.

    A text of common words has a low loss whether it was read or not. The reference, which has not read it, says how
    hard it is by itself.

    Source: Watson et al. 2022, section 3; Carlini et al. 2022, section 4, with many references in place of one.
    """
    return reference - losses


def curve(
    members: Float[Tensor, "member"], others: Float[Tensor, "other"]
) -> tuple[Float[Tensor, "threshold"], Float[Tensor, "threshold"]]:
    """Give the ROC curve of a score: the shares of others, and of members, above each threshold. By scikit-learn."""
    false, true, _ = roc_curve(*_labelled(members, others), drop_intermediate=False)
    return torch.tensor(false), torch.tensor(true)


def area(members: Float[Tensor, "member"], others: Float[Tensor, "other"]) -> float:
    """Give the area under the ROC curve: how often a member scores higher than another text. By scikit-learn."""
    return float(roc_auc_score(*_labelled(members, others)))


def found_at(
    members: Float[Tensor, "member"], others: Float[Tensor, "other"], false_rate: float = 0.01
) -> float:
    """Give the share of members found, where at most `false_rate` of the others are taken for members.

    Raises:
        ValueError: the rate is no share.

    Source: Carlini et al. 2022, section 3.
    """
    check_number("false_rate", false_rate, lambda x: 0 <= x <= 1, "a share of the others: 0 to 1")
    false, true = curve(members, others)
    return true[false <= false_rate].max().item()


def _labelled(members: Tensor, others: Tensor) -> tuple[Tensor, Tensor]:
    return torch.cat([torch.ones(len(members)), torch.zeros(len(others))]), torch.cat([members, others])
