"""AttentionFlow: how a token's output comes from the tokens of the input, through all layers, reckoned in two ways."""

from collections.abc import Sequence

import numpy as np
import traitlets
from jaxtyping import Float

from lmkit.inside.weighting import value_weighted
from lmkit.text.tokenizer import readable
from lmkit.widgets.base import LivingFigure, check_exists
from lmkit.widgets.encoding import as_weights, decode, encode, is_causal

ROLLOUT, BY_VALUE = "rollout", "value-weighted"
_Mixes = Float[np.ndarray, "layer to from"]


class AttentionFlow(LivingFigure):
    r"""From one token after the last layer back to the tokens of the input: what each layer takes from where.

    Each layer is taken as a mixture of the tokens before it. Half of it is the token itself, for the residual stream:

    $$M_l = \tfrac12 \left( \bar A_l + I \right), \qquad \mathrm{rollout} = M_L \cdots M_2 M_1$$

    For the rollout $\bar A_l$ is the mean of the layer's heads. Beside it, where values are known, stands the sum of
    $A_{ij} \lVert v_j \rVert$ over the heads, each row divided by its sum. Both are models of what happens: neither the
    feed-forward networks nor the norms are in them.

    The reader chooses the output token, or a link of the picture; a link chooses its layer and the token that it leads
    to, and figures of the same `link` open there.

    Args:
        attentions: A trace, a tuple of "1 head query key" (one a layer), or an array "layer head query key". A trace
            has the values, too.
        tokens: The text.
        token: The output token; the last one if None.
        layer: The layer of the chosen link, from 0.
        query: The token that the chosen link leads to; the output token if None.
        label: The name of the model.
        link: A name. Figures that have the same show the same layer and query, in all cells of a notebook.

    Raises:
        ValueError: The attentions are no attention weights of one text on itself, do not fit the tokens, or there is no
            such token or layer.

    Source: Abnar and Zuidema 2020, section 3 (rollout); Kobayashi et al. 2020, section 3 (lengths of values).
    """

    view = traitlets.Unicode("attention-flow").tag(sync=True)
    mixes = traitlets.Bytes(help="layer by layer, method by method, see lmkit.widgets.encoding").tag(sync=True)
    methods = traitlets.List(traitlets.Unicode()).tag(sync=True)
    shape = traitlets.Dict(help="layers, heads: methods, queries, keys, causal").tag(sync=True)
    tokens = traitlets.List(traitlets.Unicode()).tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    link = traitlets.Unicode(help="figures of the same link show the same").tag(sync=True)
    token = traitlets.Int().tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    query = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        attentions: object,
        tokens: Sequence[str],
        *,
        token: int | None = None,
        layer: int = 0,
        query: int | None = None,
        label: str = "",
        link: str = "",
    ) -> None:
        weights = as_weights(attentions)
        _check_tokens(weights, tokens)
        mixes = {ROLLOUT: mixes_of(weights)}
        if hasattr(attentions, "values") and not callable(attentions.values):
            by_value = np.concatenate([layer.cpu().float().numpy() for layer in value_weighted(attentions)])
            mixes[BY_VALUE] = mixes_of(by_value)
        packed = np.stack(list(mixes.values()), axis=1)  # layer method to from
        causal = is_causal(packed)
        n_layers, n_methods, n, _ = packed.shape
        token = check_exists("token", n - 1 if token is None else token, n)
        super().__init__(
            mixes=encode(packed, causal),
            methods=list(mixes),
            shape={"layers": n_layers, "heads": n_methods, "queries": n, "keys": n, "causal": causal},
            tokens=readable(tokens),
            label=label,
            link=link,
            token=token,
            layer=layer,
            query=token if query is None else query,
            description=_describe(mixes[ROLLOUT], readable(tokens), token, label),
        )

    @traitlets.validate("token", "layer", "query")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        name = proposal.trait.name
        return check_exists(name, proposal.value, self.shape["layers" if name == "layer" else "queries"])

    def poster(self) -> bytes:
        """The rollout of the output token, as a PNG."""
        from lmkit.widgets.posters.flow import draw_flow

        return draw_flow(flow_from(self._rollout(), self.token), self.tokens, self.token)

    def svg(self) -> str:
        """The rollout of the output token, as a drawing."""
        from lmkit.widgets.posters.flow import draw_flow_svg

        return draw_flow_svg(flow_from(self._rollout(), self.token), self.tokens, self.token, self.description)

    def _rollout(self) -> _Mixes:
        return decode(self.mixes, self.shape)[:, 0]


def mixes_of(weights: Float[np.ndarray, "layer head to from"]) -> _Mixes:
    """What each layer takes from where: half the shares of its heads together, half the token itself."""
    together = weights.sum(axis=1)
    sums = together.sum(axis=-1, keepdims=True)
    shares = np.divide(together, sums, out=np.zeros_like(together), where=sums > 0)
    own = np.eye(weights.shape[-1], dtype=np.float32)
    return (np.where(sums > 0, 0.5 * shares, 0) + np.where(sums > 0, 0.5, 1) * own).astype(np.float32)


def flow_from(mixes: _Mixes, token: int) -> Float[np.ndarray, "layer to from"]:
    """How much of one output passes along each link: the links of a layer add up to 1."""
    flows = np.zeros_like(mixes)
    here = np.eye(mixes.shape[-1], dtype=np.float32)[token]
    for layer in reversed(range(len(mixes))):
        flows[layer] = here[:, None] * mixes[layer]
        here = flows[layer].sum(axis=0)
    return flows


def _check_tokens(weights: np.ndarray, tokens: Sequence[str]) -> None:
    n_query, n_key = weights.shape[-2:]
    if n_query != n_key:
        raise ValueError(f"there are {n_query} queries and {n_key} keys: a flow through layers needs a text on itself.")
    if len(tokens) != n_query:
        raise ValueError(f"there are {len(tokens)} tokens, but the attentions have {n_query} queries.")


def _describe(mixes: _Mixes, tokens: Sequence[str], token: int, label: str) -> str:
    came = flow_from(mixes, token)[0].sum(axis=0)
    best = int(came.argmax())
    name = f" of {label}" if label else ""
    return (
        f"Attention flow through {len(mixes)} layers{name}: by rollout, the output of “{tokens[token]}” comes most "
        f"from “{tokens[best]}”, {100 * came[best]:.0f} %."
    )
