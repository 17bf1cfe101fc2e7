"""Look inside a model: run it once, and keep what every attention head and every block computed.

A fast attention kernel never stores the attention weights, so they cannot be asked for afterwards. `trace`
computes them with the readable path of `lmkit.model.attention`, from the very queries and keys that the model made.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from lmkit.model.attention import repeat_kv_heads, scaled_dot_product_attention
from lmkit.model.modes import mode
from lmkit.model.transformer import Transformer, check_tokens


@dataclass(frozen=True)
class Trace:
    """What a model computed on its way from tokens to output. Each tuple has one entry a layer.

    Attributes:
        tokens: the ids that the model was given.
        attentions: the weights of every head. A row sums to 1, or to 0 where nothing may be seen. bertviz
            draws them as they are.
        queries, keys, values: what the heads worked with, after rotary positions. With grouped queries there
            are fewer key and value heads than query heads. softmax(Q Kᵀ / √d_head) over the keys that may be
            seen gives `attentions`.
        activations: how strongly each feed-forward neuron fires: the input of the projection that writes.
        residual: the residual stream before block 0 and after each block, n_layers + 1 entries. The last is
            what leaves the last block, before any final norm (transformers gives it after that norm).
        logits: what the model's head says, or None for a model without a head, or with one that transformers gives
            another name.
    """

    tokens: Int[Tensor, "batch position"]
    attentions: tuple[Float[Tensor, "batch head query key"], ...]
    queries: tuple[Float[Tensor, "batch head query d_head"], ...]
    keys: tuple[Float[Tensor, "batch kv_head key d_head"], ...]
    values: tuple[Float[Tensor, "batch kv_head key d_head"], ...]
    activations: tuple[Float[Tensor, "batch position d_hidden"], ...]
    residual: tuple[Float[Tensor, "batch position d_model"], ...]
    logits: Float[Tensor, "batch *output"] | None


def trace(
    model: nn.Module,
    tokens: Tensor | Mapping[str, Tensor],
    attention_mask: Tensor | None = None,
    token_type_ids: Tensor | None = None,
) -> Trace:
    """Run a model on tokens, without dropout and without gradients, and keep what it computed.

    The model is left as it was: its attention implementation, its training mode, its hooks and its weights.

    Args:
        model: an lmkit Transformer, or a BERT, GPT-2 or Llama model of transformers, with any head on top, and with
            adapters of the library PEFT inside if there are any.
        tokens: token ids, (batch, position), or (position) for a single text; or all that a tokenizer of transformers
            gives with `return_tensors="pt"`: it holds the three under these names, the ids as `input_ids`.
        attention_mask: True (or 1) for a real token, False (or 0) for padding; shaped like `tokens`.
        token_type_ids: 0 for a token of the first text of a pair, 1 for one of the second; shaped like `tokens`.

    Raises:
        TypeError: a model of another kind, or tokens, a mask or types that are no tensor of whole numbers.
        ValueError: one of them has a wrong shape, an id or a type is unknown to the model, the text is too long, or
            padding stands before a token whose position the model counts from the first column.
    """
    inner = _without_adapters(model)
    _check_model(inner)
    tokens, mask, types = _check_inputs(inner, *_unpack(tokens, attention_mask, token_type_ids))
    is_ours = isinstance(inner, Transformer)
    watch_attention, run = (_watch_ours, _run_ours) if is_ours else (_watch_transformers, _run_transformers)
    seen = defaultdict(list)  # field of Trace -> its tensors, layer by layer
    with torch.no_grad(), mode(model, training=False), _watch_blocks(inner, seen), watch_attention(inner, seen):
        logits = run(model, tokens, mask, types)
    return Trace(tokens=tokens, logits=logits, **{name: tuple(tensors) for name, tensors in seen.items()})


# --- Running and watching. ---

_BLOCKS_AND_WRITE = {  # where a model keeps its blocks, and a block the projection that its neurons feed
    "lmkit": ("blocks", "feed_forward.write"),
    "bert": ("encoder.layer", "output.dense"),
    "gpt2": ("h", "mlp.c_proj"),
    "llama": ("layers", "mlp.down_proj"),
}


def _kind(model: nn.Module) -> str | None:
    """Say "lmkit", or the `model_type` by which transformers names an architecture."""
    return "lmkit" if isinstance(model, Transformer) else getattr(getattr(model, "config", None), "model_type", None)


def _without_adapters(model: nn.Module) -> nn.Module:
    """Give the model that PEFT wrapped, in which its adapters lie; any other as it is."""
    if not hasattr(model, "get_base_model"):
        return model
    if getattr(getattr(model, "active_peft_config", None), "is_prompt_learning", False):
        raise TypeError(
            "this model puts a learned prompt before the tokens, and what it computes there belongs to no token, so "
            "lmkit.trace cannot show it: trace model.get_base_model(), which reads the tokens without that prompt"
        )
    return model.get_base_model()


def _run_ours(model, tokens, mask, _) -> Tensor | None:
    may_attend = None if mask is None else mask[:, None, None, :]  # the same keys for every head and query
    if model.unembed is None:
        model.hidden(tokens, may_attend)
        return None
    return model(tokens, may_attend)


def _run_transformers(model, tokens, mask, types) -> Tensor | None:
    pair = {} if types is None else {"token_type_ids": types}
    return getattr(model(tokens, attention_mask=mask, **pair), "logits", None)


@contextmanager
def _watch_blocks(model: nn.Module, seen: dict[str, list]) -> Iterator[None]:
    """Keep the residual stream around the blocks, and what goes into each write projection."""

    def keep_input(name):
        return lambda _, inputs: seen[name].append(inputs[0])

    def keep_output(name):
        return lambda _, inputs, output: seen[name].append(output)

    where, write = _BLOCKS_AND_WRITE[_kind(model)]
    body = model if isinstance(model, Transformer) else model.base_model  # without the head
    blocks = body.get_submodule(where)
    handles = [blocks[0].register_forward_pre_hook(keep_input("residual"))]
    for block in blocks:
        handles.append(block.register_forward_hook(keep_output("residual")))
        handles.append(block.get_submodule(write).register_forward_pre_hook(keep_input("activations")))
    with _removing(handles):
        yield


@contextmanager
def _watch_ours(model: Transformer, seen: dict[str, list]) -> Iterator[None]:
    """Have each `Attend` take the readable path and keep what it sees, then give it its own path back."""
    layers = [block.attention.attend for block in model.blocks]
    for attend in layers:
        attend.forward = partial(_attend, seen)  # for this object; that of its class comes back with the `del`
    try:
        yield
    finally:
        for attend in layers:
            del attend.forward


@contextmanager
def _watch_transformers(model: nn.Module, seen: dict[str, list]) -> Iterator[None]:
    """Have a transformers model attend by the readable path, then give it its own implementation back."""
    from transformers import AttentionMaskInterface
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    def attend(module, query, key, value, may_attend, scaling, **_):
        query = query * (scaling * math.sqrt(query.shape[-1]))  # times 1, but not in every GPT-2
        return _attend(seen, query, key, value, may_attend).transpose(1, 2), None

    ALL_ATTENTION_FUNCTIONS["lmkit"] = attend
    AttentionMaskInterface.register("lmkit", _boolean_mask)
    before = model.config._attn_implementation
    try:
        model.set_attn_implementation("lmkit")
        yield
    finally:
        model.set_attn_implementation(before)
        del ALL_ATTENTION_FUNCTIONS["lmkit"]


def _boolean_mask(**request) -> Bool[Tensor, "batch 1 query key"] | None:
    """The mask that transformers makes for PyTorch's attention: True = may attend, None = all may."""
    from transformers.masking_utils import sdpa_mask

    return sdpa_mask(**request | {"allow_is_causal_skip": False})  # a causal mask is never left out


