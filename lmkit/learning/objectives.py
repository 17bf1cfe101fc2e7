"""What a model is asked to do while it learns: say the next token, or say the tokens that were hidden.

Each objective turns tokens into inputs and labels. A label of `IGNORE` asks nothing. The loss is the mean over the
labels that do ask, and averages over several batches weigh each batch by how many labels it had.
"""

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor

IGNORE = -100  # the label that asks nothing; PyTorch's cross_entropy knows it under the same number


def next_token_labels(
    tokens: Int[Tensor, "batch position"], is_real: Bool[Tensor, "batch position"] | None = None
) -> Int[Tensor, "batch position"]:
    r"""Ask each position for the token after it: $\mathrm{label}_t = \mathrm{token}_{t+1}$.

    The last position is asked nothing, since what follows it is not known; nor is one whose next token is padding.

    Args:
        is_real: True for a token of the text, False for padding.

    Source: Radford et al. 2018 (GPT), section 3.1.
    """
    labels = tokens.roll(-1, dims=1)
    labels[:, -1] = IGNORE
    if is_real is None:
        return labels
    return labels.masked_fill(~is_real.roll(-1, dims=1), IGNORE)


def hide_tokens(
    tokens: Int[Tensor, "batch position"],
    *,
    mask_id: int,
    special_ids: Iterable[int],
    vocab_size: int,
    generator: torch.Generator,
    share: float = 0.15,
) -> tuple[Int[Tensor, "batch position"], Int[Tensor, "batch position"]]:
    """Hide some tokens and ask for them: the objective of BERT.

    Each token is chosen with probability `share`. Of the chosen ones 80 % become the mask, 10 % a random token, 10 %
    stay as they are; all chosen ones are asked for, all others are not. Special tokens are never chosen and never
    put in.

    Args:
        special_ids: tokens that frame the text, such as [CLS], [SEP] and padding. The mask belongs to them.
        generator: where the choice comes from. The same state gives the same choice: so is evaluation frozen.

    Returns:
        The inputs with tokens hidden, and the labels: the tokens asked for, IGNORE elsewhere.

    Raises:
        ValueError: `share` is no probability, or an id lies outside of the vocabulary.

    Source: Devlin et al. 2019 (BERT), section 3.1.
    """
    special = torch.tensor(sorted({*special_ids, mask_id}))
    _check_hiding(special, vocab_size, share)
    ordinary = torch.ones(vocab_size, dtype=torch.bool).index_fill(0, special, False).nonzero().flatten()
    chosen = _chance(tokens, generator).lt(share) & ~torch.isin(tokens, special)
    fate = _chance(tokens, generator)
    other = ordinary[torch.randint(len(ordinary), tokens.shape, generator=generator)]
    inputs = torch.where(chosen & (fate < 0.8), mask_id, tokens)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), other, inputs)
    return inputs, tokens.masked_fill(~chosen, IGNORE)


def loss(
    logits: Float[Tensor, "*asked choice"], labels: Int[Tensor, "*asked"]
) -> Float[Tensor, ""]:
    r"""Say how surprised the model is by the right choices, in nats: the mean of $-\ln p_{label}$ over what is asked.

    A choice is a token of the vocabulary, at each position of a batch; or a class, for each text of a batch.

    Raises:
        ValueError: every label is IGNORE, so that there is nothing to average.

    Source: the negative log-likelihood; Bengio et al. 2003, section 2.
    """
    if (labels == IGNORE).all():
        raise ValueError(f"all {labels.numel()} labels are IGNORE: nothing is asked, so there is no loss")
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))  # 16 bits are too few for a sum over tokens
    return F.cross_entropy(logits.flatten(0, -2), labels.flatten(), ignore_index=IGNORE)


def average(losses: Iterable[float], counts: Iterable[int]) -> float:
    r"""Average the losses of several batches, each weighed by how many labels it had: $\sum_b n_b L_b / \sum_b n_b$.

    A plain mean of the losses would let a batch of ten labels count as much as one of a thousand.

    Raises:
        ValueError: there are no labels at all.
    """
    pairs = list(zip(losses, counts, strict=True))
    total = sum(count for _, count in pairs)
    if total == 0:
        raise ValueError(f"{len(pairs)} batches with no label in them have no average loss")
    return sum(value * count for value, count in pairs) / total


def perplexity(nats: float) -> float:
    r"""Say among how many equally likely tokens the model is torn: $e^L$.

    Source: Jelinek et al. 1977.
    """
    return math.exp(nats)


def bits_per_byte(nats: float, n_labels: int, n_bytes: int) -> float:
    r"""Say how many bits a byte of the text costs the model: $L\,n_{labels} / (n_{bytes} \ln 2)$.

    Unlike the loss a token, it can be compared between models with different tokenizers.

    Args:
        nats: the loss a label.
        n_bytes: the length of the same text in UTF-8.

    Source: Gao et al. 2020 (The Pile), section 3.1.
    """
    return nats * n_labels / (n_bytes * math.log(2))


def _chance(tokens: Tensor, generator: torch.Generator) -> Float[Tensor, "batch position"]:
    return torch.rand(tokens.shape, generator=generator)


def _check_hiding(special: Int[Tensor, "n"], vocab_size: int, share: float) -> None:
    if not 0 < share < 1:
        raise ValueError(f"share is {share}, but a share of the tokens lies between 0 and 1")
    if special.min() < 0 or special.max() >= vocab_size:
        raise ValueError(f"special ids {special.tolist()} do not all lie in a vocabulary of {vocab_size}")
    if len(special) == vocab_size:
        raise ValueError(f"all {vocab_size} tokens of the vocabulary are special: there is no other to put in")
