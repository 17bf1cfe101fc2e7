"""AttentionHeads: every head of every layer at a glance, one of them in focus, its numbers in a sentence."""

from collections.abc import Mapping, Sequence

import numpy as np
import traitlets
from jaxtyping import Float

from lmkit.widgets.base import CannotShow, LivingFigure, Numbers, check_exists
from lmkit.widgets.head_texts import HeadText, read_texts
from lmkit.widgets.magnitudes import pack, unpack

SHOWS = ("after", "before", "change")
AXIS_OF = {"layer": "layers", "head": "heads", "query": "queries"}


class AttentionHeads(LivingFigure):
    """All attention heads on a text, or on several. The reader chooses a head and a word; so does Python.

    `text`, `layer`, `head`, `query`, `pinned` and `show` follow what the reader chooses, and the figure follows them.
    Of rows of more than 256 keys, the page gets the 16 largest shares, and says what the others get together.

    Args:
        attentions: A trace, a tuple of "1 head query key" (one a layer), or an array "layer head query key".
        tokens: What each query is, as it should be shown. Byte-level pieces ("ĠnaÃ¯ve") are shown as the text they are.
            For several texts a list of these; `attentions`, and what else belongs to a text, is then a list, too.
        before: The same heads on the same sentence at an earlier time, to compare with, such as before fine-tuning.
            In any form that `attentions` may have.
        weightings: Other numbers of the same heads, "layer head query key", by the name that they are chosen by:
            `lmkit.inside.weighting` makes some, attribution is another. They may be negative.
        show: What is shown at first: "after" (the attentions), "before", "change", or the name of a weighting.
        key_tokens: What each key is, where the keys are another sentence (cross-attention).
        pair: The token that the second of two sentences begins with, from 0.
        text: The text it opens with, from 0.
        layer: The layer in focus, from 0.
        head: The head in focus, from 0.
        query: The token whose row is read out; the middle one if None.
        pinned: Heads to compare, (layer, head) each: three are shown beside each other, and the mean of all.
        label: The name of the model.
        scores: A number for each head, "layer head", by the name that the reader sorts by.
        kv_heads: Heads of keys and values in a layer, where query heads share them. A trace says it itself.
        link: A name. Figures that have the same show the same text, layer, head and query, in all cells of a notebook.

    Raises:
        ValueError: The attentions are no attention weights of one sentence, or do not fit the tokens, the scores or
            those of `before`; or `show` asks for what is not there.
    """

    view = traitlets.Unicode("attention-heads").tag(sync=True)
    weights = traitlets.Bytes(help="text by text, see lmkit.widgets.encoding and .magnitudes").tag(sync=True)
    before = traitlets.Bytes(help="weights in the same form; empty where there are none").tag(sync=True)
    magnitudes = traitlets.Bytes(help="text by text, weighting by weighting, in the same form").tag(sync=True)
    weightings = traitlets.List(help="name, scale, signed: numbers are parts of the scale").tag(sync=True)
    show = traitlets.Unicode(help="after, before, change, or the name of a weighting").tag(sync=True)
    shape = traitlets.Dict(help="layers, heads, queries, keys, causal; where they apply top, pair, kvHeads").tag(
        sync=True
    )
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    key_tokens = traitlets.List(traitlets.Unicode(), help="empty where the keys are the queries").tag(sync=True)
    specials = traitlets.List(traitlets.Int(), help="which keys are [CLS], [SEP] and the like").tag(sync=True)
    others = traitlets.List(help="shape, tokens, key_tokens and specials of each text but the first").tag(sync=True)
    scores = Numbers(help="name: one number a head, layer by layer").tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    text = traitlets.Int().tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    head = traitlets.Int().tag(sync=True)
    query = traitlets.Int().tag(sync=True)
    link = traitlets.Unicode(help="figures of the same link show the same").tag(sync=True)
    pinned = traitlets.List(help="[layer, head] of each").tag(sync=True)

    def __init__(
        self,
        attentions: object,
        tokens: Sequence,
        *,
        before: object = None,
        weightings: Mapping | None = None,
        show: str = "after",
        key_tokens: Sequence | None = None,
        pair: object = None,
        text: int = 0,
        layer: int = 0,
        head: int = 0,
        query: int | None = None,
        pinned: Sequence[Sequence[int]] = (),
        label: str = "",
        scores: Mapping | None = None,
        kv_heads: int | None = None,
        link: str = "",
    ) -> None:
        given = {"before": before, "key_tokens": key_tokens, "weightings": weightings or {}, "pair": pair}
        texts = read_texts(attentions, tokens, **given, kv_heads=kv_heads)
        chosen = texts[check_exists("text", text, len(texts))]
        _check_show(show, before is not None, weightings or {})
        first, *others = [one.outline for one in texts]
        super().__init__(
            **_packed(texts),
            **first,
            show=show,
            others=others,
            scores={name: _one_a_head(name, values, texts[0]) for name, values in (scores or {}).items()},
            label=label,
            text=text,
            layer=layer,
            head=head,
            query=len(chosen.tokens) // 2 if query is None else query,
            pinned=[list(one) for one in pinned],
            link=link,
            description=_describe_text(chosen, layer, head, label),
        )

    @traitlets.validate("layer", "head", "query", "text")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        name = proposal.trait.name
        count = 1 + len(self.others) if name == "text" else self._shape_of_text()[AXIS_OF[name]]
        return check_exists(name, proposal.value, count)

    @traitlets.observe("text")
    def _stay_inside(self, change: traitlets.Bunch) -> None:
        """Another text may have fewer tokens: the last one is chosen then, as in the page."""
        self.query = min(self.query, self._shape_of_text()["queries"] - 1)

    def _shape_of_text(self) -> dict:
        return self.others[self.text - 1]["shape"] if self.text else self.shape

    @traitlets.validate("pinned")
    def _can_be_pinned(self, proposal: traitlets.Bunch) -> list:
        for layer, head in proposal.value:
            check_exists("pinned layer", layer, self.shape["layers"])
            check_exists("pinned head", head, self.shape["heads"])
        return proposal.value

    @traitlets.validate("show")
    def _can_be_shown(self, proposal: traitlets.Bunch) -> str:
        _check_show(proposal.value, bool(self.before), [one["name"] for one in self.weightings])
        return proposal.value

    def poster(self) -> bytes:
        """All heads beside the head in focus, as a PNG of at most 30 kB."""
        from lmkit.widgets.posters.heads import draw_heads

        return draw_heads(self._shown(), self.layer, self.head)

    def svg(self) -> str:
        """The head in focus, with its words as text and its shares as rectangles."""
        from lmkit.widgets.posters.heads_svg import draw_head

        text = self.others[self.text - 1] if self.text else {"tokens": self.tokens, "key_tokens": self.key_tokens}
        shares = self._shown()[self.layer, self.head]
        tokens, keys = text["tokens"], text["key_tokens"] or text["tokens"]
        name = f"L{self.layer} · H{self.head} {self.label}"
        return draw_head(shares, tokens, keys, self.query, name, self.description)

    def _shown(self) -> Float[np.ndarray, "layer head query key"]:
        """The size of what is shown of each head, as the page has it, between 0 and 1."""
        shapes = [self.shape, *(one["shape"] for one in self.others)]
        weights = _part(self.weights, shapes, self.text)
        names = [one["name"] for one in self.weightings]
        if self.show in names:
            i = names.index(self.show)
            numbers = _part(self.magnitudes, shapes, self.text, i, [one["signed"] for one in self.weightings])
            return np.abs(numbers)
        if self.show == "after":
            return weights
        before = _part(self.before, shapes, self.text)
        return before if self.show == "before" else np.abs(weights - before)


