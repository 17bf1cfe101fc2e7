"""Batches: rows cut from one long text, or rows that are there already, and what is asked about them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.learning import objectives
from lmkit.learning.training.config import TrainingConfig
from lmkit.ranges import check_number, check_whole

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

    Raises:
        ValueError: a number that cannot be.

    Source: Devlin et al. 2019 (BERT), section 3.1; hidden anew each time: Liu et al. 2019 (RoBERTa), section 4.1.
    """

    mask_id: int
    special_ids: tuple[int, ...]
    vocab_size: int
    share: float = 0.15

    def __post_init__(self):
        check_whole("mask_id", self.mask_id, 0)
        check_whole("vocab_size", self.vocab_size, 2)
        check_number("share", self.share, lambda x: 0 < x < 1, "a share of the tokens, between 0 and 1")

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


Data = Int[Tensor, "_"] | Int[Tensor, "_ _"]  # one long text (token), or rows that are there already (example, row)


def row_starts(data: Data, config: TrainingConfig) -> Int[Tensor, "start"]:
    """Say where a whole row may start: at each `start_token`, or anywhere without one; or number the rows.

    Raises:
        ValueError: there is no such place, or these are no token numbers.
    """
    if data.ndim not in (1, 2) or data.is_floating_point() or data.dtype == torch.bool:
        raise ValueError(
            f"the text has dtype {data.dtype} and shape {tuple(data.shape)}, but must be the numbers of tokens, one "
            "after the other (token) or in rows (example, row)"
        )
    if data.ndim == 2:
        return _numbers_of(data)
    last = len(data) - config.row_length  # the last place with a whole row after it
    if config.start_token is None:
        starts = torch.arange(max(last + 1, 0))
    else:
        starts = (data[: max(last + 1, 0)] == config.start_token).nonzero().flatten()
    if len(starts) == 0:
        what = "" if config.start_token is None else f" that starts with start_token={config.start_token}"
        raise ValueError(f"{len(data)} tokens hold no row of row_length={config.row_length}{what}: use more text")
    return starts


def draw_rows(
    data: Data, starts: Int[Tensor, "start"], config: TrainingConfig, generator: torch.Generator
) -> Int[Tensor, "batch row"]:
    """Draw a batch: each row starts at a random place. The state of the generator is all there is to remember."""
    picked = torch.randint(len(starts), (config.batch_size,), generator=generator)
    return _rows_at(data, starts[picked], config)


def evaluation_rows(data: Data, config: TrainingConfig) -> Int[Tensor, "example row"]:
    """Cut a text into rows for evaluation, from its start to its end: the same at every evaluation.

    A row starts with the last token of the row before it, so that next-token prediction asks for each token once;
    with a `start_token` it starts at the first one from there on. What is left at the end and fills no row is dropped.
    Rows that are there already are all taken, in their order.

    Raises:
        ValueError: there is no whole row.
    """
    starts = row_starts(data, config)
    if data.ndim == 1:
        starts = torch.tensor(_without_overlap(starts.tolist(), config.row_length - 1))
    return _rows_at(data, starts, config)


def _rows_at(data: Data, starts: Int[Tensor, "start"], config: TrainingConfig) -> Int[Tensor, "batch row"]:
    if data.ndim == 2:
        return data[starts].long()
    return data[starts[:, None] + torch.arange(config.row_length)].long()


def _numbers_of(rows: Int[Tensor, "example row"]) -> Int[Tensor, "example"]:
    if len(rows) == 0:
        raise ValueError("there are no rows: give at least one example")
    return torch.arange(len(rows))


def _without_overlap(starts: Iterable[int], distance: int) -> list[int]:
    chosen = []
    for start in starts:
        if not chosen or start >= chosen[-1] + distance:
            chosen.append(start)
    return chosen
