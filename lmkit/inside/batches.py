"""Batches: texts of many lengths, read a few at a time, so that a corpus can be as long as one likes."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import torch
from jaxtyping import Bool, Int
from torch import Tensor, nn

TOGETHER = 1_024  # texts that are put in order at a time
TOKENS = 2_048  # in a batch, the padding counted

Batch = tuple[Int[Tensor, "text position"], Bool[Tensor, "text position"]]  # the tokens, and where they are real


def padded(texts: Sequence[Int[Tensor, " _"]]) -> Batch:
    """Put texts side by side, filled up with 0 after their ends. Errors: those of `check_texts`."""
    check_texts(texts)
    tokens = nn.utils.rnn.pad_sequence(list(texts), batch_first=True)
    lengths = torch.tensor([len(text) for text in texts])
    return tokens, torch.arange(tokens.shape[1]) < lengths[:, None]


def check_texts(texts: Sequence[Int[Tensor, " _"]]) -> None:
    """Refuse no text at all, and a text without a token (ValueError)."""
    if not texts or not all(len(text) for text in texts):
        raise ValueError("there is no text, or a text without a token: pass a list of non-empty texts")


def batches(texts: Iterable) -> Iterator[Batch]:
    """Read a stream of texts. Those as long as each other go together: less padding, in half the time."""
    stream = iter(texts)
    while together := sorted(islice(stream, TOGETHER), key=len):
        while together:
            n_texts = max(1, TOKENS // max(1, len(together[-1])))
            yield padded(together[-n_texts:])
            del together[-n_texts:]
