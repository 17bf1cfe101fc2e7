"""Attention: every position asks all positions a question and mixes their answers.

Read from top to bottom: masks say who may look at whom, the formula mixes, heads do it several times at once.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lmkit.model.positions import Rotary
from lmkit.model.vectors import check_vectors

# --- Who may look at whom. True = may attend; masks combine with `&`. ---


def causal_mask(
    n_query: int, n_key: int | None = None
) -> Bool[Tensor, "query key"]:
    r"""Let each query see itself and the past. The last query sees the last key.

    $$\mathrm{may}_{ij} = \big[\, j \le i + (n_{key} - n_{query}) \,\big]$$

    Args:
        n_key: as many as the queries unless given. With a cache there are more keys than queries.

    Raises:
        ValueError: more queries than keys; the first queries would have nothing to look at.

    Source: Vaswani et al. 2017, section 3.2.3.
    """
    n_key = n_query if n_key is None else n_key
    if n_query > n_key:
        raise ValueError(
            f"n_query={n_query} is more than n_key={n_key}: "
            "the first queries would see no key"
        )
    return torch.ones(n_query, n_key, dtype=torch.bool).tril(n_key - n_query)


def padding_mask(lengths: Int[Tensor, "batch"], n_key: int) -> Bool[Tensor, "batch 1 1 key"]:
    r"""Hide the padding after each sequence, for every head and every query.

    $$\mathrm{may}_{bj} = [\, j < \mathrm{length}_b \,]$$

    Args:
        lengths: how many real tokens each sequence has; the padding follows them.
        n_key: the length with the padding.

    Raises:
        TypeError: `lengths` are not integers.
        ValueError: `lengths` has more axes than one, or a length is below 0 or above `n_key`.

    Source: Vaswani et al. 2017, section 3.2.3, mask the future in the same way.
    """
    _check_lengths(lengths)
    if ((lengths < 0) | (lengths > n_key)).any():
        raise ValueError(f"lengths are {lengths.tolist()}, but must lie between 0 and n_key={n_key}")
    is_real = torch.arange(n_key, device=lengths.device) < lengths[:, None]  # (batch, key)
    return is_real[:, None, None, :]  # (batch, 1, 1, key)


def sliding_window_mask(n: int, window: int) -> Bool[Tensor, "query key"]:
    r"""Let each query see itself and the `window - 1` tokens before it.

    $$\mathrm{may}_{ij} = [\, i - \mathrm{window} < j \le i \,]$$

    Raises:
        ValueError: a window below 1; a token always sees itself.

    Source: Beltagy et al. 2020 (Longformer), section 3.1; Jiang et al. 2023 (Mistral 7B), section 2.
    """
    if window < 1:
        raise ValueError(f"window is {window}, but a token always sees itself: give a window of 1 or more")
    return causal_mask(n).triu(1 - window)


# --- The formula: once to read, once to run fast. ---


def attention_scores(
    query: Float[Tensor, "... query d_head"],
    key: Float[Tensor, "... key d_head"],
) -> Float[Tensor, "... query key"]:
    r"""Say how well each query matches each key, before any mask.

    $$S = \frac{QK^\top}{\sqrt{d_{head}}}$$

    The square root is what keeps the spread of the scores at 1 when queries and keys have spread 1. Scores of 16-bit
    numbers have 32 bits, but in autocast, where PyTorch decides: float16 ends at 65,504, which a dot product can pass.

    Raises:
        TypeError: a tensor is not of floating point.
        ValueError: the shapes do not fit together.

    Source: Vaswani et al. 2017, section 3.2.1.
    """
    _check_query_and_key(query, key)
    if query.element_size() == 2 and not torch.is_autocast_enabled(query.device.type):  # 16 bits
        query, key = query.float(), key.float()
    return query @ key.mT / math.sqrt(query.shape[-1])  # (..., query, key)


def scaled_dot_product_attention(
    query: Float[Tensor, "... query d_head"],
    key: Float[Tensor, "... key d_head"],
    value: Float[Tensor, "... key d_value"],
    may_attend: Bool[Tensor, "... #query #key"] | None = None,
) -> tuple[Float[Tensor, "... query d_value"], Float[Tensor, "... query key"]]:
    r"""Mix values by how well each query matches each key. The path to read.

    $$\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{QK^\top}{\sqrt{d_{head}}}\right) V$$

    Args:
        may_attend: True where a query may look at a key. A query that may look nowhere gets zeros.

    Returns:
        The mixed values, and the weights: each row of weights sums to 1, or to 0 where nothing may be seen.

    Raises:
        TypeError: `may_attend` is not boolean, or another tensor is not of floating point.
        ValueError: the shapes do not fit together.

    Source: Vaswani et al. 2017, section 3.2.1.
    """
    scores = attention_scores(query, key)  # (..., query, key)
    _check_value(key, value)
    if may_attend is None:
        weights = scores.softmax(dim=-1)
    else:
        check_may_attend(may_attend, scores.shape)
        sees = may_attend.any(dim=-1, keepdim=True)  # (..., query, 1)
        hidden = ~may_attend & sees  # a row of -inf only would become NaN
        penalty = torch.zeros_like(may_attend, dtype=scores.dtype)
        penalty = penalty.masked_fill(hidden, -torch.inf)
        # To add is faster than to fill: the mask is small.
        weights = (scores + penalty).softmax(dim=-1)
        if not sees.all():
            weights = weights * sees
    weights = weights.to(value.dtype)  # from the 32 bits of the scores
    return weights @ value, weights


def fast_attention(
    query: Float[Tensor, "... query d_head"],
    key: Float[Tensor, "... key d_head"],
    value: Float[Tensor, "... key d_value"],
    may_attend: Bool[Tensor, "... #query #key"] | None = None,
) -> Float[Tensor, "... query d_value"]:
    r"""Do the same in PyTorch's fused kernel, which never stores the weights. The path to run.

    $$\mathrm{Attention}(Q, K, V) = \mathrm{softmax}\!\left(\frac{QK^\top}{\sqrt{d_{head}}}\right) V$$

    Arguments and errors are those of `scaled_dot_product_attention`.

    Source: Dao et al. 2022 (FlashAttention), section 3.1, for how the weights need not be stored.
    """
    _check_query_and_key(query, key)
    _check_value(key, value)
    if may_attend is not None:
        check_may_attend(may_attend, query.shape[:-1] + key.shape[-2:-1])
    return F.scaled_dot_product_attention(query, key, value, attn_mask=may_attend)


# --- Heads: the same formula several times, each on its own slice of the vectors. ---


def split_heads(
    x: Float[Tensor, "batch position d_model"], n_heads: int
) -> Float[Tensor, "batch head position d_head"]:
    """Cut each vector into `n_heads` equal slices, one a head: d_head = d_model / n_heads.

    Raises:
        ValueError: `x` does not have three axes, or its vectors do not divide into `n_heads`.

    Source: Vaswani et al. 2017, section 3.2.2.
    """
    if x.ndim != 3:
        raise ValueError(
            f"x has shape {tuple(x.shape)}, "
            "but needs three axes (batch, position, d_model)"
        )
    batch, n, d_model = x.shape
    if n_heads < 1 or d_model % n_heads:
        raise ValueError(
            f"vectors of {d_model} numbers do not divide into "
            f"n_heads={n_heads} slices"
        )
    # (batch, position, head, d_head)
    x = x.view(batch, n, n_heads, d_model // n_heads)
    return x.transpose(1, 2)  # (batch, head, position, d_head)


def merge_heads(x: Float[Tensor, "batch head position d_head"]) -> Float[Tensor, "batch position d_model"]:
    """Lay the slices of all heads side by side again: the inverse of `split_heads`.

    Raises:
        ValueError: `x` does not have four axes.

    Source: Vaswani et al. 2017, section 3.2.2 (Concat).
    """
    if x.ndim != 4:
        raise ValueError(f"x has shape {tuple(x.shape)}, but needs four axes (batch, head, position, d_head)")
    x = x.transpose(1, 2)  # (batch, position, head, d_head)
    return x.flatten(2)  # (batch, position, d_model)


def repeat_kv_heads(
    x: Float[Tensor, "batch kv_head position d_head"], n_heads: int
) -> Float[Tensor, "batch head position d_head"]:
    """Give every query head its keys or values: neighbors in a group of query heads share one kv head.

    Query head h reads kv head h // (n_heads / n_kv_heads).

    Raises:
        ValueError: the kv heads do not divide `n_heads`.

    Source: Ainslie et al. 2023 (grouped-query attention), section 2.2.
    """
    n_kv_heads = x.shape[1]
    if n_heads % n_kv_heads:
        raise ValueError(f"n_heads={n_heads} is not a multiple of the {n_kv_heads} kv heads of the tensor")
    if n_heads == n_kv_heads:
        return x
    group = n_heads // n_kv_heads
    x = x[:, :, None].expand(-1, -1, group, -1, -1)  # (batch, kv_head, group, position, d_head)
    return x.flatten(1, 2)  # (batch, head, position, d_head)


class Attend(nn.Module):
    """Mix the values in every head. It has no parameters and keeps nothing.

    It is a module of its own so that a hook on it sees the queries, keys and values of a layer. Whoever wants
    the weights computes them from these with `scaled_dot_product_attention`.

    Attributes:
        explicit: True takes the readable path. Training in bfloat16 does: there the fused kernel is slower.

    Source: Vaswani et al. 2017, section 3.2.2; Ainslie et al. 2023, section 2.2.
    """

    explicit = False

    def forward(
        self,
        query: Float[Tensor, "batch head query d_head"],
        key: Float[Tensor, "batch kv_head key d_head"],
        value: Float[Tensor, "batch kv_head key d_head"],
        may_attend: Bool[Tensor, "... #query #key"] | None = None,
    ) -> Float[Tensor, "batch head query d_head"]:
        """Mix. `may_attend` broadcasts to (batch, head, query, key). Errors: those of `fast_attention`."""
        _check_value(key, value)
        key = repeat_kv_heads(key, query.shape[1])  # (batch, head, key, d_head)
        value = repeat_kv_heads(value, query.shape[1])  # (batch, head, key, d_head)
        if self.explicit:
            return scaled_dot_product_attention(query, key, value, may_attend)[0]
        return fast_attention(query, key, value, may_attend)


class Cache:
    """The keys and values of the tokens that a layer has read, so that it need not compute them again.

    A token's key and value depend on that token and those before it, so later tokens leave them as they are. The
    cache doubles when it is full: copying all at each token would soon take most of the time. It is overwritten in
    place, so it is for reading, not for gradients; and what it holds is true for as long as the weights stay the same.

    Attributes:
        length: how many tokens were read.
        joint: the weights, and the biases, of query, key and value side by side, as soon as they were needed.

    Source: Shazeer 2019, section 2.4 (incremental attention).
    """

    def __init__(self):
        self.length = 0
        self.room = 0
        self.joint: tuple[Tensor, Tensor | None] | None = None

    def extend(
        self, key: Float[Tensor, "batch kv_head new d_head"], value: Float[Tensor, "batch kv_head new d_head"]
    ) -> tuple[Float[Tensor, "batch kv_head key d_head"], Float[Tensor, "batch kv_head key d_head"]]:
        """Add what was read now, and give all keys and all values."""
        start, self.length = self.length, self.length + key.shape[2]
        if self.length > self.room:
            self.room = 2 * self.length
            self.keys = self._enlarge(self.keys if start else key, start)
            self.values = self._enlarge(self.values if start else value, start)
        self.keys[:, :, start : self.length] = key
        self.values[:, :, start : self.length] = value
        return self.keys[:, :, : self.length], self.values[:, :, : self.length]

    def select(self, rows: Int[Tensor, "chosen"]) -> None:
        """Go on with these rows of the batch, in this order; a row may come twice."""
        self.keys, self.values = self.keys[rows], self.values[rows]

    def forget(self, n: int) -> None:
        """Take back the last n tokens, as if they had not been read."""
        self.length -= n

    def _enlarge(self, x: Tensor, n_kept: int) -> Tensor:
        return F.pad(x[:, :, :n_kept], (0, 0, 0, self.room - n_kept))


class MultiHeadAttention(nn.Module):
    r"""Let the positions of a sequence look at each other, in several heads at once.

    $$\mathrm{MultiHead}(X) = \mathrm{Concat}(\mathrm{head}_0, \ldots)\,W^O, \qquad
    \mathrm{head}_i = \mathrm{Attention}(XW^Q_i, XW^K_i, XW^V_i)$$

    Args:
        n_kv_heads: fewer key and value heads than query heads, each shared by a group; as many unless given.
        bias: whether the four projections add a bias.
        rotary: turns queries and keys by their position.
        qk_norm: whether an rms norm of their own brings queries and keys to one length before that.

    Raises:
        ValueError: `n_heads` does not divide `d_model`, or `n_kv_heads` does not divide `n_heads`.

    Source: Vaswani et al. 2017, section 3.2.2; Ainslie et al. 2023, section 2.2; the norms: Dehghani et al. 2023,
    section 2, after Henry et al. 2020.
    """

    def __init__(
        self,
        d_model: int,
        n_heads: int,
        n_kv_heads: int | None = None,
        bias: bool = True,
        rotary: Rotary | None = None,
        qk_norm: bool = False,
    ):
        super().__init__()
        self.d_model = d_model
        self.n_heads = n_heads
        self.n_kv_heads = n_heads if n_kv_heads is None else n_kv_heads
        check_heads(d_model, self.n_heads, self.n_kv_heads)
        d_kv = self.n_kv_heads * (d_model // n_heads)
        self.to_query = nn.Linear(d_model, d_model, bias=bias)
        self.to_key = nn.Linear(d_model, d_kv, bias=bias)
        self.to_value = nn.Linear(d_model, d_kv, bias=bias)
        self.to_output = nn.Linear(d_model, d_model, bias=bias)
        self.rotary = rotary
        self.query_norm = self.key_norm = None
        if qk_norm:
            self.query_norm = nn.RMSNorm(d_model // n_heads)
            self.key_norm = nn.RMSNorm(d_model // n_heads)
        self.attend = Attend()

    def forward(
        self,
        x: Float[Tensor, "batch position d_model"],
        may_attend: Bool[Tensor, "... #position #key"] | None = None,
        cache: Cache | None = None,
    ) -> Float[Tensor, "batch position d_model"]:
        """Attend within each sequence.

        Args:
            may_attend: broadcasts to (batch, head, query, key).
            cache: what was read before `x`. It is attended to as well, and `x` is added to it.

        Raises:
            TypeError, ValueError: `x` or `may_attend` has the wrong type or shape.
        """
        check_vectors(x, self.d_model, self.to_query)
        if cache:
            return self._read_on(x, may_attend, cache)
        query, key, value = self.project(x)
        query, key = self.place(query, key)
        # (batch, head, query, d_head)
        mixed = self.attend(query, key, value, may_attend)
        return self.to_output(merge_heads(mixed))

    def project(
        self, x: Float[Tensor, "batch position d_model"]
    ) -> tuple[
        Float[Tensor, "batch head query d_head"],
        Float[Tensor, "batch kv_head key d_head"],
        Float[Tensor, "batch kv_head key d_head"],
    ]:
        """Make the queries, keys and values of all heads."""
        query = split_heads(self.to_query(x), self.n_heads)
        key = split_heads(self.to_key(x), self.n_kv_heads)
        value = split_heads(self.to_value(x), self.n_kv_heads)
        return query, key, value

    def place(
        self,
        query: Float[Tensor, "batch head query d_head"],
        key: Float[Tensor, "batch kv_head key d_head"],
        start: int = 0,
    ) -> tuple[Float[Tensor, "batch head query d_head"], Float[Tensor, "batch kv_head key d_head"]]:
        """Norm queries and keys, if this layer does, and turn them by their position; the first is at `start`."""
        if self.query_norm is not None:
            query, key = self.query_norm(query), self.key_norm(key)
        if self.rotary is not None:
            query, key = self.rotary(query, start), self.rotary(key, start)
        return query, key

    def _read_on(self, x: Tensor, may_attend: Tensor | None, cache: Cache) -> Tensor:
        """Do the same for what follows the tokens in the cache."""
        plain = _are_plain(self.to_query, self.to_key, self.to_value)
        query, key, value = self._project_at_once(x, cache) if plain else self.project(x)
        query, key = self.place(query, key, cache.length)
        mixed = self.attend(query, *cache.extend(key, value), may_attend)  # (batch, head, query, d_head)
        return self.to_output(merge_heads(mixed))

    def _project_at_once(self, x: Tensor, cache: Cache) -> tuple[Tensor, Tensor, Tensor]:
        """Do the same with the weights side by side: for one token, one product is faster than three small ones."""
        if cache.joint is None:
            cache.joint = _side_by_side(self.to_query, self.to_key, self.to_value)
        n_heads = [self.n_heads, self.n_kv_heads, self.n_kv_heads]
        return split_heads(F.linear(x, *cache.joint), sum(n_heads)).split(n_heads, dim=1)


class CrossAttention(MultiHeadAttention):
    r"""Let the positions of one text look at those of another, the source: queries of the one, keys of the other.

    $$\mathrm{head}_i = \mathrm{Attention}(XW^Q_i,\, SW^K_i,\, SW^V_i)$$

    The source stays as it is while a text is written, so its keys and values are made once, by `read`. A place in one
    text is at no distance from a place in another, so nothing is turned by its position.

    Source: Vaswani et al. 2017, section 3.2.3 (encoder-decoder attention).
    """

    def read(
        self, source: Float[Tensor, "batch key d_model"]
    ) -> tuple[
        Float[Tensor, "batch kv_head key d_head"],
        Float[Tensor, "batch kv_head key d_head"],
    ]:
        """Make the keys and values of the source, for all heads."""
        check_vectors(source, self.d_model, self.to_key)
        key = split_heads(self.to_key(source), self.n_kv_heads)
        value = split_heads(self.to_value(source), self.n_kv_heads)
        return key, value

    def forward(
        self,
        x: Float[Tensor, "batch query d_model"],
        key: Float[Tensor, "source_batch kv_head key d_head"],
        value: Float[Tensor, "source_batch kv_head key d_head"],
        may_attend: Bool[Tensor, "... #query #key"] | None = None,
    ) -> Float[Tensor, "batch query d_model"]:
        """Look at what `read` made of the source. One source may serve all rows of `x`.

        Raises:
            TypeError, ValueError: `x`, the keys and values or `may_attend` have the wrong type or shape.
        """
        check_vectors(x, self.d_model, self.to_query)
        if len(key) not in (1, len(x)):
            raise ValueError(
                f"there are {len(key)} sources and {len(x)} texts: "
                "give each text its own, or one to all"
            )
        key, value = (part.expand(len(x), -1, -1, -1) for part in (key, value))
        query = split_heads(self.to_query(x), self.n_heads)
        # (batch, head, query, d_head)
        mixed = self.attend(query, key, value, may_attend)
        return self.to_output(merge_heads(mixed))


def _are_plain(*layers: nn.Module) -> bool:
    """Say whether all are linear layers, nothing else (no LoRA), and no hook wants to see what each gives."""
    return all(type(layer) is nn.Linear and not (layer._forward_hooks or layer._forward_pre_hooks) for layer in layers)


def _side_by_side(*layers: nn.Linear) -> tuple[Tensor, Tensor | None]:
    """Give the weights, and the biases if there are any, of one layer that does the work of several."""
    weight = torch.cat([layer.weight for layer in layers])
    return weight, None if layers[0].bias is None else torch.cat([layer.bias for layer in layers])


# --- What the errors say. ---


def check_may_attend(may_attend: Tensor, scores_shape: tuple[int, ...]) -> None:
    """Refuse a mask that is not boolean (TypeError) or does not fit the scores (ValueError)."""
    if may_attend.dtype != torch.bool:
        raise TypeError(
            f"may_attend is boolean (True = may attend), but has dtype {may_attend.dtype}. "
            "From a mask of 1 and 0 write mask.bool(); from one of 0 and -inf, to be added, write mask == 0."
        )
    pairs = zip(reversed(may_attend.shape), reversed(scores_shape), strict=False)
    if may_attend.ndim not in (2, len(scores_shape)) or any(m not in (1, s) for m, s in pairs):
        raise ValueError(
            f"may_attend has shape {tuple(may_attend.shape)}, but the scores have {tuple(scores_shape)}. "
            "Give a mask (query, key), or one with every axis of the scores, where 1 stands for all. "
            "For padding use padding_mask(lengths, n_key)."
        )


def check_heads(d_model: int, n_heads: int, n_kv_heads: int) -> None:
    """Refuse heads that do not divide evenly (ValueError)."""
    if n_heads < 1 or d_model % n_heads:
        raise ValueError(f"d_model={d_model} is not a multiple of n_heads={n_heads}: use equal slices")
    if n_kv_heads < 1 or n_heads % n_kv_heads:
        raise ValueError(f"n_heads={n_heads} is not a multiple of n_kv_heads={n_kv_heads}: use equal groups")


def _check_lengths(lengths: Tensor) -> None:
    if lengths.is_floating_point() or lengths.dtype == torch.bool:
        raise TypeError(
            f"lengths have dtype {lengths.dtype}, but count tokens: use integers. "
            "If you have a table that is True for real tokens, write is_real[:, None, None, :]."
        )
    if lengths.ndim != 1:
        raise ValueError(f"lengths have shape {tuple(lengths.shape)}, but need one axis: a number for each sequence")


def _check_query_and_key(query: Tensor, key: Tensor) -> None:
    if not query.is_floating_point() or query.dtype != key.dtype:
        raise TypeError(f"query is {query.dtype} and key is {key.dtype}: use one floating-point dtype")
    if min(query.ndim, key.ndim) < 2:
        raise ValueError(f"{_shapes(query=query, key=key)}: each needs at least the axes (position, d_head)")
    if query.shape[-1] != key.shape[-1]:
        why = "the last axis, d_head, must be equal, since a score is a dot product"
        raise ValueError(f"{_shapes(query=query, key=key)}: {why}")
    if query.shape[:-2] != key.shape[:-2]:
        why = "all axes before the last two must be equal (repeat_kv_heads can help)"
        raise ValueError(f"{_shapes(query=query, key=key)}: {why}")


def _check_value(key: Tensor, value: Tensor) -> None:
    if key.dtype != value.dtype:
        raise TypeError(f"key is {key.dtype} and value is {value.dtype}: use one floating-point dtype")
    if key.shape[:-1] != value.shape[:-1]:
        why = "all axes but the last must be equal, one value for each key"
        raise ValueError(f"{_shapes(key=key, value=value)}: {why}")


def _shapes(**tensors: Tensor) -> str:
    return " and ".join(f"{name} has shape {tuple(tensor.shape)}" for name, tensor in tensors.items())
