r"""A survey of neurons: where in a corpus each of them fires hardest, and how it fires on the whole.

The corpus is read a few texts at a time, and only what is hardest so far is kept. So it can be as long as one likes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from tqdm import tqdm

from lmkit.inside.neurons import BATCH, Recording, record

BEFORE, AFTER = 11, 4  # tokens of a passage around the one where the neuron fires hardest
OUTSIDE = -1  # stands where a passage reaches beyond its text


@dataclass(frozen=True)
class Survey:
    """What is kept of a corpus for every neuron.

    Attributes:
        n_texts, n_tokens: how much was read.
        passages: the tokens around the place where a neuron fires hardest, the hardest first, each in another text;
            OUTSIDE where the text is over. The place itself is `window` = BEFORE.
        levels: how strongly the neuron fires on them; 0 where the text is over.
        loudness: the mean of how strongly it fires, whichever the sign.
        kurtosis: how rarely and how hard it fires: 3 for a bell curve, hundreds for a neuron that few tokens excite, 0
            for one that never changes.
    """

    n_texts: int
    n_tokens: int
    passages: Int[Tensor, "layer neuron passage window"]
    levels: Float[Tensor, "layer neuron passage window"]
    loudness: Float[Tensor, "layer neuron"]
    kurtosis: Float[Tensor, "layer neuron"]

    @property
    def peak(self) -> Float[Tensor, "layer neuron"]:
        """The highest activation of each neuron on the corpus."""
        return self.levels[:, :, 0, BEFORE]


def survey(
    model: nn.Module, texts: Iterable[Int[Tensor, " _"]], n_passages: int = 4, show: bool = False
) -> Survey:
    """Let a model read a corpus, and keep of every neuron the passages that it fires on, and how it fires on the whole.

    Args:
        model: anything that `lmkit.trace` can look into.
        texts: token ids of each text.
        n_passages: how many passages of each neuron are kept.
        show: True shows a progress bar, for a corpus of many thousand texts.

    Raises:
        ValueError: there is a text without a token, or there are fewer texts than passages. Others as `lmkit.trace`.
    """
    texts = sorted(texts, key=len)  # texts as long as each other go together: less padding, in half the time
    if not 1 <= n_passages <= len(texts):
        raise ValueError(f"n_passages is {n_passages}, but each text gives one, and there are {len(texts)} texts")
    kept, sums = None, 0
    for first in tqdm(range(0, len(texts), BATCH), desc="reading", disable=not show):
        seen = record(model, texts[first : first + BATCH])
        here = _hardest(seen, n_passages)
        kept = here if kept is None else _harder(kept, here, n_passages)
        sums = sums + _power_sums(seen.activations)
    n_tokens = sum(map(len, texts))
    return Survey(len(texts), n_tokens, *kept, *_shape(sums / n_tokens))


def alike(seen: Survey, n_tokens: int) -> float:
    """Give the share of the neurons that fire hardest on the same n tokens, the last one included, in all passages."""
    ends = seen.passages[..., BEFORE - n_tokens + 1 : BEFORE + 1]
    return (ends == ends[..., :1, :]).flatten(2).all(dim=-1).float().mean().item()


_Passages = tuple[Int[Tensor, "layer neuron passage window"], Float[Tensor, "layer neuron passage window"]]


def _hardest(seen: Recording, n_passages: int) -> _Passages:
    """Around the place in each text where a neuron fires hardest; of these the hardest."""
    texts = zip(seen.starts, seen.starts[1:], strict=False)
    peaks = [seen.activations[:, start:end].max(dim=1) for start, end in texts]
    heights = torch.stack([peak.values for peak in peaks], dim=-1)  # (layer, neuron, text)
    best = heights.topk(min(n_passages, seen.n_texts)).indices
    places = torch.stack([peak.indices for peak in peaks], dim=-1).gather(-1, best) + seen.starts[best]
    return _around(seen, places, best)


def _around(
    seen: Recording, places: Int[Tensor, "layer neuron passage"], texts: Int[Tensor, "layer neuron passage"]
) -> _Passages:
    """The tokens around some places, and how strongly the neurons to which the places belong fire on them."""
    reach = places[..., None] + torch.arange(-BEFORE, AFTER + 1)  # (layer, neuron, passage, window)
    inside = (reach >= seen.starts[texts][..., None]) & (reach < seen.starts[texts + 1][..., None])
    reach = reach.clamp(0, len(seen.tokens) - 1)
    levels = seen.activations.transpose(1, 2).gather(2, reach.flatten(2)).view(reach.shape)
    return seen.tokens[reach].where(inside, OUTSIDE), levels.where(inside, 0.0)


def _harder(some: _Passages, others: _Passages, n_passages: int) -> _Passages:
    """The passages of both on which the neurons fire hardest."""
    tokens, levels = (torch.cat(both, dim=2) for both in zip(some, others, strict=True))
    best = levels[..., BEFORE].topk(min(n_passages, levels.shape[2])).indices  # (layer, neuron, passage)
    best = best[..., None].expand(-1, -1, -1, levels.shape[3])
    return tokens.gather(2, best), levels.gather(2, best)


def _power_sums(activations: Float[Tensor, "layer token neuron"]) -> Float[Tensor, "power layer neuron"]:
    """The sums over the tokens of |a|, a, a², a³ and a⁴, with 64 bits: the higher powers nearly cancel."""
    a = activations.double()
    square = a.square()
    return torch.stack([power.sum(dim=1) for power in (a.abs(), a, square, square * a, square.square())])


def _shape(
    means: Float[Tensor, "power layer neuron"],
) -> tuple[Float[Tensor, "layer neuron"], Float[Tensor, "layer neuron"]]:
    r"""Loudness and kurtosis from the mean powers.

    $$K = \overline{(a - \bar a)^4} \big/ \overline{(a - \bar a)^2}^{\,2}$$
    """
    loudness, m1, m2, m3, m4 = means
    variance = m2 - m1**2
    fourth = m4 - 4 * m1 * m3 + 6 * m1**2 * m2 - 3 * m1**4
    changes = variance > 1e-9 * m2  # less is what rounding leaves of a neuron that never changes
    kurtosis = torch.where(changes, fourth / variance.where(changes, 1.0).square(), 0.0)
    return loudness.float(), kurtosis.float()
