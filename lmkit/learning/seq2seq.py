"""Sequence to sequence: learn to write one text from another, as in translation or summarization.

The decoder is told the right text so far at each place, and learns which token comes next (teacher forcing). All places
of all texts are learned at once. When it writes by itself, it reads what it wrote.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.learning.training.config import TrainingConfig
from lmkit.learning.training.optimizer import learning_rate, make_optimizer
from lmkit.model.attention import padding_mask
from lmkit.model.encoder_decoder import EncoderDecoder
from lmkit.model.generation import generate
from lmkit.text.tokenizer import Tokenizer, to_fast

PAD, START, END = 0, 1, 2
SPECIAL = ("<|pad|>", "<|start|>", "<|end|>")  # the first tokens of the vocabulary, in this order
NO_LABEL = -100  # what PyTorch's cross-entropy leaves out


@dataclass(frozen=True)
class Batch:
    """Pairs of texts as tokens, filled up after their ends."""

    source: Int[Tensor, "batch read"]
    lengths: Int[Tensor, "batch"]
    target: Int[Tensor, "batch written"]


def encode(pairs: Sequence[tuple[str, str]], its_tokenizer: Tokenizer) -> list[tuple[list[int], list[int]]]:
    """Turn pairs of texts into ids: the source with an END, the target between a START and an END."""
    fast = to_fast(its_tokenizer)
    sources, targets = (fast.encode_batch(list(texts)) for texts in zip(*pairs, strict=True))
    return [
        ([*source.ids, END], [START, *target.ids, END])
        for source, target in zip(sources, targets, strict=True)
    ]


def batch_of(pairs: Sequence[tuple[list[int], list[int]]]) -> Batch:
    """Lay pairs of ids side by side."""
    sources, targets = zip(*pairs, strict=True)
    lengths = torch.tensor([len(ids) for ids in sources])
    return Batch(_fill_up(sources), lengths, _fill_up(targets))


def _fill_up(rows: Sequence[Sequence[int]]) -> Int[Tensor, "batch position"]:
    return torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True, padding_value=PAD)


def pair_loss(model: EncoderDecoder, batch: Batch) -> Float[Tensor, ""]:
    r"""Give the mean cost of each token of the targets, when the right ones before it are known.

    $$L = -\frac{1}{N} \sum_{t} \ln p(y_t \mid y_{<t}, x)$$

    Padding costs nothing; the END does, for a text must stop.

    Source: Sutskever et al. 2014, section 2; Williams and Zipser 1989 (teacher forcing).
    """
    may_read = padding_mask(batch.lengths, batch.source.shape[1])
    logits = model(batch.source, batch.target[:, :-1], may_read)  # (batch, written - 1, vocab)
    labels = batch.target[:, 1:].masked_fill(batch.target[:, 1:] == PAD, NO_LABEL)
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=NO_LABEL)


def batches(
    pairs: Sequence[tuple[list[int], list[int]]], size: int, seed: int
) -> Iterator[Batch]:
    """Draw batches without end, each pair once before any comes again. Pairs of a batch are of like length.

    Of each 50 batches' worth of pairs the shortest go together, so that little is filled up; their order is drawn.
    """
    dice = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(len(pairs), generator=dice).tolist()
        for start in range(0, len(order), 50 * size):
            some = sorted(order[start : start + 50 * size], key=lambda i: len(pairs[i][0]) + len(pairs[i][1]))
            groups = [some[i : i + size] for i in range(0, len(some), size)]
            for i in torch.randperm(len(groups), generator=dice).tolist():
                yield batch_of([pairs[j] for j in groups[i]])


def fit_pairs(
    model: EncoderDecoder, pairs: Sequence[tuple[list[int], list[int]]], config: TrainingConfig
) -> list[float]:
    """Train on pairs of ids, and give the loss of each step. Of the rows of a `config`, only their number counts."""
    model.train()
    optimizer, losses = make_optimizer(model, config), []
    for step, batch in zip(range(1, config.steps + 1), batches(pairs, config.batch_size, config.seed), strict=False):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, config)
        loss = pair_loss(model, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), config.clip)
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    return losses


def write(model: EncoderDecoder, tokenizer: Tokenizer, sources: Sequence[str], longest: int = 60) -> list[str]:
    """Write a text for each source, greedily, until END or for `longest` tokens."""
    written: list[str] = []
    for start in range(0, len(sources), 64):
        ids = [[*tokenizer.encode(source), END] for source in sources[start : start + 64]]
        lengths = torch.tensor([len(row) for row in ids])
        tokens = _fill_up(ids)
        with torch.inference_mode():
            decoder = model.read(tokens, padding_mask(lengths, tokens.shape[1]))
        rows = generate(decoder, torch.full((len(ids), 1), START), longest, end_token=END)
        written += [tokenizer.decode(i for i in row if i > END) for row in rows.tolist()]
    return written
