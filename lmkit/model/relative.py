"""Relative positions: a number for each distance, learned by each head and added to its scores, as in T5."""

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lmkit.model.attention import Attend, repeat_kv_heads

N_BUCKETS, FAR = 32, 128  # T5's own: how many classes of distance there are, and from where on all are one


def bucket(distance: Int[Tensor, "*shape"], causal: bool) -> Int[Tensor, "*shape"]:
    r"""Sort distances into classes: each small one has a class of its own, larger ones share more and more coarsely.

    With $n$ classes for each direction, of which the first $m = n/2$ are exact, a distance $d \ge m$ is in class

    $$\min\!\left(n - 1,\; m + \left\lfloor \frac{\ln(d/m)}{\ln(128/m)}\,(n - m) \right\rfloor\right)$$

    Args:
        distance: key's position minus query's: below 0 in the past.
        causal: all classes are for the past then, and what is to come counts as distance 0. Else half of them are
            for each side.

    Source: Raffel et al. 2020 (T5), section 2.1, and the code published with it.
    """
    n = N_BUCKETS if causal else N_BUCKETS // 2
    side = 0 if causal else n * (distance > 0).long()
    size = (-distance).clamp(min=0) if causal else distance.abs()
    exact = n // 2
    growth = (size.clamp(min=exact) / exact).log() / math.log(FAR / exact)  # from 0 to 1
    coarse = exact + (growth * (n - exact)).long()
    return side + torch.where(size < exact, size, coarse.clamp(max=n - 1))


class RelativePositions(nn.Module):
    """A learned number for each head and each class of distance.

    Source: Raffel et al. 2020 (T5), section 2.1.
    """

    def __init__(self, n_heads: int, causal: bool):
        super().__init__()
        self.causal = causal
        self.table = nn.Embedding(N_BUCKETS, n_heads)

    def forward(self, n_query: int, n_key: int) -> Float[Tensor, "head query key"]:
        """Give what is added to the scores. The last query stands at the last key, as in `causal_mask`."""
        place = torch.arange(n_key, device=self.table.weight.device)
        distance = place - place[n_key - n_query :, None]  # (query, key)
        return self.table(bucket(distance, self.causal)).permute(2, 0, 1)


class RelativeAttend(Attend):
    r"""Mix the values in every head, with a number for each distance added to the scores.

    $$\mathrm{softmax}\!\left(\frac{QK^\top}{\sqrt{d_{head}}} + B\right) V$$

    Source: Shaw et al. 2018, section 3, for the idea; Raffel et al. 2020, section 2.1, for one number in place of a
    vector.
    """

    def __init__(self, distances: RelativePositions):
        super().__init__()
        self.distances = distances

    def forward(
        self,
        query: Float[Tensor, "batch head query d_head"],
        key: Float[Tensor, "batch kv_head key d_head"],
        value: Float[Tensor, "batch kv_head key d_head"],
        may_attend: Bool[Tensor, "... #query #key"] | None = None,
    ) -> Float[Tensor, "batch head query d_head"]:
        """Mix. `may_attend` broadcasts to (batch, head, query, key). A query that may look nowhere gets zeros."""
        key = repeat_kv_heads(key, query.shape[1])  # (batch, head, key, d_head)
        value = repeat_kv_heads(value, query.shape[1])
        bias = self.distances(query.shape[2], key.shape[2]).to(query.dtype)  # (head, query, key)
        if may_attend is not None:
            bias = bias.masked_fill(~may_attend, -torch.inf)
        return F.scaled_dot_product_attention(query, key, value, attn_mask=bias)


def add_relative_positions(blocks: Iterable[nn.Module], n_heads: int, causal: bool) -> None:
    """Let the attention of all blocks know distances, from one table that they share."""
    distances = RelativePositions(n_heads, causal)
    for block in blocks:
        block.attention.attend = RelativeAttend(distances)
