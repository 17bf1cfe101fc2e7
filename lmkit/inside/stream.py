r"""The residual stream: what each part of a model writes into it, and what stands in it after each block.

$$x^{(L)} = x^{(0)} + \sum_{l} \mathrm{Attention}_l + \sum_{l} \mathrm{FFN}_l$$

Source: Elhage et al. 2021, "A mathematical framework for transformer circuits".
"""

from collections.abc import Iterable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.inside.tracing import Trace, trace
from lmkit.model.transformer import Transformer


@torch.no_grad()
def written(model: Transformer, seen: Trace) -> Float[Tensor, "layer part batch position d_model"]:
    """Give what each block added to the stream: attention (part 0) and the feed-forward network (part 1).

    Args:
        seen: what `lmkit.trace` saw of this model, on texts without padding.

    Raises:
        ValueError: the model norms after each addition, so that its stream is no sum of what was written.
    """
    if not model.config.norm_first:
        raise ValueError("this model norms the stream after each addition, so nothing stays in it as it was written")
    may_attend = model.combine_masks(seen.tokens, None)
    lines = []
    for block, before in zip(model.blocks, seen.residual, strict=False):  # the last entry has no block after it
        by_attention = block.attention(block.attention_norm(before), may_attend)
        by_feed_forward = block.feed_forward(block.feed_forward_norm(before + by_attention))
        lines.append(torch.stack([by_attention, by_feed_forward]))
    return torch.stack(lines)


class Pages(NamedTuple):
    """What stands in the stream wherever a next token is known, in some texts, one after the other.

    Attributes:
        streams: before block 0 and after each block.
        here: the token that stands at each place.
        following: the token after it.
    """

    streams: Float[Tensor, "page place d_model"]
    here: Int[Tensor, " place"]
    following: Int[Tensor, " place"]


def read(model: nn.Module, texts: Iterable[Int[Tensor, "1 _"]]) -> Pages:
    """Let a model read texts, and keep the stream before and after each block.

    Args:
        model: anything that `lmkit.trace` can look into.
        texts: token ids of each text, two tokens or more.
    """
    seen = [trace(model, text) for text in texts]
    streams = [torch.stack(one.residual)[:, 0, :-1] for one in seen]
    tokens = [one.tokens[0] for one in seen]
    here, following = (torch.cat(part) for part in zip(*((ids[:-1], ids[1:]) for ids in tokens), strict=True))
    return Pages(torch.cat(streams, dim=1), here, following)
