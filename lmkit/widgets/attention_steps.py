"""AttentionSteps: one head, one step at a time; every cell explains itself, and the reader may change it.

The page does the arithmetic. Python packs the queries, keys and values of a few examples, and names what is
wrong with them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import traitlets
from jaxtyping import Float
from torch import Tensor

from lmkit.text.tokenizer import readable
from lmkit.widgets.base import LivingFigure, check_exists
from lmkit.widgets.encoding import check_halves
from lmkit.widgets.sources import as_float32

STEPS = ("Q Kᵀ", "÷ √d", "mask", "softmax", "× V")


@dataclass(frozen=True, eq=False)
class Example:
    """The queries, keys and values of one head on one sentence.

    Args:
        name: What the reader chooses it by.
        tokens: One for each row of `query`, `key` and `value`.
        query: What each token looks for, "position d_head".
        key: What each token offers, "position d_head".
        value: What each token passes on, "position d_value".
        dimensions: A name for each component of the queries and keys.
        value_dimensions: A name for each component of the values.

    Raises:
        ValueError: The shapes disagree, or a number is not finite in half precision.
    """

    name: str
    tokens: Sequence[str]
    query: Tensor | np.ndarray
    key: Tensor | np.ndarray
    value: Tensor | np.ndarray
    dimensions: Sequence[str] = ()
    value_dimensions: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "tokens", readable(self.tokens))  # a frozen dataclass changes only like this
        for part in ("query", "key", "value"):
            rows = as_float32(getattr(self, part))
            _check_rows(f"{self.name!r}: {part}", rows, len(self.tokens))
            object.__setattr__(self, part, rows)
        d_query, d_key = self.query.shape[1], self.key.shape[1]
        if d_query != d_key:
            raise ValueError(
                f"{self.name!r}: query has d_head {d_query}, key has d_head {d_key}; make them equal."
            )
        _check_names(f"{self.name!r}: dimensions", self.dimensions, d_query)
        _check_names(f"{self.name!r}: value_dimensions", self.value_dimensions, self.value.shape[1])

    @classmethod
    def from_trace(
        cls, trace: object, words: Sequence[str], layer: int, head: int, *, name: str = ""
    ) -> "Example":
        """One head of a real model, as `lmkit.trace` saw it on one sentence.

        Where several query heads share a key head, the key head of this query head is taken.

        Raises:
            ValueError: The layer or head does not exist, the trace holds more than one sentence, or the model adds
                something between the scores and the softmax, which these steps do not have.
        """
        if not trace.queries:
            raise ValueError("this model gave its weights alone, without queries and keys, so they have no steps.")
        if not 0 <= layer < len(trace.queries):
            raise ValueError(f"layer {layer} does not exist: there are {len(trace.queries)}, from 0.")
        query, key, value = (parts[layer] for parts in (trace.queries, trace.keys, trace.values))
        batch, n_heads = query.shape[:2]
        if batch != 1:
            raise ValueError(f"the trace holds {batch} sentences, this figure shows one; trace one sentence.")
        if not 0 <= head < n_heads:
            raise ValueError(f"head {head} does not exist: layer {layer} has {n_heads}, from 0.")
        kv_head = head * key.shape[1] // n_heads
        _check_steps(query[0, head], key[0, kv_head], trace.attentions[layer][0, head], f"L{layer} · H{head}")
        name = name or f"L{layer} · H{head}"
        return cls(name, words, query[0, head], key[0, kv_head], value[0, kv_head])


def _check_steps(query: Tensor, key: Tensor, weights: Tensor, name: str) -> None:
    """Refuse weights that the softmax of the scores, over the keys that were seen, does not give."""
    scores = (query.float() @ key.float().mT / math.sqrt(query.shape[-1])).masked_fill(weights == 0, -torch.inf)
    if (scores.softmax(dim=-1).nan_to_num(0.0) - weights.float()).abs().max() > 0.02:
        raise ValueError(
            f"the weights of {name} are not softmax(Q Kᵀ / √d): this model adds something in between, such as a bias "
            "for each distance, a soft cap or a sink. AttentionHeads shows its weights."
        )


class AttentionSteps(LivingFigure):
    """One head, step by step: Q Kᵀ, ÷ √d, mask, softmax, × V.

    `step`, `example`, `query` and `key` follow what the reader chooses, and the figure follows them.

    Args:
        examples: What the reader can choose between.
        step: The step it opens at, 1 to 5.
        example: The example it opens with, from 0.
        query: The chosen row; the last one if None.
        key: The chosen column; the one with the largest share if None.
        scaled: Whether the scores are divided by √d_head when it opens.
        causal: Whether a query may look only at itself and at what comes before it when it opens.
        choose: What the list of examples is called.
        label: The title.

    Raises:
        ValueError: There is no example, or the step, example, query or key does not exist.
    """

    view = traitlets.Unicode("attention-steps").tag(sync=True)
    examples = traitlets.List(help="name, tokens, names of dimensions, shape (tokens, d_head, d_value)").tag(sync=True)
    data = traitlets.Bytes(help="query, key and value of each example, float16").tag(sync=True)
    scaled = traitlets.Bool().tag(sync=True)
    causal = traitlets.Bool().tag(sync=True)
    choose = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    step = traitlets.Int().tag(sync=True)
    example = traitlets.Int().tag(sync=True)
    query = traitlets.Int().tag(sync=True)
    key = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        examples: Sequence[Example],
        *,
        step: int = 1,
        example: int = 0,
        query: int | None = None,
        key: int | None = None,
        scaled: bool = True,
        causal: bool = False,
        choose: str = "Example",
        label: str = "One head, step by step",
    ) -> None:
        if not examples:
            raise ValueError("there are no examples: pass at least one Example.")
        check_exists("step", step, len(STEPS), first=1)
        chosen = examples[check_exists("example", example, len(examples))]
        n_tokens = len(chosen.tokens)
        query = check_exists("query", n_tokens - 1 if query is None else query, n_tokens)
        shares = _matrices(chosen, scaled, causal)[3][query]
        key = check_exists("key", int(shares.argmax()) if key is None else key, n_tokens)
        super().__init__(
            examples=[_outline(one) for one in examples],
            data=b"".join(_pack(one) for one in examples),
            step=step,
            example=example,
            query=query,
            key=key,
            scaled=scaled,
            causal=causal,
            choose=choose,
            label=label,
            description=_describe(chosen, shares, step, query),
        )
        self._opens_with = (_matrices(chosen, scaled, causal)[step - 1], list(chosen.tokens), step, query)

    @traitlets.validate("step", "example", "query", "key")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        name, value = proposal.trait.name, proposal.value
        if name == "step":
            return check_exists(name, value, len(STEPS), first=1)
        return check_exists(name, value, len(self.examples) if name == "example" else self._n_tokens())

    @traitlets.observe("example")
    def _stay_inside(self, change: traitlets.Bunch) -> None:
        """Another example may have fewer tokens: the last one is chosen then, as in the page."""
        last = self._n_tokens() - 1
        self.query, self.key = min(self.query, last), min(self.key, last)

    def _n_tokens(self) -> int:
        return len(self.examples[self.example]["tokens"])

    def poster(self) -> bytes:
        """The matrix of the step it opens at, as a PNG."""
        from lmkit.widgets.posters.steps import draw_matrix

        return draw_matrix(*self._opens_with)


def _check_rows(part: str, rows: np.ndarray, n_tokens: int) -> None:
    if rows.ndim != 2:
        raise ValueError(f"{part} has the shape {rows.shape}; it must have two axes, position and d_head.")
    if len(rows) != n_tokens:
        raise ValueError(
            f"{part} has {len(rows)} rows, but there are {n_tokens} tokens; give it one row a token."
        )
    check_halves(part, rows)


def _check_names(part: str, names: Sequence[str], n_components: int) -> None:
    if len(names) not in (0, n_components):
        raise ValueError(f"{part} has {len(names)} names, but there are {n_components} components.")


def _outline(example: Example) -> dict:
    n_tokens, d_head = example.query.shape
    return {
        "name": example.name,
        "tokens": list(example.tokens),
        "dimensions": list(example.dimensions),
        "valueDimensions": list(example.value_dimensions),
        "shape": [n_tokens, d_head, example.value.shape[1]],
    }


def _pack(example: Example) -> bytes:
    return b"".join(rows.astype("<f2").tobytes() for rows in (example.query, example.key, example.value))


def _matrices(example: Example, scaled: bool, causal: bool) -> list[Float[np.ndarray, "query column"]]:
    """The five steps, for the poster and the sentence; the page computes its own."""
    scores = example.query @ example.key.T
    divided = scores / math.sqrt(example.query.shape[1]) if scaled else scores
    masked = np.where(np.tri(len(scores), dtype=bool), divided, -np.inf) if causal else divided
    powers = np.exp(masked - masked.max(axis=-1, keepdims=True))
    weights = powers / powers.sum(axis=-1, keepdims=True)
    return [scores, divided, masked, weights, weights @ example.value]


def _describe(example: Example, shares: Float[np.ndarray, " key"], step: int, query: int) -> str:
    """What is seen, in one sentence with numbers."""
    best = int(shares.argmax())
    return (
        f"One attention head on {len(example.tokens)} tokens with d_head {example.query.shape[1]}, "
        f"at step {step} of 5 ({STEPS[step - 1]}): after the softmax, “{example.tokens[query]}” gives "
        f"“{example.tokens[best]}” the largest share, {100 * shares[best]:.0f} %."
    )