def _packed(texts: Sequence[HeadText]) -> dict:
    """The numbers of all texts as bytes, and what each weighting is a part of."""
    weightings = [_outline(name, [text.numbers[name] for text in texts]) for name in texts[0].numbers]
    shapes = [text.shape for text in texts]
    magnitudes = [
        pack(text.numbers[one["name"]] / np.float32(one["scale"]), shape, one["signed"])
        for text, shape in zip(texts, shapes, strict=True)
        for one in weightings
    ]
    return {
        "weights": b"".join(pack(text.weights, shape) for text, shape in zip(texts, shapes, strict=True)),
        "before": b"".join(
            pack(text.before, shape) for text, shape in zip(texts, shapes, strict=True) if text.before is not None
        ),
        "magnitudes": b"".join(magnitudes),
        "weightings": weightings,
    }


def _outline(name: str, numbers: Sequence[np.ndarray]) -> dict:
    scale = max(float(np.abs(one).max()) for one in numbers)
    return {"name": name, "scale": scale or 1.0, "signed": any(bool((one < 0).any()) for one in numbers)}


def _part(
    data: bytes, shapes: Sequence[dict], text: int, nth: int = 0, signed: Sequence[bool] = (False,)
) -> Float[np.ndarray, "layer head query key"]:
    """The numbers of one text, of the nth of its weightings."""
    lengths = [_length(shape) for shape in shapes]
    start = sum(lengths[:text]) * len(signed) + nth * lengths[text]
    return unpack(data[start : start + lengths[text]], shapes[text], signed[nth])


def _length(shape: dict) -> int:
    """Bytes of all heads of a text."""
    queries, keys, top = shape["queries"], shape["keys"], shape.get("top", 0)
    row = 3 * top if top else (queries + 1) / 2 if shape["causal"] else keys
    return round(shape["layers"] * shape["heads"] * queries * row)


def _check_show(show: str, has_before: bool, weightings: Sequence[str] | Mapping) -> None:
    names = (*SHOWS, *weightings)
    if show not in names:
        raise CannotShow(f"show is {show!r}, but must be one of {names}.")
    if show in SHOWS[1:] and not has_before:
        raise CannotShow(f"show is {show!r}, but there is nothing to compare with: pass before=.")


def _one_a_head(name: str, values: object, text: HeadText) -> list[float]:
    heads, array = text.weights.shape[:2], np.asarray(values, dtype=np.float64)
    if array.shape != heads:
        raise ValueError(f"the score {name!r} has shape {array.shape}; it needs one number a head: {heads}.")
    if not np.isfinite(array).all():
        raise ValueError(f"the score {name!r} holds a number that is not finite.")
    return [round(float(value), 4) for value in array.flat]


def _describe_text(text: HeadText, layer: int, head: int, label: str) -> str:
    """What is seen of one text, and how that head has changed where there is a before."""
    return _describe(text.weights, layer, head, label) + _describe_change(text.weights, text.before, layer, head)


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
