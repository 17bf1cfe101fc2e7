"""Texts as rows: one text a row, so that one can say which text was read, and which one gave a loss."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.learning.finetuning import PADDING
from lmkit.learning.objectives import IGNORE
from lmkit.model.modes import mode


def next_tokens(
    rows: Int[Tensor, "text position"], generator: torch.Generator
) -> tuple[Int[Tensor, "text before"], Int[Tensor, "text before"]]:
    """Ask each token of a text but the last for the token after it: the objective for rows of `finetuning.encode`.

    Padding is asked nothing, and stands where no real token of a causal model looks. Nothing is drawn from `generator`.
    """
    inputs, labels = rows[:, :-1], rows[:, 1:]
    return inputs.clamp(min=0), labels.masked_fill(labels == PADDING, IGNORE)


def losses_of(
    model: nn.Module, rows: Int[Tensor, "text position"]
) -> Float[Tensor, "text"]:
    r"""Give the loss of each text by itself: the mean of $-\ln p(x_t \mid x_{<t})$ over its own tokens, in nats."""
    inputs, labels = next_tokens(rows, torch.Generator())
    # cross_entropy wants the axis of the choices second
    nats = F.cross_entropy(
        model(inputs).mT, labels, ignore_index=IGNORE, reduction="none"
    )
    return nats.sum(dim=1) / (labels != IGNORE).sum(dim=1)


@torch.no_grad()
def losses(model: nn.Module, rows: Int[Tensor, "text position"], batch_size: int = 64) -> Float[Tensor, "text"]:
    """Give the loss of each text, as `losses_of`, for many texts and without gradients."""
    with mode(model, training=False):
        return torch.cat([losses_of(model, batch) for batch in rows.split(batch_size)])
