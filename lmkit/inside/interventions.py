"""Interventions: let a part of a model say something else for a while, and see what changes.

The words are those of the figure `Playground`. What is switched off is named by `off`, such as

    off={"heads": [(2, 0)], "neurons": [(1, 7), (1, 8)]}

each as (layer, number). It says 0, or what `to` has for it: its mean over some texts, or its values on another text. A
`Patch` puts values in the place of what one part says at some positions. No weight is changed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.inside import edits, sites
from lmkit.inside.edits import Off, Patch
from lmkit.inside.tracing import trace
from lmkit.inside.values import Values, means, values

__all__ = ["NOT_ASKED", "Comparison", "Patch", "Reading", "Values", "changed", "compare", "means", "replaced", "values"]

NOT_ASKED = -100  # stands in labels where nothing is asked


@contextmanager
def changed(
    model: nn.Module, *, off: Off | None = None, to: Values | None = None, patch: Iterable[Patch] = ()
) -> Iterator[None]:
    """Switch parts of a model off, and patch others, while the block lasts. It may stand within another.

    Args:
        model: an lmkit Transformer, or a model of transformers with one stack of blocks that attends by its attention
            interface, as nearly all do, with adapters of the library PEFT inside if there are any. Two tokens are read
            to find its parts by what runs.
        off: {"heads": [(layer, head), ...], "neurons": [(layer, neuron), ...]}.
        to: what the parts that are off say; 0 unless given. `means` of some texts, or `values` of another text, as long
            as the one that is read.
        patch: done after what is off, one after the other.

    Raises:
        IndexError: there is no such layer, head, neuron or position. The text says which there are.
        TypeError: it is a model whose parts cannot be found.
        ValueError: a layer has no such part, `off` has other keys, or values do not fit or are of a text of another
            length.
    """
    layers = sites.find(model)
    wanted = [*edits.silences(layers, off or {}, to), *(edits.patched(layers, one) for one in patch)]
    with ExitStack() as hooks:
        for edit in wanted:
            hooks.enter_context(sites.edit(layers[edit.layer], edit.part, edit.apply))
        yield


class Reading(NamedTuple):
    """What a model says of some texts.

    Attributes:
        costs: $-\\ln p$ of what is right at each place, in nats; NaN where nothing is asked. None where nothing is.
        loss: their mean.
    """

    logits: Float[Tensor, "batch *output"]
    costs: Float[Tensor, "batch *asked"] | None
    loss: float | None


class Comparison(NamedTuple):
    """What the whole model says, and what it says with a part of it off or patched."""

    whole: Reading
    part: Reading


def compare(
    model: nn.Module,
    tokens: Int[Tensor, "batch position"],
    attention_mask: Tensor | None = None,
    *,
    labels: Int[Tensor, "batch *asked"] | None = None,
    off: Off | None = None,
    to: Values | None = None,
    patch: Iterable[Patch] = (),
) -> Comparison:
    """Let a model read with and without: its logits, what each right token costs, and the loss.

    Args:
        labels: what is right at each place, NOT_ASKED where nothing is asked. Of a causal model, the next token unless
            given; of another, nothing.
        off, to, patch: as in `changed`.

    Raises:
        ValueError: the model has no logits, or the labels do not fit them. Others as `lmkit.trace` and `changed`.
    """
    whole = trace(model, tokens, attention_mask)
    if labels is None and not whole.attentions[0].triu(1).any():
        labels = _next_tokens(tokens, attention_mask)
    with changed(model, off=off, to=to, patch=patch):
        part = trace(model, tokens, attention_mask)
    return Comparison(_reading(whole.logits, labels), _reading(part.logits, labels))


def _next_tokens(tokens: Int[Tensor, "batch position"], mask: Tensor | None) -> Int[Tensor, "batch position"]:
    following = tokens if mask is None else tokens.masked_fill(~mask.bool(), NOT_ASKED)
    return nn.functional.pad(following[:, 1:], (0, 1), value=NOT_ASKED)


def _reading(logits: Tensor | None, labels: Tensor | None) -> Reading:
    if logits is None:
        raise ValueError("this model has no logits to compare: take one with a head that predicts")
    if labels is None:
        return Reading(logits, None, None)
    if labels.shape != logits.shape[:-1]:
        needed = tuple(logits.shape[:-1])
        raise ValueError(f"labels have shape {tuple(labels.shape)}, but the logits ask for one at each of {needed}")
    labels = labels.to(logits.device)
    asked = labels != NOT_ASKED
    costs = -logits.float().log_softmax(-1).gather(-1, labels.where(asked, 0)[..., None])[..., 0]
    costs = costs.where(asked, torch.nan)
    return Reading(logits, costs, float(costs.nanmean()))


# --- Any part, by any function. ---


@contextmanager
def replaced(parts: Mapping[nn.Module, Callable[[Tensor], Tensor]]) -> Iterator[None]:
    """Let some parts of a model be other functions while the block lasts: of what each is given first.

    The part itself is still called, and may be called by the function: only what it says is not listened to.
    """
    with ExitStack() as hooks:
        for part, function in parts.items():
            hooks.enter_context(part.register_forward_hook(_instead(function)))
        yield


def _instead(function: Callable[[Tensor], Tensor]) -> Callable:
    return lambda part, inputs, output: function(inputs[0])
