"""Batches: rows cut from one long text, and what is asked about them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit import objectives
from lmkit.training.config import TrainingConfig

# --- Objectives: from rows to inputs and labels. ---

Objective = Callable[[Tensor, torch.Generator], tuple[Tensor, Tensor]]


def next_token(
    rows: Int[Tensor, "batch row"], generator: torch.Generator
) -> tuple[Int[Tensor, "batch position"], Int[Tensor, "batch position"]]:
    """Ask each token of a row but the last for the token after it. Nothing is drawn from `generator`."""
    return rows[:, :-1], objectives.next_token_labels(rows)[:, :-1]


@dataclass(frozen=True)
class Masked:
    """Hide some tokens of each row, anew at each step, and ask for them.

    Args:
        special_ids: tokens that frame the text, never hidden.

    Source: Devlin et al. 2019 (BERT), section 3.1; hidden anew each time: Liu et al. 2019 (RoBERTa), section 4.1.
    """

    mask_id: int
    special_ids: tuple[int, ...]
    vocab_size: int
    share: float = 0.15

    def __call__(
        self, rows: Int[Tensor, "batch row"], generator: torch.Generator
    ) -> tuple[Int[Tensor, "batch row"], Int[Tensor, "batch row"]]:
        """Give the rows with tokens hidden, and the labels: the hidden tokens, IGNORE elsewhere."""
        return objectives.hide_tokens(
            rows,
            mask_id=self.mask_id,
            special_ids=self.special_ids,
            vocab_size=self.vocab_size,
            share=self.share,
            generator=generator,
        )


# --- Rows. ---


def row_starts(tokens: Int[Tensor, "token"], config: TrainingConfig) -> Int[Tensor, "start"]:
    """Say where a whole row may start: at each `start_token`, or anywhere without one.

    Raises:
        ValueError: there is no such place.
    """
    last = len(tokens) - config.row_length  # the last place with a whole row after it
    if config.start_token is None:
        starts = torch.arange(max(last + 1, 0))
    else:
        starts = (tokens[: max(last + 1, 0)] == config.start_token).nonzero().flatten()
    if len(starts) == 0:
        what = "" if config.start_token is None else f" that starts with start_token={config.start_token}"
        raise ValueError(f"{len(tokens)} tokens hold no row of row_length={config.row_length}{what}: use more text")
    return starts


def draw_rows(
    tokens: Int[Tensor, "token"], starts: Int[Tensor, "start"], config: TrainingConfig, generator: torch.Generator
) -> Int[Tensor, "batch row"]:
    """Draw a batch: each row starts at a random place. The state of the generator is all there is to remember."""
    picked = torch.randint(len(starts), (config.batch_size, 1), generator=generator)
    return tokens[starts[picked] + torch.arange(config.row_length)].long()


def evaluation_rows(tokens: Int[Tensor, "token"], config: TrainingConfig) -> Int[Tensor, "example row"]:
    """Cut a text into rows for evaluation, from its start to its end: the same at every evaluation.

    A row starts with the last token of the row before it, so that next-token prediction asks for each token once;
    with a `start_token` it starts at the first one from there on. What is left at the end and fills no row is dropped.

    Raises:
        ValueError: the text holds no whole row.
    """
    chosen = _without_overlap(row_starts(tokens, config).tolist(), config.row_length - 1)
    return tokens[torch.tensor(chosen)[:, None] + torch.arange(config.row_length)].long()


def _without_overlap(starts: Iterable[int], distance: int) -> list[int]:
    chosen = []
    for start in starts:
        if not chosen or start >= chosen[-1] + distance:
            chosen.append(start)
    return chosen
