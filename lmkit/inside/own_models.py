"""Run a model of lmkit so that what each of its blocks computes is kept."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lmkit.inside.inputs import Inputs
from lmkit.model.attention import repeat_kv_heads
from lmkit.model.encoder_decoder import DecoderBlock, EncoderDecoder
from lmkit.model.relative import RelativePositions
from lmkit.model.transformer import Transformer

Seen = dict[str, list[Tensor]]  # field of Trace -> its tensors, layer by layer

def run(model: nn.Module, inner: Transformer | EncoderDecoder, given: Inputs) -> dict[str, Any]:
    """Run it, and give the fields of `lmkit.Trace`; those of an encoder lie in the field `encoder`."""
    may_attend = None if given.mask is None else given.mask[:, None, None, :]  # the same keys for each head and query
    if isinstance(inner, Transformer):
        return _run(inner, given.tokens, may_attend)
    with _watching(inner.encoder) as encoder:
        decoder = inner.read(given.tokens, may_attend)
    return _run(decoder, given.decoder_tokens) | {"encoder": _fields(encoder)}


def _run(model: Transformer, tokens: Tensor, may_attend: Tensor | None = None) -> dict[str, Any]:
    with _watching(model) as seen:
        output = (model.hidden if model.unembed is None else model)(tokens, may_attend)
    return _fields(seen) | {"logits": None if model.unembed is None else output}


def _fields(seen: Seen) -> dict[str, tuple[Tensor, ...]]:
    return {name: tuple(tensors) for name, tensors in seen.items()}


@contextmanager
def _watching(model: Transformer) -> Iterator[Seen]:
    """Within this context what its blocks compute is kept."""
    seen = defaultdict(list)
    own = [block.attention.attend for block in model.blocks]
    cross = [block.cross_attention.attend for block in model.blocks if isinstance(block, DecoderBlock)]
    with _watching_blocks(model, seen), _watching_attention(own, seen), _watching_attention(cross, seen, "cross_"):
        yield seen


@contextmanager
def _watching_blocks(model: Transformer, seen: Seen) -> Iterator[None]:
    """Keep the residual stream around the blocks, and what goes into each write projection."""

    def keep_input(name):
        return lambda _, inputs: seen[name].append(inputs[0])

    writers = [block.feed_forward.write for block in model.blocks]  # a mixture of experts has none, and says so
    handles = [model.blocks[0].register_forward_pre_hook(keep_input("residual"))]
    for block, write in zip(model.blocks, writers, strict=True):
        handles.append(block.register_forward_hook(lambda _, inputs, output: seen["residual"].append(output)))
        handles.append(write.register_forward_pre_hook(keep_input("activations")))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _watching_attention(layers: Sequence[nn.Module], seen: Seen, prefix: str = "") -> Iterator[None]:
    """Have each `Attend` attend in a way that keeps what it did, then give it its own back."""
    attend = _Attend(seen, prefix)
    for layer in layers:
        layer.forward = partial(attend, distances=getattr(layer, "distances", None))
    try:
        yield
    finally:
        for layer in layers:
            del layer.forward  # of this object; that of its class comes back


class _Attend:
    """Attends as `scaled_dot_product_attention` does, and keeps all that went in and the weights.

    It costs little more than a fused kernel: the mask, which is the same in all layers, is prepared once, and the
    weights take the place of the scores.
    """

    def __init__(self, seen: Seen, prefix: str):
        self.seen, self.prefix = seen, prefix
        self.prepared: tuple[Tensor, ...] | None = None  # a mask; what is added for it; which queries see something

    def __call__(
        self,
        query: Float[Tensor, "batch head query d_head"],
        key: Float[Tensor, "batch kv_head key d_head"],
        value: Float[Tensor, "batch kv_head key d_value"],
        may_attend: Bool[Tensor, "... #query #key"] | None = None,
        *,
        distances: RelativePositions | None,
    ) -> Float[Tensor, "batch head query d_value"]:
        device = query.device.type
        if torch.is_autocast_enabled(device):  # it casts what a fused kernel reads, but would cast the scores as well
            query, key, value = (part.to(torch.get_autocast_dtype(device)) for part in (query, key, value))
            with torch.autocast(device, enabled=False):
                return self(query, key, value, may_attend, distances=distances)
        bias = None if distances is None else distances(query.shape[2], key.shape[2])  # (head, query, key)
        weights = self._weigh(query, repeat_kv_heads(key, query.shape[1]), bias, may_attend).to(value.dtype)
        for name, tensor in (("queries", query), ("keys", key), ("values", value), ("attentions", weights)):
            self.seen[self.prefix + name].append(tensor)
        return weights @ repeat_kv_heads(value, query.shape[1])

    def _weigh(self, query: Tensor, key: Tensor, bias: Tensor | None, may_attend: Tensor | None) -> Tensor:
        if query.element_size() == 2:  # scores of 16 bits would round, or pass the largest number there is
            query, key = query.float(), key.float()
        scores = (query / math.sqrt(query.shape[-1])) @ key.mT  # (batch, head, query, key)
        if bias is not None:
            scores += bias
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