def _attend(seen, query, key, value, may_attend=None) -> Float[Tensor, "batch head query d_head"]:
    """Attend by the readable path, and keep all that went in and the weights."""
    device = query.device.type
    if torch.is_autocast_enabled(device):  # it casts what a fused kernel reads, but would cast the scores as well
        query, key, value = (part.to(torch.get_autocast_dtype(device)) for part in (query, key, value))
        with torch.autocast(device, enabled=False):
            return _attend(seen, query, key, value, may_attend)
    n_heads = query.shape[1]
    mixed, weights = scaled_dot_product_attention(
        query, repeat_kv_heads(key, n_heads), repeat_kv_heads(value, n_heads), may_attend
    )
    for name, tensor in (("queries", query), ("keys", key), ("values", value), ("attentions", weights)):
        seen[name].append(tensor)
    return mixed


@contextmanager
def _removing(handles: list[RemovableHandle]) -> Iterator[None]:
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


# --- What the errors say. ---


def _check_model(model: nn.Module) -> None:
    if (kind := _kind(model)) not in _BLOCKS_AND_WRITE:
        name = f"{type(model).__module__}.{type(model).__qualname__}"
        raise TypeError(
            f"lmkit.trace cannot look inside this model, a {name} with model_type {kind!r}. It knows lmkit's "
            "Transformer, and models of transformers with model_type 'bert', 'gpt2' or 'llama'. "
            "Of what lmkit.load gives, trace the .model."
        )


