"""Attention in tiles: the same answer, and no table of weights. What FlashAttention computes, in a form to read."""

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.model.attention import attention_scores, repeat_kv_heads
from lmkit.ranges import check_whole


def tiled_attention(
    query: Float[Tensor, "batch head query d_head"],
    key: Float[Tensor, "batch kv_head key d_head"],
    value: Float[Tensor, "batch kv_head key d_value"],
    causal: bool = False,
    tile: int = 128,
) -> Float[Tensor, "batch head query d_value"]:
    r"""Mix values a tile of queries and a tile of keys at a time: no weight outlives its tile.

    It is equal to `scaled_dot_product_attention`. A head has at most $b^2$ scores at a time, with tiles of b queries
    and keys, in place of $T^2$. There may be fewer heads of keys and values than of queries.

    Args:
        causal: whether the future is hidden; the last query sees the last key. Tiles of nothing else are skipped.
        tile: queries, and keys, at a time.

    Raises:
        TypeError: a tensor is not of floating point.
        ValueError: the shapes do not fit together, a tile is below 1, or there are more queries than keys and the
            first of them would see none.

    Source: Dao et al. 2022 (FlashAttention), algorithm 1.
    """
    check_whole("tile", tile, 1)
    ahead = key.shape[-2] - query.shape[-2]  # keys before the first query
    if causal and ahead < 0:
        raise ValueError(
            f"{query.shape[-2]} queries are more than {key.shape[-2]} keys: "
            "the first queries would see no key"
        )
    mixed = value.new_empty(*query.shape[:-1], value.shape[-1])
    for first in range(0, query.shape[-2], tile):
        rows = query[..., first : first + tile, :]
        until = ahead + first + rows.shape[-2] if causal else key.shape[-2]
        mixed[..., first : first + tile, :] = _read_in_tiles(
            rows, key[..., :until, :], value[..., :until, :], causal, tile
        )
    return mixed


def _read_in_tiles(query, key, value, causal, tile):
    r"""Let a few queries read all keys, a tile at a time, with a softmax that is never done until it is done.

    Beside what it has mixed, a query keeps two numbers: the largest score so far, m, and the sum of $e^{s - m}$. A
    larger score that comes later makes all that was added before smaller, by the same factor $e^{m - m'}$.

    Source: Milakov and Gimelshein 2018, algorithm 3 (online softmax).
    """
    n_heads, n_query, n_key = query.shape[1], query.shape[-2], key.shape[-2]
    largest = query.new_full((*query.shape[:-1], 1), -torch.inf)
    total, mixed = torch.zeros_like(largest), torch.zeros_like(largest)
    for first in range(0, n_key, tile):
        k = repeat_kv_heads(key[..., first : first + tile, :], n_heads)
        v = repeat_kv_heads(value[..., first : first + tile, :], n_heads)
        scores = attention_scores(query, k)  # (batch, head, query, key)
        if causal and first + k.shape[-2] > n_key - n_query:  # else all is past
            ahead = torch.ones_like(scores[0, 0]).triu(1 + n_key - n_query - first)
            scores = scores.masked_fill(ahead.bool(), -torch.inf)
        before, now = largest, scores.amax(dim=-1, keepdim=True)
        largest = before.maximum(now)
        shrink, weights = (before - largest).exp(), (scores - largest).exp()
        total = total * shrink + weights.sum(dim=-1, keepdim=True)
        mixed = mixed * shrink + weights.to(v.dtype) @ v
    return mixed / total
