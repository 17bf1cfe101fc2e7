"""LogitLens: what a model would predict after each layer, if it stopped there."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
import traitlets
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.inside.tracing import Trace
from lmkit.inside.unembedding import check_unembedding
from lmkit.model.transformer import Transformer
from lmkit.text.tokenizer import readable
from lmkit.widgets.base import LivingFigure, check_exists

MOST_NAMES = 2**16  # different tokens in a figure: a cell names one by two bytes
SMALLEST = 2.0**-24  # the least share above 0 in half precision: no share of a softmax is 0


class LogitLens(LivingFigure):
    r"""The prediction after each layer: the residual stream, read out as if it were the last one.

    $$p^{(l)} = \mathrm{softmax}\big(W_U\, \mathrm{Norm}(x^{(l)})\big)$$

    The reader chooses a layer, a position, and a token to follow; so does Python with `layer` and `position`.

    Args:
        trace: What `lmkit.trace` saw of one text.
        model: The model that was traced.
        words: The token at each position, as it should be shown.
        decode: Gives the word for a token id.
        layer: The entry of `trace.residual` that it opens with: 0 is the embedding, l is after layer l - 1. The last
            one if None.
        position: The position that it opens with; if None, one where the right next token comes first in the end, and
            after as many layers as at any: a prediction that comes into being.
        top: How many tokens each cell keeps.
        watch: Token ids whose rank and share are known in every cell, beside those of the right next token.

    Raises:
        TypeError: The model is not an lmkit Transformer.
        ValueError: The model predicts no next token, or the trace, the model and the words do not fit each other.

    Source: nostalgebraist 2020, "interpreting GPT: the logit lens".
    """

    view = traitlets.Unicode("logit-lens").tag(sync=True)
    shape = traitlets.Dict(help="entries, positions, top").tag(sync=True)
    words = traitlets.List(traitlets.Unicode()).tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="every token that is shown; others name it by its place").tag(
        sync=True
    )
    right = traitlets.List(traitlets.Int(), help="the right next token of each position but the last").tag(sync=True)
    watched = traitlets.List(traitlets.Int()).tag(sync=True)
    top_names = traitlets.Bytes(help="uint16, entry position top").tag(sync=True)
    top_shares = traitlets.Bytes(help="float16, entry position top").tag(sync=True)
    known_shares = traitlets.Bytes(help="float16, known entry position: the right token, then the watched").tag(
        sync=True
    )
    known_ranks = traitlets.Bytes(help="float32, known entry position, from 1").tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    position = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        trace: Trace,
        model: nn.Module,
        words: Sequence[str],
        *,
        decode: Callable[[int], str],
        layer: int | None = None,
        position: int | None = None,
        top: int = 5,
        watch: Sequence[int] = (),
    ) -> None:
        _check(trace, model, words, top, watch)
        tokens = trace.tokens[0]
        targets = _targets(tokens, watch)
        entries = [_read(entry[0], model, targets, top) for entry in trace.residual]
        parts = zip(*entries, strict=True)
        top_ids, top_shares, known_shares, known_ranks = (torch.stack(part).cpu().numpy() for part in parts)
        _check_shares(top_shares)
        shown, places = np.unique(np.concatenate([top_ids.ravel(), targets.cpu().ravel()]), return_inverse=True)
        _check_names(len(shown))
        right, *watched = places[top_ids.size :].reshape(targets.shape)
        super().__init__(
            shape={"entries": len(entries), "positions": len(words), "top": top},
            words=readable(words),
            names=readable([decode(int(i)) for i in shown]),
            right=right[:-1].tolist(),
            watched=[int(row[0]) for row in watched],
            top_names=places[: top_ids.size].astype("<u2").tobytes(),
            top_shares=_halves(top_shares),
            known_shares=_halves(known_shares.swapaxes(0, 1)),
            known_ranks=known_ranks.swapaxes(0, 1).astype("<f4").tobytes(),
            layer=len(entries) - 1 if layer is None else layer,
            position=_position(known_ranks[:, 0, :-1]) if position is None else position,
            description=_describe(known_ranks[:, 0, :-1]),
        )

    @traitlets.validate("layer", "position")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        name = proposal.trait.name
        return check_exists(name, proposal.value, self.shape["entries" if name == "layer" else "positions"])

    def poster(self) -> bytes:
        """The most likely token of each cell, as a PNG."""
        from lmkit.widgets.posters.lens import draw_lens

        cells = [self.shape[axis] for axis in ("entries", "positions", "top")]
        places = np.frombuffer(self.top_names, "<u2").reshape(cells)[..., 0]
        shares = np.frombuffer(self.top_shares, "<f2").reshape(cells)[..., 0].astype(np.float32)
        guesses = [[self.names[place] for place in row] for row in places]
        return draw_lens(guesses, shares, self.words, self.layer, self.position)


def _targets(tokens: Int[Tensor, " position"], watch: Sequence[int]) -> Int[Tensor, "known position"]:
    """The tokens whose share is kept: the next one (at the end, where there is none, itself), and the watched."""
    following = torch.cat([tokens[1:], tokens[-1:]])
    return torch.stack([following, *(torch.full_like(tokens, one) for one in watch)])


@torch.no_grad()
def _read(
    entry: Float[Tensor, "position d_model"],
    model: Transformer,
    targets: Int[Tensor, "known position"],
    top: int,
) -> tuple[
    Int[Tensor, "position top"],
    Float[Tensor, "position top"],
    Float[Tensor, "known position"],
    Int[Tensor, "known position"],
]:
    """One entry of the stream: the first tokens and their shares, the shares and ranks of the targets."""
    shares = model.unembed(model.final_norm(entry)).float().softmax(dim=-1)  # (position, vocab)
    best = shares.topk(top, dim=-1)
    known = shares.gather(1, targets.T).T
    ranks = torch.stack([(shares > share[:, None]).sum(dim=-1) + 1 for share in known])
    return best.indices, best.values, known, ranks


def _halves(shares: Float[np.ndarray, "..."]) -> bytes:
    return np.maximum(shares, SMALLEST).astype("<f2").tobytes()


def _position(ranks: Int[np.ndarray, "entry position"]) -> int:
    """The place that is right in the end and was wrong the longest; the middle one where none is right."""
    wrong = ranks != 1
    since = np.where(wrong[-1], -1, (wrong * np.arange(1, len(ranks) + 1)[:, None]).max(axis=0))
    return int(since.argmax()) if (since >= 0).any() else (ranks.shape[1] + 1) // 2


def _describe(ranks: Int[np.ndarray, "entry position"]) -> str:
    """What is seen, in one sentence with numbers."""
    entries, places = ranks.shape
    what = f"What a model would predict after each layer ({entries - 1}), at each token ({places + 1})"
    if not places:
        return f"{what}."
    first, last = ((ranks[entry] == 1).sum() for entry in (0, -1))
    return (
        f"{what}: the right next token comes first at {first} of {places} places from the embedding alone, "
        f"and at {last} after the last layer."
    )


def _check(trace: Trace, model: nn.Module, words: Sequence[str], top: int, watch: Sequence[int]) -> None:
    check_unembedding(model)
    if not model.config.causal:
        raise ValueError("this model is not causal: it predicts the token at each place, and the lens shows the next.")
    _check_fit(trace, model, words)
    size = model.config.vocab_size
    if not 1 <= top <= size:
        raise ValueError(f"top is {top}, but the vocabulary has {size} tokens: choose from 1 to {size}.")
    for token in watch:
        if not 0 <= token < size:
            raise ValueError(f"watch holds the token {token}, but the vocabulary has {size}, from 0 to {size - 1}.")


def _check_shares(shares: Float[np.ndarray, "entry position top"]) -> None:
    if not np.isfinite(shares).all():
        entry, position, _ = np.argwhere(~np.isfinite(shares))[0]
        raise ValueError(f"entry {entry} of the residual stream is not finite (NaN or inf) at position {position}.")


def _check_names(count: int) -> None:
    if count > MOST_NAMES:
        raise ValueError(
            f"the cells name {count:,} different tokens; the figure takes {MOST_NAMES:,}: shorten the text."
        )


def _check_fit(trace: Trace, model: Transformer, words: Sequence[str]) -> None:
    batch, n_tokens = trace.tokens.shape
    if batch != 1:
        raise ValueError(f"the trace holds {batch} texts and this figure shows one: trace one text.")
    if len(words) != n_tokens:
        raise ValueError(f"there are {len(words)} words, but the trace has {n_tokens} tokens.")
    traced = (len(trace.residual) - 1, trace.residual[0].shape[-1])
    has = (model.config.n_layers, model.config.d_model)
    if traced != has:
        raise ValueError(
            f"the trace has {traced[0]} layers with d_model {traced[1]}, the model has {has[0]} with d_model {has[1]}: "
            "pass the model that was traced."
        )
    if trace.tokens.max() >= model.config.vocab_size:
        raise ValueError(
            f"the trace holds the token {int(trace.tokens.max())}, but the model's vocabulary has "
            f"{model.config.vocab_size}: pass the model that was traced."
        )