def _unpack(tokens, attention_mask, token_type_ids) -> tuple:
    """Take apart what a tokenizer gives; what was given beside it comes first."""
    if not isinstance(tokens, Mapping):
        return tokens, attention_mask, token_type_ids
    if unknown := [name for name in tokens if name not in ("input_ids", "attention_mask", "token_type_ids")]:
        raise ValueError(f"tokens hold {', '.join(unknown)}, which no trace gives to a model: leave that out")
    if "input_ids" not in tokens:
        raise ValueError(
            f"tokens hold {', '.join(tokens) or 'nothing'}, but no input_ids: give the ids under that name"
        )
    mask = tokens.get("attention_mask") if attention_mask is None else attention_mask
    types = tokens.get("token_type_ids") if token_type_ids is None else token_type_ids
    return tokens["input_ids"], mask, types


def _check_inputs(model, tokens, mask, types) -> tuple[Tensor, Tensor | None, Tensor | None]:
    """Refuse what the model cannot read, and give the rest, where the model is."""
    device = next(model.parameters()).device
    tokens = _check_text(tokens, model)
    mask = None if mask is None else _check_mask(mask, tokens, model)
    types = None if types is None else _check_types(types, tokens, model)
    return tuple(given if given is None else given.to(device) for given in (tokens, mask, types))


def _check_text(tokens: Tensor, model: nn.Module) -> Int[Tensor, "batch position"]:
    tokens = _with_batch(tokens)
    check_tokens(tokens, model.config.vocab_size)
    longest = getattr(model.config, "max_position_embeddings", math.inf)  # lmkit's own models check it themselves
    if tokens.shape[1] > longest:
        raise ValueError(f"the text has {tokens.shape[1]} tokens and the model reads at most {longest}: shorten it")
    return tokens


def _check_mask(
    mask: Tensor, tokens: Int[Tensor, "batch position"], model: nn.Module
) -> Bool[Tensor, "batch position"]:
    says = "which tokens are real: True or 1, False or 0. From ones and zeros write mask.bool()"
    mask = _one_each("attention_mask", mask, tokens, says)
    is_real = mask.bool()
    if (mask != is_real).any():
        raise ValueError("attention_mask has other numbers than 1 and 0: from token ids write tokens != padding_id")
    if _counts_columns(model) and (is_real[:, 1:] & ~is_real[:, :-1]).any():
        raise ValueError(
            "padding stands before a token, and this model counts positions from the first column, so it would read "
            "that token at a wrong one: fill texts up after their end (tokenizer.padding_side = 'right')"
        )
    return is_real


def _counts_columns(model: nn.Module) -> bool:
    """Say whether a vector is learned for each position. Rotary positions tell distances alone."""
    if isinstance(model, Transformer):
        return model.config.positions == "learned"
    return _kind(model) != "llama"


def _check_types(types: Tensor, tokens: Int[Tensor, "batch position"], model: nn.Module) -> Tensor | None:
    """Give the types to a model that has some. To any other, those of a single text say nothing."""
    types = _one_each("token_type_ids", types, tokens, "which text of a pair a token is of: 0 or 1").long()
    has = {"bert": "type_vocab_size", "gpt2": "vocab_size"}.get(_kind(model))  # GPT-2's types are tokens, added
    n_types = getattr(model.config, has) if has else 1
    low, high = types.min().item(), types.max().item()
    if low < 0 or high >= n_types:
        raise ValueError(
            f"token_type_ids go from {low} to {high}, but this model knows 0 to {n_types - 1}: "
            "leave them out, or take a model that was made for pairs of texts, such as BERT"
        )
    return types if has else None


def _one_each(name: str, given: Tensor, tokens: Int[Tensor, "batch position"], says: str) -> Tensor:
    """Refuse what is not one whole number, or truth, for each token."""
    if not isinstance(given, Tensor):
        raise TypeError(f"{name} is a {type(given).__name__}, but must be a tensor: write torch.tensor(...)")
    given = _with_batch(given)
    if given.is_floating_point() or given.is_complex():
        raise TypeError(f"{name} has dtype {given.dtype}, but says {says}.")
    if given.shape != tokens.shape:
        raise ValueError(
            f"{name} has shape {tuple(given.shape)} and tokens have shape {tuple(tokens.shape)}: "
            "give it one entry for each token"
        )
    return given


def _with_batch(given: Tensor) -> Tensor:
    """Make a batch of a single text."""
    return given[None] if isinstance(given, Tensor) and given.ndim == 1 else given
