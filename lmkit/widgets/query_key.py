"""QueryKey: one score of one head, taken apart: which dimensions of its query and its key make it."""

import math
from collections.abc import Sequence

import numpy as np
import traitlets
from jaxtyping import Float

from lmkit.text.tokenizer import readable
from lmkit.widgets.base import LivingFigure, check_exists
from lmkit.widgets.encoding import check_halves
from lmkit.widgets.sources import as_float32

AXIS_OF = {"layer": "layers", "head": "heads", "query": "queries", "key": "keys"}
_Vectors = Float[np.ndarray, "layer head position d_head"]


class QueryKey(LivingFigure):
    r"""The products that add up to the score of a query and a key, dimension by dimension.

    $$q_i \cdot k_j = \sum_d q_{id} \, k_{jd}, \qquad \mathrm{score}_{ij} = \frac{q_i \cdot k_j}{\sqrt{d_{head}}}$$

    The reader chooses the layer, the head, the query and the key; so does Python with the traits of these names.

    Args:
        trace: What `lmkit.trace` saw on one text: anything with `queries` and `keys`, each "1 head position d_head",
            one a layer, with rotary positions turned already.
        tokens: What each query is.
        key_tokens: What each key is, where the keys are another text.
        layer: The layer it opens with, from 0.
        head: The head it opens with, from 0.
        query: The query it opens with; the last one if None.
        key: The key it opens with; the one with the highest score up to the query if None.
        rotary: Whether dimensions i and i + d_head/2 were turned together, as a pair (`lmkit.model.positions.Rotary`).
        label: The name of the model.
        link: A name. Figures that have the same show the same layer, head and query, in all cells of a notebook.

    Raises:
        ValueError: The vectors are not those of one text, do not fit the tokens, or hold what is not finite in half
            precision; or there is no such layer, head, query or key.
    """

    view = traitlets.Unicode("query-key").tag(sync=True)
    vectors = traitlets.Bytes(help="float16: layer head query d_head, then layer kv_head key d_head").tag(sync=True)
    shape = traitlets.Dict(help="layers, heads, kvHeads, queries, keys, dHead").tag(sync=True)
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    key_tokens = traitlets.List(traitlets.Unicode(), help="empty where the keys are the queries").tag(sync=True)
    rotary = traitlets.Bool().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    link = traitlets.Unicode(help="figures of the same link show the same").tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    head = traitlets.Int().tag(sync=True)
    query = traitlets.Int().tag(sync=True)
    key = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        trace: object,
        tokens: Sequence[str],
        *,
        key_tokens: Sequence[str] | None = None,
        layer: int = 0,
        head: int = 0,
        query: int | None = None,
        key: int | None = None,
        rotary: bool = False,
        label: str = "",
        link: str = "",
    ) -> None:
        queries, keys = (_vectors(name, getattr(trace, name)) for name in ("queries", "keys"))
        shape = _shape(queries, keys, len(tokens), len(tokens if key_tokens is None else key_tokens))
        check_exists("layer", layer, shape["layers"])
        check_exists("head", head, shape["heads"])
        query = check_exists("query", len(tokens) - 1 if query is None else query, len(tokens))
        scores = keys[layer, head * shape["kvHeads"] // shape["heads"]] @ queries[layer, head, query]
        seen = scores if key_tokens is not None else scores[: query + 1]
        key = check_exists("key", int(seen.argmax()) if key is None else key, shape["keys"])
        super().__init__(
            vectors=queries.astype("<f2").tobytes() + keys.astype("<f2").tobytes(),
            shape=shape,
            tokens=readable(tokens),
            key_tokens=readable(key_tokens or []),
            rotary=rotary,
            label=label,
            link=link,
            layer=layer,
            head=head,
            query=query,
            key=key,
            description=f"One attention score, L{layer} · H{head}: the {shape['dHead']} products of query "
            f"“{tokens[query]}” and key “{(key_tokens or tokens)[key]}” add up to {scores[key]:.2f}.",
        )

    @traitlets.validate("layer", "head", "query", "key")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        name = proposal.trait.name
        return check_exists(name, proposal.value, self.shape[AXIS_OF[name]])

    def products(self) -> Float[np.ndarray, " d_head"]:
        """The products of the chosen query and key, dimension by dimension, as the page has them."""
        axes = [self.shape[name] for name in ("layers", "heads", "queries", "dHead")]
        numbers = np.frombuffer(self.vectors, "<f2").astype(np.float32)
        queries = numbers[: math.prod(axes)].reshape(axes)
        keys = numbers[math.prod(axes) :].reshape(axes[0], self.shape["kvHeads"], self.shape["keys"], axes[3])
        kv_head = self.head * self.shape["kvHeads"] // self.shape["heads"]
        return queries[self.layer, self.head, self.query] * keys[self.layer, kv_head, self.key]

    def poster(self) -> bytes:
        """A bar for each dimension, as a PNG."""
        from lmkit.widgets.posters.products import draw_products

        return draw_products(self.products(), self._says())

    def svg(self) -> str:
        """A bar for each dimension, as rectangles."""
        from lmkit.widgets.posters.products import draw_products_svg

        return draw_products_svg(self.products(), self._says(), self.description)

    def _says(self) -> str:
        return f"L{self.layer} · H{self.head}: {self.tokens[self.query]} · {(self.key_tokens or self.tokens)[self.key]}"


def _vectors(name: str, layers: Sequence) -> _Vectors:
    shapes = {tuple(layer.shape) for layer in layers}
    if len(shapes) != 1 or len(shape := shapes.pop()) != 4 or shape[0] != 1:
        raise ValueError(f"{name} must be one (1, head, position, d_head) a layer, all alike: trace one text.")
    stacked = np.concatenate([as_float32(layer) for layer in layers])
    check_halves(name, stacked)
    return stacked


def _shape(queries: np.ndarray, keys: np.ndarray, n_query: int, n_key: int) -> dict:
    layers, heads, *_, d_head = queries.shape
    if (len(keys), keys.shape[-1]) != (layers, d_head) or heads % keys.shape[1]:
        raise ValueError(f"queries have shape {queries.shape} and keys {keys.shape}: layers and d_head must be equal.")
    for name, n, vectors in (("queries", n_query, queries), ("keys", n_key, keys)):
        if vectors.shape[2] != n:
            raise ValueError(f"there are {n} tokens, but {vectors.shape[2]} {name}; give one token each.")
    kv_heads = keys.shape[1]
    return dict(layers=layers, heads=heads, kvHeads=kv_heads, queries=n_query, keys=n_key, dHead=d_head)
