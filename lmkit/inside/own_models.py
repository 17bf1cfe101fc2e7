"""Run a model of lmkit so that what each of its blocks computes is kept."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lmkit.inside.inputs import Inputs
from lmkit.model.attention import repeat_kv_heads
from lmkit.model.transformer import Transformer


def run(model: nn.Module, inner: Transformer, given: Inputs) -> dict[str, Any]:
    """Run it, and give the fields of `lmkit.Trace`."""
    seen = defaultdict(list)  # field of Trace -> its tensors, layer by layer
    may_attend = None if given.mask is None else given.mask[:, None, None, :]  # the same keys for each head and query
    with _watching_blocks(inner, seen), _watching_attention(inner, _Attend(seen)):
        if inner.unembed is None:
            inner.hidden(given.tokens, may_attend)
            logits = None
        else:
            logits = inner(given.tokens, may_attend)
    return {name: tuple(tensors) for name, tensors in seen.items()} | {"logits": logits}


@contextmanager
def _watching_blocks(model: Transformer, seen: dict[str, list]) -> Iterator[None]:
    """Keep the residual stream around the blocks, and what goes into each write projection."""

    def keep_input(name):
        return lambda _, inputs: seen[name].append(inputs[0])

    handles = [model.blocks[0].register_forward_pre_hook(keep_input("residual"))]
    for block in model.blocks:
        handles.append(block.register_forward_hook(lambda _, inputs, output: seen["residual"].append(output)))
        handles.append(block.feed_forward.write.register_forward_pre_hook(keep_input("activations")))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _watching_attention(model: Transformer, attend: Callable) -> Iterator[None]:
    """Have each `Attend` attend in this way, then give it its own back."""
    layers = [block.attention.attend for block in model.blocks]
    for layer in layers:
        layer.forward = attend  # for this object; that of its class comes back with the `del`
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward


class _Attend:
    """Attends as `scaled_dot_product_attention` does, and keeps all that went in and the weights.

    It costs little more than a fused kernel: the mask, which is the same in all layers, is prepared once, and the
    weights take the place of the scores.
    """

    def __init__(self, seen: dict[str, list]):
        self.seen = seen
        self.prepared: tuple[Tensor, ...] | None = None  # a mask; what is added for it; which queries see something

    def __call__(
        self,
        query: Float[Tensor, "batch head query d_head"],
        key: Float[Tensor, "batch kv_head key d_head"],
        value: Float[Tensor, "batch kv_head key d_value"],
        may_attend: Bool[Tensor, "... #query #key"] | None = None,
    ) -> Float[Tensor, "batch head query d_value"]:
        device = query.device.type
        if torch.is_autocast_enabled(device):  # it casts what a fused kernel reads, but would cast the scores as well
            query, key, value = (part.to(torch.get_autocast_dtype(device)) for part in (query, key, value))
            with torch.autocast(device, enabled=False):
                return self(query, key, value, may_attend)
        weights = self._weigh(query, repeat_kv_heads(key, query.shape[1]), may_attend).to(value.dtype)
        for name, tensor in (("queries", query), ("keys", key), ("values", value), ("attentions", weights)):
            self.seen[name].append(tensor)
        return weights @ repeat_kv_heads(value, query.shape[1])

    def _weigh(self, query: Tensor, key: Tensor, may_attend: Tensor | None) -> Tensor:
        if query.element_size() == 2:  # scores of 16 bits would round, or pass the largest number there is
            query, key = query.float(), key.float()
        scores = (query / math.sqrt(query.shape[-1])) @ key.mT  # (batch, head, query, key)
        if may_attend is None:
            return torch.softmax(scores, dim=-1, out=scores)
        penalty, sees = self._prepare(may_attend, scores.dtype)
        weights = torch.softmax(scores.add_(penalty), dim=-1, out=scores)
        return weights if sees is None else weights.mul_(sees)

    def _prepare(self, may_attend: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor | None]:
        """What to add to scores: -inf where nothing may be seen, but 0 in a row that sees nothing, which ends empty."""
        if self.prepared is None or self.prepared[0] is not may_attend:
            sees = may_attend.any(dim=-1, keepdim=True)  # (..., query, 1)
            penalty = torch.zeros_like(may_attend, dtype=dtype).masked_fill_(~may_attend & sees, -torch.inf)
            self.prepared = may_attend, penalty, None if sees.all() else sees
        return self.prepared[1:]
