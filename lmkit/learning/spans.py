"""Extractive question answering: the answer is a piece of the text, so a model has to say where it begins and ends.

    model = spans.SpanHead(masked.model)
    rows = spans.rows(questions, masked.tokenizer)
    training.fit(model, rows, rows[:8], config, objective=spans.ask)
    spans.answer(model, masked.tokenizer, [text + " Who has the kite?"])
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.learning.finetuning import PADDING
from lmkit.model.attention import padding_mask
from lmkit.model.transformer import Transformer
from lmkit.ranges import check_whole

LONGEST = 8  # tokens of an answer


class Asked(NamedTuple):
    """A text with its question, and where in it the answer begins and ends, in characters."""

    text: str
    answer: tuple[int, int]


class SpanHead(nn.Module):
    r"""A body that reads, and two scores for each token: how well an answer begins here, and how well it ends.

    $$\mathrm{start}_i = w_s \cdot h_i + b_s, \qquad \mathrm{end}_i = w_e \cdot h_i + b_e$$

    Args:
        body: a Transformer in which every token sees every other. It is not copied.
        generator: draws the weights of the head; PyTorch's own unless given.

    Raises:
        ValueError: the body is causal: its tokens have not seen the question, which comes after them.

    Source: Devlin et al. 2019 (BERT), section 4.2.
    """

    def __init__(self, body: Transformer, generator: torch.Generator | None = None):
        super().__init__()
        if body.config.causal:
            raise ValueError("this body is causal, so no token sees the question after it: take a masked one")
        self.body, self.config = body, body.config
        self.head = nn.Linear(body.config.d_model, 2)
        nn.init.normal_(self.head.weight, std=0.02, generator=generator)
        nn.init.zeros_(self.head.bias)

    def forward(
        self, tokens: Int[Tensor, "batch position"]
    ) -> Float[Tensor, "batch 2 position"]:
        """Score each token as the start (row 0) and as the end (row 1) of the answer; padding gets -inf.

        Args:
            tokens: the texts with their questions, PADDING after their ends.
        """
        is_real = tokens != PADDING
        mask = padding_mask(is_real.sum(dim=1), tokens.shape[1])
        hidden = self.body.hidden(tokens.masked_fill(~is_real, 0), mask)
        scores = self.head(hidden).transpose(1, 2)
        return scores.masked_fill(~is_real[:, None], -torch.inf)


def best_span(
    start: Float[Tensor, "*batch position"],
    end: Float[Tensor, "*batch position"],
    longest: int = LONGEST,
) -> Int[Tensor, "*batch 2"]:
    r"""Find the first and the last token of the answer: where the two scores together are highest.

    $$\arg\max_{i \le j < i + \mathrm{longest}} (\mathrm{start}_i + \mathrm{end}_j)$$

    Each argmax by itself could end before it begins.

    Raises:
        ValueError: `longest` is below 1.

    Source: Devlin et al. 2019 (BERT), section 4.2.
    """
    check_whole("longest", longest, 1)
    n = start.shape[-1]
    may_be = torch.ones(n, n, dtype=torch.bool).triu().tril(longest - 1)
    both = start[..., :, None] + end[..., None, :]  # (batch, first, last)
    best = both.masked_fill(~may_be, -torch.inf).flatten(-2).argmax(dim=-1)
    return torch.stack([best // n, best % n], dim=-1)


# --- From questions to rows that `fit` draws. ---


def rows(questions: Sequence[Asked], tokenizer: Any) -> Int[Tensor, "question row"]:
    """Lay out questions: the first and the last token of each answer, then the tokens, then PADDING.

    Raises:
        ValueError: there is no question, or an answer does not stand between words.
    """
    if not questions:
        raise ValueError("there are no questions: give at least one")
    each = [_row(asked, tokenizer) for asked in questions]
    width = max(map(len, each))
    return torch.tensor([row + [PADDING] * (width - len(row)) for row in each])


def _row(asked: Asked, tokenizer: Any) -> list[int]:
    text, (start, end) = asked
    ids, before, until = (
        tokenizer(part)["input_ids"] for part in (text, text[:start].rstrip(" "), text[:end])
    )
    if ids[: len(before)] != before or ids[: len(until)] != until or len(until) <= len(before):
        raise ValueError(f"{text[start:end]!r} begins or ends within a token: give an answer of whole words")
    return [len(before), len(until) - 1, *ids]


def ask(
    rows: Int[Tensor, "batch row"], generator: torch.Generator
) -> tuple[Int[Tensor, "batch position"], Int[Tensor, "batch 2"]]:
    """Ask where each answer begins and ends: the objective for `rows`. Nothing is drawn from `generator`."""
    tokens = rows[:, 2:]
    return tokens[:, : int((tokens != PADDING).sum(dim=1).max())], rows[:, :2]


@torch.inference_mode()
def answer(model: SpanHead, tokenizer: Any, texts: Sequence[str], batch_size: int = 64) -> list[str]:
    """Give, for each text with its question, the piece of it that answers."""
    said = []
    for first in range(0, len(texts), batch_size):
        ids = [tokenizer(text)["input_ids"] for text in texts[first : first + batch_size]]
        width = max(map(len, ids))
        start, end = model(torch.tensor([row + [PADDING] * (width - len(row)) for row in ids])).unbind(dim=1)
        for row, (i, j) in zip(ids, best_span(start, end).tolist(), strict=True):
            said.append("".join(tokenizer.convert_ids_to_tokens(row[i : j + 1])).strip())
    return said
