"""Preferences: of two answers to the same request one is better. DPO turns this into a loss, without a reward model.

What is liked shall become more probable, and what is not less, both measured from where the model began: a frozen copy,
the reference, says how probable each was then.
"""

import copy
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.learning.instruct import answers
from lmkit.learning.objectives import IGNORE
from lmkit.model.transformer import Transformer
from lmkit.ranges import check_number, check_whole


def token_log_probabilities(
    logits: Float[Tensor, "batch position vocab"], labels: Int[Tensor, "batch position"]
) -> Float[Tensor, "batch position"]:
    r"""Give the log probability of each label: $\ln \pi(y_t \mid x, y_{<t})$, and 0 where the label is IGNORE."""
    chosen = labels.masked_fill(labels == IGNORE, 0)
    log_p = logits.log_softmax(dim=-1).gather(-1, chosen[..., None]).squeeze(-1)
    return log_p.masked_fill(labels == IGNORE, 0.0)


def log_probability(
    logits: Float[Tensor, "batch position vocab"], labels: Int[Tensor, "batch position"]
) -> Float[Tensor, "batch"]:
    r"""Give the log probability of each whole answer: $\ln \pi(y \mid x) = \sum_t \ln \pi(y_t \mid x, y_{<t})$."""
    return token_log_probabilities(logits, labels).sum(dim=1)


def dpo_loss(
    better: Float[Tensor, "pair"],
    worse: Float[Tensor, "pair"],
    better_before: Float[Tensor, "pair"],
    worse_before: Float[Tensor, "pair"],
    beta: int | float,
) -> Float[Tensor, ""]:
    r"""Say how far the model is from preferring the better answers.

    $$L = -\,\overline{\ln \sigma\!\left(\beta \ln \frac{\pi(y_w \mid x)}{\pi_{ref}(y_w \mid x)}
    - \beta \ln \frac{\pi(y_l \mid x)}{\pi_{ref}(y_l \mid x)}\right)}$$

    Args:
        better, worse: log probabilities of the answers by the model.
        better_before, worse_before: the same by the reference.
        beta: how dearly a step away from the reference is paid for: the smaller, the further the model goes.

    Source: Rafailov et al. 2023, equation 7.
    """
    margin = (better - better_before) - (worse - worse_before)
    return -F.logsigmoid(beta * margin).mean()


@dataclass(frozen=True, kw_only=True)
class DPO:
    """How to train on preferences.

    Raises:
        ValueError: a number that cannot be.
    """

    steps: int
    batch_size: int = 8
    learning_rate: int | float = 1e-4
    beta: int | float = 0.1
    seed: int = 0

    def __post_init__(self):
        check_whole("steps", self.steps, 1)
        check_whole("batch_size", self.batch_size, 1)
        for name in ("learning_rate", "beta"):
            check_number(name, getattr(self, name), lambda x: x > 0, "above 0 and finite")


def train(
    model: Transformer,
    better: Int[Tensor, "pair double"],
    worse: Int[Tensor, "_ _"],
    config: DPO,
) -> list[dict[str, float]]:
    """Train a model on pairs of answers, in place. The reference is the model as it is now.

    Args:
        better, worse: the same requests, with the one answer and with the other. Lay them out together, so that they
            are equally wide: `instruct.rows(chat, [*better, *worse]).chunk(2)`.

    Returns:
        For each step the "loss", the share of pairs "ordered" as they should be, and by how much the log probability
        of the "better" and the "worse" answers has changed.

    Raises:
        ValueError: better and worse do not have the same shape, or are empty.
    """
    if better.shape != worse.shape or not len(better):
        raise ValueError(
            f"better has shape {tuple(better.shape)} and worse {tuple(worse.shape)}, but both need the same, with at "
            "least one row: instruct.rows(chat, [*better, *worse]).chunk(2)"
        )
    reference = copy.deepcopy(model).requires_grad_(False)
    optimizer = torch.optim.AdamW(model.parameters(), config.learning_rate, weight_decay=0.0)
    generator = torch.Generator().manual_seed(config.seed)
    history = []
    for _ in range(config.steps):
        picked = torch.randint(len(better), (config.batch_size,), generator=generator)
        batch = torch.cat([better[picked], worse[picked]])
        changes = log_ratios(model, reference, batch)
        liked, disliked = changes.chunk(2)
        nothing = torch.zeros_like(liked)
        loss = dpo_loss(liked, disliked, nothing, nothing, config.beta)
        take_step(model, optimizer, loss)
        ordered = (liked > disliked).float()
        means = {"ordered": ordered, "better": liked, "worse": disliked}
        history.append({"loss": loss.item(), **{name: of.mean().item() for name, of in means.items()}})
    return history


def log_ratios(
    model: Transformer, reference: Transformer, rows: Int[Tensor, "batch double"]
) -> Float[Tensor, "batch"]:
    r"""Give $\ln \pi(y \mid x) - \ln \pi_{ref}(y \mid x)$ for the answer of each row of `instruct.rows`."""
    tokens, labels = answers(rows, torch.Generator())
    with torch.no_grad():
        before = log_probability(reference(tokens), labels)
    return log_probability(model(tokens), labels) - before


def take_step(model: nn.Module, optimizer: torch.optim.Optimizer, loss: Float[Tensor, ""]) -> None:
    """Change every weight once, by a gradient no longer than 1.

    Raises:
        ArithmeticError: the loss is no number. The model is as it was.
    """
    if not loss.isfinite():
        raise ArithmeticError(f"the loss is {loss.item()}: begin again with a lower learning_rate")
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
