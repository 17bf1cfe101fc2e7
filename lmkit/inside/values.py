"""Values: what the parts of a model say on a text, or on the mean over texts, to be put in the place of others."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, fields
from functools import partial

from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.inside import sites
from lmkit.inside.batches import batches
from lmkit.inside.tracing import trace


@dataclass(frozen=True)
class Values:
    """What the parts of a model say on some tokens. Each tuple has one entry a layer; None where it has no such part.

    Attributes:
        mixed: what the heads have mixed, side by side, before the projection of attention.
        neurons: how strongly the neurons fire.
        attention, feed_forward: what attention, and the feed-forward network, write. In most models it is added to the
            stream.
        residual: the residual stream before the block.
    """

    mixed: tuple[Float[Tensor, "batch position d_mixed"], ...]
    neurons: tuple[Float[Tensor, "batch position d_hidden"] | None, ...]
    attention: tuple[Float[Tensor, "batch position d_model"], ...]
    feed_forward: tuple[Float[Tensor, "batch position d_model"] | None, ...]
    residual: tuple[Float[Tensor, "batch position d_model"], ...]


def values(model: nn.Module, tokens: Tensor, attention_mask: Tensor | None = None) -> Values:
    """Let a model read, and keep what its parts say. Arguments and errors: those of `lmkit.trace`."""
    layers = sites.find(model)
    said = {part.name: [None] * len(layers) for part in fields(Values)}
    with ExitStack() as hooks:
        for layer, site in enumerate(layers):
            for part in site.widths:
                hooks.enter_context(sites.listen(site, part, partial(said[part].__setitem__, layer)))
        shape = trace(model, tokens, attention_mask).tokens.shape  # some models lay all texts in one axis
    return Values(**{part: tuple(x if x is None else x.reshape(*shape, -1) for x in said[part]) for part in said})


def means(model: nn.Module, texts: Iterable[Int[Tensor, " _"]]) -> Values:
    """Let a model read texts, and keep the mean of what each part says, over all tokens. It fits a text of any length.

    Raises:
        ValueError: there is no text, or one without a token. Others as `lmkit.trace`.
    """
    sums, n_tokens = {part.name: None for part in fields(Values)}, 0
    for tokens, real in batches(texts):
        said, n_tokens = values(model, tokens, real), n_tokens + int(real.sum())
        for part in sums:
            added = [None if layer is None else _sum_where(real, layer) for layer in getattr(said, part)]
            sums[part] = added if sums[part] is None else [_plus(*pair) for pair in zip(sums[part], added, strict=True)]
    if not n_tokens:
        raise ValueError("there is no text: pass at least one")
    return Values(**{part: tuple(_mean(total, n_tokens) for total in totals) for part, totals in sums.items()})


def _plus(one: Tensor | None, other: Tensor | None) -> Tensor | None:
    return None if one is None else one + other


def _mean(total: Tensor | None, n_tokens: int) -> Float[Tensor, "1 1 width"] | None:
    return None if total is None else (total / n_tokens).float()[None, None]


def _sum_where(real: Tensor, said: Tensor) -> Float[Tensor, " width"]:
    return said[real.to(said.device)].double().sum(dim=0)
