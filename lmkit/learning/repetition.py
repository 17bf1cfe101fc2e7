"""Repetition: a world so small that all of a skill can be seen. Rows of random words that come again and again.

No word comes twice within a piece, and how long the piece is is random too. The first time through there is next to
nothing to go by; after that everything can be known. Whoever looks for the last time that a word stood here, and says
what followed, is right: this skill is called induction.

Source: Olsson et al. 2022, "In-context learning and induction heads".
"""

import torch
from jaxtyping import Int
from torch import Tensor, nn

from lmkit.learning import objectives

N_WORDS = 24  # numbered from 1; START begins each row
START = 0
PERIODS = range(6, 13)  # how many words a piece may have


def repeated_rows(n_rows: int, seed: int, length: int = 33) -> Int[Tensor, "row position"]:
    """Draw rows: START, and a piece of random words again and again."""
    generator = torch.Generator().manual_seed(seed)
    rows = []
    for _ in range(n_rows):
        period = torch.randint(PERIODS.start, PERIODS.stop, (), generator=generator).item()
        piece = 1 + torch.randperm(N_WORDS, generator=generator)[:period]
        again = piece.repeat(length // period + 1)
        rows.append(torch.cat([torch.tensor([START]), again])[:length])
    return torch.stack(rows)


def where_it_can_be_known(
    rows: Int[Tensor, "batch row"], generator: torch.Generator | None = None
) -> tuple[Int[Tensor, "batch position"], Int[Tensor, "batch position"]]:
    """Ask each word that has stood in its row before for the word after it, and all others for nothing.

    It is an objective, as `training.fit` wants one. Nothing is drawn from `generator`.
    """
    inputs, labels = rows[:, :-1], rows[:, 1:]
    same = inputs[:, :, None] == inputs[:, None, :]
    stood_here_before = same.tril(-1).any(dim=-1)
    return inputs, labels.masked_fill(~stood_here_before, objectives.IGNORE)


@torch.inference_mode()
def share_right(model: nn.Module, rows: Int[Tensor, "batch row"]) -> float:
    """Give how often a model says the right word where it can be known."""
    inputs, labels = where_it_can_be_known(rows)
    asked = labels != objectives.IGNORE
    return (model(inputs).argmax(dim=-1) == labels)[asked].float().mean().item()
