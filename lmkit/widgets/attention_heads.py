"""AttentionHeads: every head of every layer at a glance, one of them in focus, its numbers in a sentence."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import traitlets
from jaxtyping import Float

from lmkit.text.tokenizer import readable
from lmkit.widgets.base import CannotShow, LivingFigure, Numbers, check_exists
from lmkit.widgets.encoding import as_weights, decode, encode, is_causal

SPECIAL = re.compile(r"\[(CLS|SEP|PAD|BOS|EOS)\]|<\|.+\|>|</?s>|<(pad|bos|eos)>", re.IGNORECASE)
SHOWS = ("after", "before", "change")
AXIS_OF = {"layer": "layers", "head": "heads", "query": "queries"}


class AttentionHeads(LivingFigure):
    """All attention heads on one sentence. The reader chooses a head and a word; so does Python.

    `layer`, `head` and `query` follow what the reader chooses, and the figure follows them.

    Args:
        attentions: A trace, a tuple of "1 head query key" (one a layer), or an array "layer head query key".
        tokens: What each query is, as it should be shown. Byte-level pieces ("ĠnaÃ¯ve") are shown as the text they are.
        before: The same heads on the same sentence at an earlier time, to compare with, such as before fine-tuning.
            In any form that `attentions` may have.
        show: What is shown at first where there is a `before`: "after" (the attentions), "before", or "change".
        key_tokens: What each key is, where the keys are another sentence (cross-attention).
        layer: The layer in focus, from 0.
        head: The head in focus, from 0.
        query: The token whose row is read out; the middle one if None.
        label: The name of the model.
        scores: A number for each head, "layer head", by the name that the reader sorts by.

    Raises:
        ValueError: The attentions are no attention weights of one sentence, or do not fit the tokens, the scores or
            those of `before`; or `show` asks for what is not there.
    """

    view = traitlets.Unicode("attention-heads").tag(sync=True)
    weights = traitlets.Bytes(help="round(255 sqrt(p)), see lmkit.widgets.encoding").tag(sync=True)
    before = traitlets.Bytes(help="weights in the same form; empty where there are none").tag(sync=True)
    show = traitlets.Enum(SHOWS, help="after, before or change").tag(sync=True)
    shape = traitlets.Dict(help="layers, heads, queries, keys, causal").tag(sync=True)
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    key_tokens = traitlets.List(traitlets.Unicode(), help="empty where the keys are the queries").tag(sync=True)
    specials = traitlets.List(traitlets.Int(), help="which keys are [CLS], [SEP] and the like").tag(sync=True)
    scores = Numbers(help="name: one number a head, layer by layer").tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    head = traitlets.Int().tag(sync=True)
    query = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        attentions: object,
        tokens: Sequence[str],
        *,
        before: object = None,
        show: str = "after",
        key_tokens: Sequence[str] | None = None,
        layer: int = 0,
        head: int = 0,
        query: int | None = None,
        label: str = "",
        scores: Mapping | None = None,
    ) -> None:
        weights = as_weights(attentions)
        tokens, key_tokens = readable(tokens), None if key_tokens is None else readable(key_tokens)
        keys = tokens if key_tokens is None else key_tokens
        _check_tokens(weights, tokens, keys)
        earlier = None if before is None else _like(weights, as_weights(before))
        _check_show(show, earlier is not None)
        causal = is_causal(weights) and (earlier is None or is_causal(earlier))
        axes = dict(zip(("layers", "heads", "queries", "keys"), weights.shape, strict=True))
        super().__init__(
            weights=encode(weights, causal),
            before=b"" if earlier is None else encode(earlier, causal),
            show=show,
            shape={**axes, "causal": causal},
            tokens=tokens,
            key_tokens=key_tokens or [],
            specials=[i for i, token in enumerate(keys) if SPECIAL.fullmatch(token)],
            scores={name: _one_a_head(name, values, weights.shape[:2]) for name, values in (scores or {}).items()},
            label=label,
            layer=layer,
            head=head,
            query=len(tokens) // 2 if query is None else query,
            description=_describe(weights, layer, head, label) + _describe_change(weights, earlier, layer, head),
        )

    @traitlets.validate("layer", "head", "query")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        name = proposal.trait.name
        return check_exists(name, proposal.value, self.shape[AXIS_OF[name]])

    @traitlets.validate("show")
    def _can_be_shown(self, proposal: traitlets.Bunch) -> str:
        if proposal.value != "after" and not self.before:
            raise CannotShow(f"show is {proposal.value!r}, but there is nothing to compare with: pass before=.")
        return proposal.value

    def poster(self) -> bytes:
        """All heads beside the head in focus, as a PNG of at most 30 kB."""
        from lmkit.widgets.posters.heads import draw_heads

        weights = decode(self.weights, self.shape)
        if self.show != "after":
            before = decode(self.before, self.shape)
            weights = before if self.show == "before" else np.abs(weights - before)
        return draw_heads(weights, self.layer, self.head)


def _check_tokens(weights: np.ndarray, tokens: Sequence[str], keys: Sequence[str]) -> None:
    n_query, n_key = weights.shape[-2:]
    if len(tokens) != n_query:
        raise ValueError(f"there are {len(tokens)} tokens, but the attentions have {n_query} queries.")
    if len(keys) != n_key:
        raise ValueError(
            f"there are {len(keys)} tokens for the keys, but the attentions have {n_key} keys; "
            "where keys and queries are different sentences, pass key_tokens."
        )


def _like(weights: np.ndarray, before: np.ndarray) -> np.ndarray:
    if before.shape != weights.shape:
        raise ValueError(
            f"before has shape {before.shape} and attentions {weights.shape}: compare the same heads on one sentence."
        )
    return before


def _check_show(show: str, has_before: bool) -> None:
    if show not in SHOWS:
        raise ValueError(f"show is {show!r}, but must be one of {SHOWS}.")
    if show != "after" and not has_before:
        raise ValueError(f"show is {show!r}, but there is nothing to compare with: pass before=.")


def _one_a_head(name: str, values: object, heads: tuple[int, int]) -> list[float]:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != heads:
        raise ValueError(f"the score {name!r} has shape {array.shape}; it needs one number a head: {heads}.")
    if not np.isfinite(array).all():
        raise ValueError(f"the score {name!r} holds a number that is not finite.")
    return [round(float(value), 4) for value in array.flat]


def _describe(weights: Float[np.ndarray, "layer head query key"], layer: int, head: int, label: str) -> str:
    """What is seen, in one sentence with numbers."""
    layers, heads, n_query, n_key = weights.shape
    name = f" of {label}" if label else ""
    seen = _count(n_query, "token") + ("" if n_query == n_key else f" that look at {n_key}")
    what = f"{_count(layers * heads, 'attention head')}{name} in {_count(layers, 'layer')}, on {seen}"
    if n_query != n_key or n_query < 2 or not (layer < layers and head < heads):
        return f"{what}."
    share, target = max(_habits(weights[layer, head]))
    return f"{what}: L{layer} · H{head} gives {target} {100 * share:.0f} % on average."


def _describe_change(weights: np.ndarray, before: np.ndarray | None, layer: int, head: int) -> str:
    if before is None or not (layer < weights.shape[0] and head < weights.shape[1]):
        return ""
    moved = np.abs(weights[layer, head] - before[layer, head]).sum(axis=-1).mean() / 2
    return f" Compared with before, that head moved {100 * moved:.0f} % of its attention."


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _habits(head: Float[np.ndarray, "query key"]) -> list[tuple[float, str]]:
    """The average share of what heads often look at."""
    return [
        (float(np.diagonal(head, -1).mean()), "the previous token"),
        (float(np.diagonal(head, 1).mean()), "the next token"),
        (float(np.diagonal(head).mean()), "the token itself"),
        (float(head[1:, 0].mean()), "the first token"),
    ]
