"""Where attention weights come from: a trace, what a model of transformers gives, a cache of TransformerLens, arrays.

Each form is known by what it has, so none of these libraries is needed here.
"""

import re
from collections.abc import Sequence

import numpy as np
import torch

_OF_TWO = ("decoder_attentions", "cross_attentions", "encoder_attentions")  # an encoder-decoder model gives all three


def layers_of(source: object) -> object:
    """Give the weights of a source, layer by layer, or the one array that it is.

    Raises:
        ValueError: The source has several kinds of attention and none is chosen, or none at all.
    """
    if hasattr(source, "attentions"):
        return _joined(source.attentions)
    if choices := [name for name in _OF_TWO if getattr(source, name, None)]:
        raise ValueError(
            f"this output has {' and '.join(choices)}: pass the one to show, such as output.{choices[0]}; where keys "
            "are another text, with key_tokens."
        )
    if any(hasattr(source, name) for name in _OF_TWO):
        return None
    if hasattr(source, "keys") and hasattr(source, "__getitem__"):
        return _from_cache(source)
    return _joined(source)


def _from_cache(cache: object) -> list:
    """The patterns of a cache of TransformerLens, in the order of their layers."""
    named = {int(found[1]): name for name in cache.keys() if (found := _PATTERN.fullmatch(str(name)))}
    if not named:
        raise ValueError(
            "this mapping has no blocks.0.attn.hook_pattern, by which TransformerLens names attention weights: "
            "pass a cache that holds the patterns, or the weights themselves."
        )
    layers = [cache[named[i]] for i in sorted(named)]
    return [layer[None] if layer.ndim == 3 else layer for layer in layers]  # a cache may have dropped the batch


_PATTERN = re.compile(r"blocks\.(\d+)\.attn\.hook_pattern")


def _joined(source: object) -> object:
    """One entry a layer: what `generate` gives step by step is stacked, each step below the one before it."""
    if not (isinstance(source, tuple | list) and source and isinstance(source[0], tuple)):
        return source
    if any(len(step) != len(source[0]) for step in source):
        raise ValueError("the steps have different numbers of layers: pass what generate gave, one entry a step.")
    return [_stacked(layer) for layer in zip(*source, strict=True)]


def _stacked(steps: Sequence) -> np.ndarray:
    """Rows of one layer; a key that was not yet there in a step got nothing then."""
    steps = [as_float32(step) for step in steps]
    n_keys = max(step.shape[-1] for step in steps)
    grows = [step.shape[-1] + n for step, n in zip(steps, _rows_below(steps), strict=True)]
    if any(step.shape[-1] != n_keys for step in steps) and any(total != n_keys for total in grows):
        raise ValueError(
            "the steps do not look at all tokens before them, so they are no rows of one square: a cache with a "
            "sliding window forgets keys. Pass lmkit.trace(model, all_tokens) instead."
        )
    wide = [np.pad(step, [(0, 0)] * (step.ndim - 1) + [(0, n_keys - step.shape[-1])]) for step in steps]
    return np.concatenate(wide, axis=-2)


def _rows_below(steps: Sequence[np.ndarray]) -> list[int]:
    """How many rows come after each step."""
    counts = [step.shape[-2] for step in steps]
    return [sum(counts[i + 1 :]) for i in range(len(counts))]


def as_float32(array: object) -> np.ndarray:
    """A tensor of any floating type and device, or an array, as float32."""
    if isinstance(array, torch.Tensor):
        array = array.detach().to("cpu", torch.float32).numpy()
    return np.asarray(array, dtype=np.float32)
