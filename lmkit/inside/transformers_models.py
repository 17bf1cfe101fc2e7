"""Run a model of transformers so that what each of its blocks computes is kept."""

import sys
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from lmkit.inside import attention_interface, blocks
from lmkit.inside.blocks import Layer
from lmkit.inside.inputs import Inputs, begins_with_padding, first_position, reads


def without_wrappers(model: nn.Module) -> nn.Module:
    """Give the model that PEFT or torch.compile wrapped; any other as it is."""
    model = getattr(model, "_orig_mod", model)
    if not hasattr(model, "get_base_model"):
        return model
    if getattr(getattr(model, "active_peft_config", None), "is_prompt_learning", False):
        raise TypeError(
            "this model puts a learned prompt before the tokens, and what it computes there belongs to no token, so "
            "lmkit.trace cannot show it: trace model.get_base_model(), which reads the tokens without that prompt"
        )
    return without_wrappers(model.get_base_model())


def check(model: nn.Module) -> None:
    """Refuse a model in which nothing would be seen (TypeError)."""
    from transformers import PreTrainedModel

    if not isinstance(model, PreTrainedModel):
        raise TypeError(
            f"lmkit.trace cannot look inside this model, {_name(model)}. It knows lmkit's Transformer, and the models "
            "of transformers that attend by its attention interface. Of what lmkit.load gives, trace the .model."
        )
    if not (attention_interface.of(model) or _gives_weights(model)):
        raise TypeError(_cannot_be_seen(model, "its layers do not attend by transformers' attention interface"))


def run(model: nn.Module, inner: nn.Module, given: Inputs) -> dict[str, Any]:
    """Run it, and give the fields of `lmkit.Trace`; those of an encoder lie in the field `encoder`.

    Args:
        inner: the model of transformers itself, where `model` is a wrapper around it.

    Raises:
        TypeError: a layer has no attention of the usual kind.
    """
    watcher, options = blocks.Watcher(), {}
    has_padding = given.mask is not None and not given.mask.all()
    with ExitStack() as watched:
        watched.enter_context(as_written())
        stacks = [watched.enter_context(watcher.watching(blocks.find(stack))) for stack in _stacks(inner)]
        if attention_interface.of(inner):
            watched.enter_context(attention_interface.watched(inner, watcher.keep_attention, has_padding))
        else:
            watched.enter_context(attention_interface.implemented_by(inner, "eager"))
            options["output_attentions"] = True
        output = model(**_arguments(inner, given), **options)
    if options:
        _check_same(inner, output, model(**_arguments(inner, given)), given)
        return _fields_of_outputs(inner, stacks[0], output)
    *encoder, last = [_fields(inner, layers, has_cross=i > 0) for i, layers in enumerate(stacks)]
    return last | {"logits": _logits(output)} | ({"encoder": encoder[0]} if encoder else {})


def as_written() -> AbstractContextManager:
    """Let what torch.compile has compiled run as it was written: the compiled code passes by what watches."""
    return torch.compiler.set_stance("force_eager") if "torch._dynamo" in sys.modules else nullcontext()


def _stacks(model: nn.Module) -> list[nn.Module]:
    """What has blocks: encoder and decoder, or the one stack there is."""
    return [model.get_encoder(), model.get_decoder()] if model.config.is_encoder_decoder else [model.base_model]


def _arguments(model: nn.Module, given: Inputs) -> dict[str, Tensor | bool]:
    """By the names of transformers. Positions are told where padding before a text would shift them."""
    named = {
        "input_ids": given.tokens,
        "inputs_embeds": given.embeds,
        "attention_mask": None if given.mask is None else given.mask.long(),
        "token_type_ids": given.types,
        "decoder_input_ids": given.decoder_tokens,
        "use_cache": False if reads("use_cache", model) else None,
    }
    if given.mask is not None and begins_with_padding(given.mask) and reads("position_ids", model):
        first = first_position(model)
        named["position_ids"] = (given.mask.cumsum(-1) - 1).clamp(min=0) + first
    return {name: part for name, part in named.items() if part is not None}


