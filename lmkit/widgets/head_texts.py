"""The texts that a figure of attention heads shows, each checked: weights, words, and other numbers of the heads."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from lmkit.text.tokenizer import readable
from lmkit.widgets.encoding import as_weights, is_causal
from lmkit.widgets.magnitudes import top_of
from lmkit.widgets.sources import as_float32

SPECIAL = re.compile(r"\[(CLS|SEP|PAD|BOS|EOS)\]|<\|.+\|>|</?s>|<(pad|bos|eos)>", re.IGNORECASE)
_Heads = Float[np.ndarray, "layer head query key"]


@dataclass(frozen=True, eq=False)
class HeadText:
    """The heads of one model on one text."""

    weights: _Heads
    tokens: list[str]
    key_tokens: list[str] | None
    before: _Heads | None
    numbers: dict[str, _Heads]
    pair: int
    kv_heads: int

    @property
    def shape(self) -> dict:
        """What the page needs to read the bytes, and to know who may look where."""
        layers, heads, queries, keys = self.weights.shape
        causal = all(is_causal(one) for one in (self.weights, self.before) if one is not None)
        causal = causal and not any(np.triu(one, 1).any() for one in self.numbers.values())
        shape = {"layers": layers, "heads": heads, "queries": queries, "keys": keys, "causal": causal}
        more = {"top": 0 if self.before is not None else top_of(keys), "pair": self.pair}
        more |= {"kvHeads": self.kv_heads if self.kv_heads < heads else 0}
        return {**shape, **{name: value for name, value in more.items() if value}}

    @property
    def outline(self) -> dict:
        """All of it but the numbers."""
        keys = self.tokens if self.key_tokens is None else self.key_tokens
        specials = [i for i, token in enumerate(keys) if SPECIAL.fullmatch(token)]
        return {"shape": self.shape, "tokens": self.tokens, "key_tokens": self.key_tokens or [], "specials": specials}


def read_texts(
    attentions: object,
    tokens: Sequence,
    *,
    before: object,
    key_tokens: Sequence | None,
    weightings: Mapping,
    pair: object,
    kv_heads: int | None,
) -> list[HeadText]:
    """Each text by itself: where `tokens` are those of several texts, every argument has one entry a text.

    Raises:
        ValueError: An argument has another number of texts, the texts differ in their layers or heads, or what is
            given for a text does not fit together.
    """
    if len(tokens) == 0 or isinstance(tokens[0], str):
        return [_read(attentions, tokens, before, key_tokens, weightings, pair, kv_heads)]
    n = len(tokens)
    named = {"attentions": attentions, "before": before, "key_tokens": key_tokens, "pair": pair}
    each = {name: _one_a_text(name, values, n) for name, values in named.items()}
    other = {name: _one_a_text(f"weightings[{name!r}]", values, n) for name, values in weightings.items()}
    texts = [
        _read(
            each["attentions"][i],
            tokens[i],
            each["before"][i],
            each["key_tokens"][i],
            {name: values[i] for name, values in other.items()},
            each["pair"][i],
            kv_heads,
        )
        for i in range(n)
    ]
    for i, text in enumerate(texts):
        if text.weights.shape[:2] != texts[0].weights.shape[:2]:
            raise ValueError(
                f"text {i} has (layers, heads) {text.weights.shape[:2]} and text 0 has {texts[0].weights.shape[:2]}: "
                "show the same model on all texts."
            )
    return texts


def _one_a_text(name: str, values: object, n: int) -> Sequence:
    if values is None:
        return [None] * n
    if not hasattr(values, "__len__") or len(values) != n:
        raise ValueError(f"there are tokens of {n} texts, but {name} is not a list of {n}: one entry a text.")
    if name != "pair" and any(value is None for value in values):
        raise ValueError(f"{name} holds None: give it for every text, or for none.")
    return values


def _read(attentions, tokens, before, key_tokens, weightings, pair, kv_heads) -> HeadText:  # noqa: ANN001
    weights = as_weights(attentions)
    tokens, key_tokens = readable(tokens), None if key_tokens is None else readable(key_tokens)
    _check_tokens(weights, tokens, tokens if key_tokens is None else key_tokens, getattr(attentions, "tokens", None))
    return HeadText(
        weights=weights,
        tokens=tokens,
        key_tokens=key_tokens,
        before=None if before is None else _like(weights, as_weights(before)),
        numbers={name: _numbers(name, values, weights.shape) for name, values in weightings.items()},
        pair=_check_pair(pair, len(tokens), key_tokens),
        kv_heads=_kv_heads(attentions, kv_heads, weights.shape[1]),
    )


def _check_tokens(weights: np.ndarray, tokens: Sequence[str], keys: Sequence[str], ids: torch.Tensor | None) -> None:
    n_query, n_key = weights.shape[-2:]
    traced = "" if ids is None else f" of the token ids {_first(ids[0].tolist())}"
    if len(tokens) != n_query:
        raise ValueError(
            f"there are {len(tokens)} tokens, {_first(tokens)}, but the attentions have {n_query} queries{traced}."
        )
    if len(keys) != n_key:
        raise ValueError(
            f"there are {len(keys)} tokens for the keys, {_first(keys)}, but the attentions have {n_key} keys{traced}; "
            "where keys and queries are different sentences, pass key_tokens."
        )


def _first(tokens: Sequence) -> str:
    return ", ".join(map(repr, tokens[:5])) + (", ..." if len(tokens) > 5 else "")


def _like(weights: np.ndarray, before: np.ndarray) -> np.ndarray:
    if before.shape != weights.shape:
        raise ValueError(
            f"before has shape {before.shape} and attentions {weights.shape}: compare the same heads on one sentence."
        )
    return before


def _numbers(name: str, values: object, shape: tuple[int, ...]) -> _Heads:
    """A weighting as one array. It may come as a tuple of layers, as attentions do."""
    if isinstance(values, Sequence):
        values = np.concatenate([as_float32(layer).reshape(-1, *shape[1:]) for layer in values])
    numbers = as_float32(values)
    if numbers.shape != tuple(shape):
        raise ValueError(f"the weighting {name!r} has shape {numbers.shape} and the attentions {shape}.")
    if not np.isfinite(numbers).all():
        raise ValueError(f"the weighting {name!r} holds a number that is not finite (NaN or inf).")
    return numbers


def _check_pair(pair: int | None, n_tokens: int, key_tokens: Sequence[str] | None) -> int:
    if pair is None:
        return 0
    if key_tokens is not None:
        raise ValueError("pair splits one text in two, but with key_tokens the keys are another text already.")
    if not 0 < pair < n_tokens:
        raise ValueError(f"pair is {pair}, but the second sentence begins at one of the tokens 1 to {n_tokens - 1}.")
    return pair


def _kv_heads(attentions: object, kv_heads: int | None, heads: int) -> int:
    """How many heads of keys and values a layer has: as it is said, else as a trace has them."""
    if kv_heads is None:
        keys = getattr(attentions, "keys", None)
        kv_heads = keys[0].shape[1] if isinstance(keys, tuple) and keys else heads
    if kv_heads < 1 or heads % kv_heads:
        raise ValueError(f"kv_heads is {kv_heads}, but must divide the {heads} heads of a layer into equal groups.")
    return kv_heads
