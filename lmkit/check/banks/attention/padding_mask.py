"""Exercise: the mask that hides padding.

Check `padding_mask(lengths, n_key) -> Bool[batch, 1, 1, key]`: True for real tokens.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Int, Shaped
from torch import Tensor

from lmkit.check.bank import Exercise, Probe, Probes, always, mistake
from lmkit.check.banks.mask_form import CONSTANTS, FORM, as_it_is, swapped, twins_of_constants


def see_real_tokens(
    lengths: Int[Tensor, "batch"],
    n_key: int,
    *,
    real: Callable = lambda position, length, n_key: position < length,
    polarity: Callable = as_it_is,
    form: Callable = as_it_is,
    axes: Callable = lambda mask: mask[:, None, None, :],
) -> Shaped[Tensor, "..."]:
    """True where the key is a real token, as [batch, 1, 1, key]. The keywords are the switches."""
    is_real = real(torch.arange(n_key)[None, :], lengths[:, None], n_key)  # (batch, key)
    return axes(form(polarity(is_real)))


def probes(seed: int) -> Probes:
    """Batches in which the longest sentence is never the first; one of long sentences, one of a single one."""
    some = (torch.tensor([2, 6, 4, 1]) + seed % 2, 8)
    full = (torch.tensor([4, 8, 5, 3]), 8)  # as large as the first, so that no mask can be kept from there
    long = (torch.tensor([3, 70, 1, 70, 41, 3]) + seed % 3, 75)
    return (
        Probe("when every sentence has padding", some),
        Probe("when one sentence has none", full),
        Probe("for long sentences, some of the same length", long),
        Probe("for a single sentence", (torch.tensor([5]), 7)),
    )


def _counts_real_tokens(args: tuple, mask: Bool[Tensor, "batch 1 1 key"]) -> bool:
    return torch.equal(mask.sum(dim=(1, 2, 3)), args[0])


def _hides_the_end(args: tuple, mask: Bool[Tensor, "batch 1 1 key"]) -> bool:
    """Once hidden, hidden to the end: no True after a False."""
    return not (mask[..., 1:] & ~mask[..., :-1]).any()


MISCONCEPTIONS = (
    *CONSTANTS,
    mistake("one-length-for-all", real=lambda position, length, n_key: position.expand(len(length), -1) < length.max())
    .says("You used the longest length for every sentence.")
    .asks(
        "`lengths` holds one number for each sentence. What shape must it have, so that each sentence is compared with "
        "its own?"
    ),
    mistake("one-too-many", real=lambda position, length, n_key: position <= length)
    .says("You let one token of padding through in each sentence.")
    .asks("Positions count from 0. What is the position of the last real token of a sentence of length 3?"),
    mistake("one-too-few", real=lambda position, length, n_key: position < length - 1)
    .says("You hid the last real token of each sentence.")
    .asks("A sentence of length 1 has one real token. Which position does it stand at?"),
    mistake("padding-on-the-left", real=lambda position, length, n_key: position >= n_key - length)
    .says("You hid the first tokens: yours is a mask for padding that stands on the left.")
    .asks("Here the padding follows the sentence. Where, then, are the real tokens?"),
    mistake("inverted", polarity=swapped)
    .says("True and False are the wrong way round: your mask is True for the padding.")
    .asks("The mask says who may be attended to. Is that the padding?"),
    *FORM,
    mistake("masks-queries", axes=lambda mask: mask[:, None, :, None])
    .says("Your mask has shape [batch, 1, key, 1]: it silences queries instead of hiding keys.")
    .asks("Scores have the axes [batch, head, query, key]. On which axis stand the tokens to be looked at?"),
    mistake("not-broadcastable", axes=as_it_is)
    .says("Your mask has shape [batch, key]. It does not fit scores of shape [batch, head, query, key].")
    .asks("Broadcasting lines axes up from the right. Which axis of the scores would `batch` be matched with?"),
    mistake("one-axis-missing", axes=lambda mask: mask[:, None, :])
    .says("Your mask has shape [batch, 1, key]. One axis is missing.")
    .asks("Lined up from the right with [batch, head, query, key]: which axis would your `batch` meet?"),
)

PADDING_MASK = Exercise(
    id="padding_mask",
    title="The padding mask",
    family=see_real_tokens,
    returns={"mask": "batch 1 1 key"},
    probes=probes,
    examples=((torch.tensor([2, 1]), 4), (torch.tensor([3, 1]), 3)),
    properties=(
        always("wrong-count", _counts_real_tokens)
        .right("Each sentence shows as many keys as it has tokens.")
        .says("The number of True in your mask is not the length of the sentence.")
        .asks("For a sentence of length 2, how many keys may be looked at?"),
        always("hole-in-the-mask", _hides_the_end)
        .right("The real tokens come first, and the padding after them.")
        .says("In your mask a real token comes after padding.")
        .asks("Sentences are filled up at their end. What must the row of one sentence look like?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=twins_of_constants("one-length-for-all one-too-many one-too-few padding-on-the-left"),
)