# --- From what was seen to the fields of a trace. ---


def _fields(model: nn.Module, layers: list[Layer], has_cross: bool) -> dict[str, Any]:
    _check_layers(model, layers, (1, 2) if has_cross else (1,))
    own, cross = ([layer.attended[i] for layer in layers if len(layer.attended) > i] for i in (0, 1))
    return _of_blocks(layers) | {
        "attentions": tuple(one.weights for one in own),
        "queries": tuple(one.query for one in own),
        "keys": tuple(one.key for one in own),
        "values": tuple(one.value for one in own),
        "sinks": tuple(one.sinks for one in own if one.sinks is not None),
        "cross_attentions": tuple(one.weights for one in cross),
        "cross_queries": tuple(one.query for one in cross),
        "cross_keys": tuple(one.key for one in cross),
        "cross_values": tuple(one.value for one in cross),
    }


def _fields_of_outputs(model: nn.Module, layers: list[Layer], output: Any) -> dict[str, Any]:
    """Of a model that gives its weights when it is asked for them, and nothing else of its attention."""
    _check_layers(model, layers, (0,))
    nothing: dict[str, Any] = {"queries": (), "keys": (), "values": (), "logits": _logits(output)}
    return _of_blocks(layers) | nothing | {"attentions": tuple(output.attentions)}


def _of_blocks(layers: list[Layer]) -> dict[str, Any]:
    return {
        "activations": tuple(layer.activation() for layer in layers),
        "residual": (layers[0].before, *(layer.after for layer in layers)),
    }


def _logits(output: Any) -> Tensor | None:
    start, end = (getattr(output, f"{side}_logits", None) for side in ("start", "end"))
    if start is not None and end is not None:
        return torch.stack([start, end], dim=-1)
    return getattr(output, "logits", None)


# --- What the errors say. ---


def _gives_weights(model: nn.Module) -> bool:
    """Say whether eager attention, which the model computes itself, can take the place of a kernel for full attention.

    Falcon and GPT-Neo can. The weights of a model with no such kernel, such as Longformer, need not be those of every
    token on every token.
    """
    has_kernel = getattr(model, "_supports_sdpa", False) or getattr(model, "_supports_flash_attn", False)
    return has_kernel and reads("output_attentions", model.base_model)


def _check_layers(model: nn.Module, layers: list[Layer], times: tuple[int, ...]) -> None:
    """Refuse blocks that were not seen to run, or in which something else than attention mixes the tokens."""
    if not layers:
        raise TypeError(_cannot_be_seen(model, "its blocks are not where transformers says, or did not run"))
    if any(layer.before.ndim != 3 or layer.after.ndim != 3 for layer in layers):
        raise TypeError(_cannot_be_seen(model, "its blocks pass on something else than one vector for each token"))
    if others := [i for i, layer in enumerate(layers) if len(layer.attended) not in times]:
        raise TypeError(_cannot_be_seen(model, f"layer {others[0]} does not attend once, by transformers' interface"))


def _check_same(model: nn.Module, eager: Any, own: Any, given: Inputs) -> None:
    """Refuse a model that computes something else as soon as it is asked for its weights."""
    one, other = (output[0] if given.mask is None else output[0][given.mask] for output in (eager, own))
    if (one - other).abs().max() > 0.01 * other.abs().max():
        raise TypeError(_cannot_be_seen(model, "with the attention that gives its weights it computes something else"))


def _cannot_be_seen(model: nn.Module, why: str) -> str:
    return (
        f"lmkit.trace cannot look inside this model, {_name(model)} with model_type {model.config.model_type!r}: "
        f"{why}. Take a model of transformers that attends by its attention interface, such as BERT, GPT-2, Llama or T5"
    )


def _name(model: nn.Module) -> str:
    return f"a {type(model).__module__}.{type(model).__qualname__}"
