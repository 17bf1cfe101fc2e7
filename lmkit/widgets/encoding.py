"""Attention weights as bytes for the page, and the checks that they are attention weights.

A share p becomes the byte round(255 sqrt(p)). The square root spends the 256 steps where shares are small:
decoding (byte / 255)^2 is within 0.004 of p everywhere and within 0.0004 of it where p is at most 0.01.
Causal weights are packed as the lower triangle, row by row: half the bytes.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lmkit.widgets.sources import as_float32, layers_of

SUM_TOLERANCE = 0.02  # the rows of a bfloat16 softmax sum to 1 only this closely


def as_weights(attentions: object) -> Float[np.ndarray, "layer head query key"]:
    """Attention weights of one sentence as one array, checked.

    Args:
        attentions: A trace; the output of a model of transformers, or of its `generate` (anything with
            `.attentions`); a cache of TransformerLens; a tuple of "1 head query key", one a layer; or an array "layer
            head query key". Of an encoder-decoder model pass one of its three attentions.

    Raises:
        ValueError: No weights, more than one sentence, layers that differ, or numbers that are no shares.
    """
    layers = layers_of(attentions)
    if isinstance(layers, Sequence) or layers is None:
        weights = np.stack(_layers(layers))
    else:
        weights = as_float32(layers)
    if weights.ndim != 4:
        raise ValueError(
            f"attentions has {weights.ndim} axes, shape {weights.shape}; it needs (layer, head, query, key)."
        )
    _check_shares(weights, bool(getattr(attentions, "sinks", ())))
    return weights


def _layers(attentions: Sequence | None) -> list[np.ndarray]:
    """One "head query key" for each layer."""
    if not attentions or any(layer is None for layer in attentions):
        raise ValueError(
            "there are no attention weights: the model was not asked for them, or computes attention with sdpa, which "
            "returns no weights; use lmkit.trace(model, tokens)."
        )
    layers = [as_float32(layer) for layer in attentions]
    shapes = {layer.shape for layer in layers}
    if len(shapes) > 1:
        raise ValueError(f"the layers differ in shape: {sorted(shapes)}; pass layers with the same heads and tokens.")
    shape = shapes.pop()
    if len(shape) != 4:
        raise ValueError(f"each layer must have the shape (1, head, query, key); these have {shape}.")
    if shape[0] != 1:
        raise ValueError(
            f"the batch holds {shape[0]} sentences and this figure shows one; "
            "pass one sentence: tuple(layer[i : i + 1] for layer in attentions)."
        )
    return [layer[0] for layer in layers]


def _check_shares(weights: Float[np.ndarray, "layer head query key"], has_sinks: bool) -> None:
    """Every row is a set of shares: none negative, sum 1, or all 0 where nothing may be seen, or less with sinks."""
    sums = weights.sum(axis=-1)
    if not np.isfinite(sums).all():
        layer, head, query = np.argwhere(~np.isfinite(sums))[0]
        found = f"L{layer} · H{head}, query {query} holds a number that is not finite (NaN or inf)"
        hint = ": these are masked scores before the softmax; pass the weights after it"
        raise ValueError(f"{found}{hint if np.isneginf(weights).any() else ''}.")
    negative = weights.min(axis=-1) < 0
    wrong = ((sums > 1 + SUM_TOLERANCE) | ((sums < 1 - SUM_TOLERANCE) & (sums != 0) & (not has_sinks))) | negative
    if wrong.any():
        layer, head, query = np.argwhere(wrong)[0]
        found = f"L{layer} · H{head}, query {query} sums to {sums[layer, head, query]:.3g}, not to 1"
        raise ValueError(f"{found}: {_cause(bool(negative.any()), float(sums.max()))}")


def _cause(negative: bool, largest: float) -> str:
    """Why rows do not sum to 1: dropout leaves some too large, a sink makes all of them too small."""
    if negative:
        return "there are negative numbers, so these are scores before the softmax; pass the weights after it."
    if largest > 1 + SUM_TOLERANCE:
        return (
            "rows that sum to more come from dropout, which was on: call model.eval() and trace again. "
            "Or these are no weights after a softmax."
        )
    return (
        "no row sums to more, so the rest goes to what is not there, such as a sink or keys that were cut off; "
        "pass it as one more key, or divide each row by its sum; a lmkit.trace, passed whole, says that it has sinks."
    )


def is_causal(weights: Float[np.ndarray, "layer head query key"]) -> bool:
    """True where no query looks at a later key, in any head."""
    n_query, n_key = weights.shape[-2:]
    return n_query == n_key > 1 and not np.triu(weights, 1).any()


def check_halves(name: str, numbers: Float[np.ndarray, "..."]) -> None:
    """Refuse numbers that half precision cannot hold (ValueError)."""
    with np.errstate(over="ignore"):
        if not np.isfinite(numbers.astype(np.float16)).all():
            raise ValueError(f"{name} holds NaN, or a number beyond ±65504 (half precision).")


def encode(weights: Float[np.ndarray, "layer head query key"], causal: bool) -> bytes:
    """One byte a weight, round(255 sqrt(p)); the lower triangle only where causal."""
    steps = np.sqrt(np.minimum(weights, 1.0))
    steps *= 255
    levels = np.rint(steps, out=steps).astype(np.uint8)
    if causal:
        n = levels.shape[-1]
        levels = levels.reshape(-1, n * n)[:, np.flatnonzero(np.tri(n, dtype=bool))]
    return levels.tobytes()


def decode(data: bytes, shape: dict) -> Float[np.ndarray, "layer head query key"]:
    """The weights behind `encode`, within 0.004; `shape` is the trait of that name."""
    layers, heads, n_query, n_key = (shape[axis] for axis in ("layers", "heads", "queries", "keys"))
    levels = np.frombuffer(data, dtype=np.uint8)
    if shape["causal"]:
        square = np.zeros((layers, heads, n_query, n_key), dtype=np.uint8)
        rows, columns = np.tril_indices(n_query)
        square[:, :, rows, columns] = levels.reshape(layers, heads, -1)
        levels = square
    return (levels.reshape(layers, heads, n_query, n_key).astype(np.float32) / 255) ** 2
