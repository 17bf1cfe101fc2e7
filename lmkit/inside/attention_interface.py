"""Where the models of transformers hand over their queries, keys and values.

Most of them attend by one interface: each layer gives its queries, keys, values and mask, and whatever its kind adds in
between (a scale of its own, a bias for each distance, a soft cap, a sink), to the function that is registered under
the name of its attention implementation. The function registered here has the kind's own eager formula compute the
weights, in 32 bits at least, and keeps them. So there is no list of kinds: what the interface hands over is what is
seen.
"""

import inspect
import math
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lmkit.model.modes import parts_of

NAME = "lmkit"  # of the attention implementation, for as long as a model is watched


class Attended(NamedTuple):
    """What one layer of attention was given, and its weights.

    Attributes:
        sinks: for each head the score of a key that is not there, in a model that has such.
    """

    query: Tensor
    key: Tensor
    value: Tensor
    weights: Tensor
    sinks: Tensor | None


def of(model: nn.Module) -> list[MutableMapping]:
    """Find the interface, which the modules of the layers import by one name; a few kinds make one of their own."""
    kinds = {type(part) for part in parts_of(model)}
    modules = [sys.modules.get(name) for name in {kind.__module__ for kind in kinds}]
    found = [getattr(module, "ALL_ATTENTION_FUNCTIONS", None) for module in modules]
    return list({id(interface): interface for interface in found if interface is not None}.values())


@contextmanager
def watched(model: nn.Module, keep: Callable[[Attended], None], has_padding: bool) -> Iterator[None]:
    """Tell `keep` of each layer of attention that runs within this context.

    Args:
        has_padding: whether a query may be left without any key, so that its row must be emptied.
    """
    from transformers import AttentionMaskInterface

    interfaces = of(model)
    AttentionMaskInterface.register(NAME, _mask)
    for interface in interfaces:
        interface[NAME] = _attend_and_tell(keep, has_padding)
    try:
        with implemented_by(model, NAME):
            yield
    finally:
        for interface in interfaces:
            del interface[NAME]


@contextmanager
def implemented_by(model: nn.Module, name: str) -> Iterator[None]:
    """Let a model and all models in it attend by another implementation, and give each its own back."""
    configs = {id(config): config for part in parts_of(model) if _chooses(config := vars(part).get("config"))}
    before = [(config, config._attn_implementation) for config in configs.values()]
    try:
        for config, _ in before:
            config._attn_implementation = {"": name}  # for this configuration, and none that lies in it
        yield
    finally:
        for config, own in before:
            config._attn_implementation = {"": own}


def _chooses(config: object) -> bool:
    return hasattr(config, "_attn_implementation")


def _mask(**request) -> Tensor | None:
    """The mask that transformers makes for eager attention: what is added to the scores. None where all may be seen."""
    from transformers.masking_utils import eager_mask

    return eager_mask(**request | {"dtype": torch.float32})


def _attend_and_tell(keep: Callable[[Attended], None], has_padding: bool) -> Callable:
    """Make the function that is registered."""

    def attend(module, query, key, value, mask, **options):
        query, key, value = _as_a_kernel_reads(query, key, value)
        mask = None if mask is None else _to_add(mask)
        wide = (part.float() if part.element_size() == 2 else part for part in (query, key, value))
        with torch.autocast(query.device.type, enabled=False):
            mixed, weights = _own_formula(module)(module, *wide, mask, **options)
        if has_padding and mask is not None:
            sees = (mask > torch.finfo(mask.dtype).min).any(-1, keepdim=True)  # (batch, 1, query, 1)
            mixed, weights = mixed * sees.transpose(1, 2), weights * sees
        weights = weights.to(value.dtype)
        keep(Attended(_rescaled(query, options.get("scaling")), key, value, weights, options.get("s_aux")))
        return mixed.to(value.dtype), weights

    return attend


def _as_a_kernel_reads(*parts: Tensor) -> tuple[Tensor, ...]:
    """Round what autocast would round for a fused kernel; the scores themselves it would round too."""
    device = parts[0].device.type
    if not torch.is_autocast_enabled(device):
        return parts
    return tuple(part.to(torch.get_autocast_dtype(device)) for part in parts)


def _to_add(mask: Tensor) -> Tensor:
    """Make a mask one that is added to scores of 32 bits: the smallest number of 16 bits is not small there."""
    smallest = torch.finfo(torch.float32).min
    if mask.dtype == torch.bool:
        return torch.zeros_like(mask, dtype=torch.float32).masked_fill(~mask, smallest)
    if mask.element_size() == 2:
        return mask.float().masked_fill(mask <= torch.finfo(mask.dtype).min, smallest)
    return mask


def _own_formula(module: nn.Module) -> Callable:
    """Find the eager formula of the kind: it stands in the same file, under this name."""
    return inspect.unwrap(type(module).forward).__globals__["eager_attention_forward"]


def _rescaled(query: Tensor, scaling: float | None) -> Tensor:
    """Put a scale of its own into the query, so that Q Kᵀ / √d_head are the scores."""
    factor = 1 if scaling is None else scaling * math.sqrt(query.shape[-1])
    return query if math.isclose(factor, 1) else query * factor
