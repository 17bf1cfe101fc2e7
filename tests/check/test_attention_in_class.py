"""Chapter 02 in class: answers that were not made from the banks. Wrong ones are refused, and told no false cause.

Each wrong answer stands with the causes that may be named. Without any, the check must say that it knows none.
"""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lmkit import check
from lmkit.model import attention as library
from tests.check.in_class import causes_in

INF = math.inf
NO_GRADIENT = "another-gradient"


def params_of(tables):
    """Each answer of the tables, by exercise and name. A wrong one may stand with the causes that are true of it."""
    for exercise, table in tables.items():
        for name, entry in table.items():
            yield pytest.param(exercise, *entry, id=f"{exercise}-{name.replace(' ', '-')}")


# --- Attention ---


def scaled(query, key):
    return query @ key.transpose(-2, -1) / query.size(-1) ** 0.5


def hidden(scores, may_attend):
    return scores.masked_fill(~may_attend, -INF)


def attend(softmax=None, mask=hidden, scores=scaled, mix=None):
    """Right attention, one line of which can be written otherwise."""

    def answer(query, key, value, may_attend=None):
        found = scores(query, key) if may_attend is None else mask(scores(query, key), may_attend)
        weights = softmax(found) if softmax else found.softmax(-1)
        return mix(weights, value) if mix else (weights @ value, weights)

    return answer


def powers(scores):
    return scores.exp() / scores.exp().sum(-1, keepdim=True)


def powers_below_one(scores, top=None):
    return powers(scores - (scores.amax(-1, keepdim=True) if top is None else top))


def detached_denominator(scores):
    powers = (scores - scores.amax(-1, keepdim=True)).exp()
    return powers / powers.sum(-1, keepdim=True).detach()


def without_gradients(scores):
    with torch.no_grad():
        return scores.softmax(-1)


def attend_after_softmax(query, key, value, may_attend=None):
    weights = scaled(query, key).softmax(-1)
    if may_attend is not None:
        weights = weights * may_attend
        weights = weights / weights.sum(-1, keepdim=True)
    return weights @ value, weights


def attend_scaled_by_values(query, key, value, may_attend=None):
    return attend(scores=lambda q, k: q @ k.mT / math.sqrt(value.shape[-1]))(query, key, value, may_attend)


def attend_head_by_head(query, key, value, may_attend=None, mask_of=lambda mask, head: mask[:, head]):
    mixed, weights = [], []
    for head in range(query.shape[1]):
        scores = torch.einsum("bqd,bkd->bqk", query[:, head], key[:, head]) * query.shape[-1] ** -0.5
        if may_attend is not None:
            full = may_attend.expand(*query.shape[:-1], key.shape[-2])
            scores = torch.where(mask_of(full, head), scores, -1e30)
        weights.append(torch.softmax(scores, dim=2))
        mixed.append(weights[-1].bmm(value[:, head]))
    return torch.stack(mixed, 1), torch.stack(weights, 1)


def attend_by_bmm(query, key, value, may_attend=None):
    scores = torch.bmm(query.flatten(0, 1), key.flatten(0, 1).transpose(1, 2)).unflatten(0, query.shape[:2])
    scores /= math.sqrt(query.shape[-1])
    if may_attend is not None:
        scores.masked_fill_(may_attend.logical_not(), torch.finfo(scores.dtype).min)
    weights = F.softmax(scores, dim=-1)
    return torch.bmm(weights.flatten(0, 1), value.flatten(0, 1)).unflatten(0, query.shape[:2]), weights


def attend_with_an_index(query, key, value, may_attend=None):
    scores = scaled(query, key)
    if may_attend is not None:
        scores[~may_attend.expand_as(scores)] = -INF
    return [scores.softmax(3) @ value, scores.softmax(3)]


def attend_in_double(query, key, value, may_attend=None):
    return tuple(x.float() for x in attend()(query.double(), key.double(), value.double(), may_attend))


def fill(number):
    return attend(mask=lambda s, m: s.masked_fill(~m, number))


def scale_by(scale):
    return attend(scores=lambda q, k: q @ k.mT / scale(q, k))


RIGHT = {
    "attention": {
        "head by head": attend_head_by_head,
        "bmm and in-place": attend_by_bmm,
        "an index": attend_with_an_index,
        "in double": attend_in_double,
        "powers below one": attend(softmax=powers_below_one),
        "log of the sum": attend(softmax=lambda s: (s - s.logsumexp(-1, keepdim=True)).exp()),
        "a fourth root on either side": attend(
            scores=lambda q, k: (q / q.shape[-1] ** 0.25) @ (k / q.shape[-1] ** 0.25).mT
        ),
        "the log of the mask": attend(mask=lambda s, m: s + m.float().log()),
        "a detached maximum": attend(
            softmax=lambda s: powers_below_one(s, s.amax(-1, keepdim=True).detach()),
        ),
    }
}
WRONG = {
    "attention": {
        "powers that overflow": (attend(softmax=powers), ()),
        "powers below those of one row": (attend(softmax=lambda s: powers_below_one(s, s.max())), ()),
        "a small number below the line": (attend(softmax=lambda s: s.exp() / (s.exp().sum(-1, True) + 1e-6)), ()),
        "clamped": (attend(softmax=lambda s: s.clamp(max=20).softmax(-1)), ()),
        "hidden is -10": (fill(-10.0), ()),
        "hidden is -1000": (fill(-1000.0), ()),
        "hidden is the smallest score": (attend(mask=lambda s, m: s.masked_fill(~m, s.min())), ()),
        "hidden is what becomes 0": (attend(mask=lambda s, m: (s * m).masked_fill(s * m == 0, -INF)), ()),
        "hidden after softmax": (attend_after_softmax, ()),
        "the mask of head 0": (attend(mask=lambda s, m: hidden(s, m[:, :1] if m.ndim == 4 else m)), ()),
        "the mask of text 0": (attend(mask=lambda s, m: hidden(s, m[:1] if m.ndim == 4 else m)), ()),
        "masks of four axes only": (attend(mask=lambda s, m: hidden(s, m) if m.ndim == 4 else s), ()),
        "masks that are no square only": (
            attend(mask=lambda s, m: s if m.ndim == 2 and len(m) == m.shape[1] else hidden(s, m)),
            (),
        ),
        "infinity times the mask": (attend(mask=lambda s, m: s + (1 - m.float()) * -INF), ()),
        "half of the gradient": (
            attend(mix=lambda w, v: tuple((x + x.detach()) / 2 for x in (w @ v, w))),
            (NO_GRADIENT,),
        ),
        "the whole part of the root": (scale_by(lambda q, k: math.isqrt(q.shape[-1])), ()),
        "the root for 16 and for 9": (scale_by(lambda q, k: {16: 4.0, 9: 3.0}.get(q.shape[-1], 1.0)), ()),
        "the root of the values": (attend_scaled_by_values, ()),
        "the root of 64": (scale_by(lambda q, k: 8), ()),
        "a root on either side, not a fourth": (
            attend(scores=lambda q, k: (q / q.shape[-1] ** 0.5) @ (k / k.shape[-1] ** 0.5).mT),
            ("scaled-by-d",),
        ),
        "keys reshaped": (attend(scores=lambda q, k: q @ k.reshape(*k.shape[:2], -1, k.shape[2]) / 4), ()),
        "sigmoid": (attend(softmax=torch.sigmoid), ()),
        "the best key only": (attend(softmax=lambda s: F.one_hot(s.argmax(-1), s.shape[-1]).float()), ()),
        "one softmax for all": (attend(softmax=lambda s: s.flatten(-2).softmax(-1).view_as(s)), ()),
        "weights averaged over heads": (attend(mix=lambda w, v: (w @ v, w.mean(1))), ("wrong-shape",)),
        "dropout": (attend(softmax=lambda s: F.dropout(s.softmax(-1), 0.1)), ("remembers",)),
        "heads merged": (attend(mix=lambda w, v: ((w @ v).transpose(1, 2).flatten(2), w)), ("wrong-shape",)),
        "detached weights": (attend(mix=lambda w, v: (w.detach() @ v, w)), (NO_GRADIENT,)),
        "detached in the return": (attend(mix=lambda w, v: (w @ v, w.detach())), (NO_GRADIENT,)),
        "detached below the line": (attend(softmax=detached_denominator), (NO_GRADIENT,)),
        "softmax without gradients": (attend(softmax=without_gradients), (NO_GRADIENT,)),
        "data of the values": (attend(mix=lambda w, v: (w @ v.data, w)), (NO_GRADIENT,)),
        "detached keys": (attend(scores=lambda q, k: scaled(q, k.detach())), (NO_GRADIENT,)),
    }
}


# --- Masks ---


def rows_filled(n, end=lambda i: i + 1, first=0):
    mask = torch.zeros(n, n, dtype=torch.bool)
    for i in range(first, n):
        mask[i, : end(i)] = True
    return mask


def by_indices(n):
    mask = torch.zeros(n, n).bool()
    rows, columns = torch.tril_indices(n, n)
    mask[rows, columns] = True
    return mask


RIGHT["causal_mask"] = {
    "row by row": rows_filled,
    "by indices": by_indices,
    "summed up": lambda n: torch.eye(n).cumsum(0) > 0,
    "an array": lambda n: torch.from_numpy(np.tri(n, dtype=bool)),
    "stacked": lambda n: torch.stack([torch.arange(n) <= i for i in range(n)]),
}
WRONG["causal_mask"] = {
    "summed up the other way": (lambda n: torch.eye(n).cumsum(1) > 0, ("upper-half",)),
    "rows that end too early": (lambda n: rows_filled(n, end=lambda i: i), ("diagonal-excluded",)),
    "rows from the second on": (lambda n: rows_filled(n, first=1), ()),
    "a band of 50": (lambda n: torch.ones(n, n).tril().triu(-50).bool(), ()),
    "made for 100 at most": (lambda n: torch.ones(100, 100).tril().bool()[:n, :n], ("wrong-shape",)),
    "only itself": (lambda n: torch.eye(n).bool(), ()),
    "turned upside down": (lambda n: torch.ones(n, n).tril().bool().flip(0), ()),
    "before itself, and the first": (lambda n: torch.ones(n, n).tril(-1).bool() | (torch.arange(n) == 0), ()),
    "bytes": (lambda n: torch.ones(n, n, dtype=torch.uint8).tril(), ("numbers-not-truth-values",)),
    "one row": (lambda n: torch.arange(n) <= n, ("wrong-shape",)),
}


def real(lengths, n_key):
    return torch.arange(n_key) < lengths[:, None]


def four_axes(mask):
    return mask[:, None, None, :]


def cut_from_the_end(lengths, n_key):
    mask = torch.ones(len(lengths), 1, 1, n_key, dtype=torch.bool)
    for sentence, length in zip(mask, lengths, strict=True):
        sentence[..., -(n_key - int(length)) :] = False  # -0 is the start
    return mask


def cut_after_the_length(lengths, n_key):
    mask = torch.ones(len(lengths), 1, 1, n_key, dtype=torch.bool)
    for sentence, length in enumerate(lengths):
        mask[sentence, 0, 0, length + 1 :] = False
    return mask


RIGHT["padding_mask"] = {
    "nested lists": lambda lengths, n: torch.tensor([[[[j < m for j in range(n)]]] for m in lengths.tolist()]),
    "an array": lambda lengths, n: torch.from_numpy(np.arange(n) < lengths.numpy()[:, None]).view(-1, 1, 1, n),
    "counted from 1": lambda lengths, n: four_axes(torch.arange(1, n + 1) <= lengths[:, None]),
    "ones and zeros": lambda lengths, n: (
        torch.stack([torch.cat([torch.ones(int(x)), torch.zeros(n - int(x))]) for x in lengths])
        .bool()
        .reshape(-1, 1, 1, n)
    ),
    "columns first": lambda lengths, n: (torch.arange(n)[:, None] < lengths).T[:, None, None],
}
WRONG["padding_mask"] = {
    "the first length for all": (lambda lengths, n: four_axes(real(lengths[:1], n).expand(len(lengths), -1)), ()),
    "the shortest for all": (lambda lengths, n: four_axes(real(lengths.min().expand(len(lengths)), n)), ()),
    "lengths sorted": (lambda lengths, n: four_axes(real(lengths.sort(descending=True).values, n)), ()),
    "as wide as the longest": (lambda lengths, n: four_axes(real(lengths, int(lengths.max()))), ("wrong-shape",)),
    "cut from the end": (cut_from_the_end, ()),
    "cut after the length": (cut_after_the_length, ("one-too-many",)),
    "the first hidden token only": (lambda lengths, n: four_axes(torch.arange(n) != lengths[:, None]), ()),
    "50 tokens at most": (lambda lengths, n: four_axes(real(lengths, n) & (torch.arange(n) < 50)), ()),
    "squeezed": (lambda lengths, n: four_axes(real(lengths, n).squeeze()), ("raises",)),
    "a square": (lambda lengths, n: four_axes(real(lengths, n)).expand(-1, 1, n, -1), ("wrong-shape",)),
    "heads in front": (lambda lengths, n: real(lengths, n)[None, None], ("wrong-shape",)),
}


def back(n):
    return torch.arange(n)[:, None] - torch.arange(n)


def window_filled(n, window, start=lambda i, window: max(0, i - window + 1), end=1, first=0):
    mask = torch.zeros(n, n, dtype=torch.bool)
    for i in range(first, n):
        mask[i, start(i, window) : i + end] = True
    return mask


RIGHT["sliding_window_mask"] = {
    "row by row": window_filled,
    "one table less another": lambda n, w: (torch.ones(n, n).tril() - torch.ones(n, n).tril(-w)).bool(),
    "arrays": lambda n, w: torch.from_numpy(np.tri(n, dtype=bool) & ~np.tri(n, k=-w, dtype=bool)),
    "cut out of a wider one": lambda n, w: torch.ones(n, n + w).tril(w).triu(1)[:, w:].bool(),
}
WRONG["sliding_window_mask"] = {
    "starts below 0": (lambda n, w: window_filled(n, w, start=lambda i, w: i - w + 1), ()),
    "starts one too early": (lambda n, w: window_filled(n, w, start=lambda i, w: max(0, i - w)), ("window-too-wide",)),
    "ends one too early": (lambda n, w: window_filled(n, w, end=0), ("itself-excluded",)),
    "full windows only": (lambda n, w: window_filled(n, w, first=w - 1), ()),
    "blocks": (lambda n, w: (torch.arange(n)[:, None] // w == torch.arange(n) // w) & (back(n) >= 0), ()),
    "half on either side": (lambda n, w: back(n).abs() <= w // 2, ()),
    "every so many": (lambda n, w: (back(n) >= 0) & (back(n) % w == 0), ()),
    "the end of the text": (lambda n, w: (back(n) >= 0) & (torch.arange(n) >= n - w), ()),
    "rolled round the end": (lambda n, w: sum(torch.eye(n).roll(-b, 1) for b in range(w)) > 0, ()),
    "or for and": (lambda n, w: (back(n) >= 0) | (back(n) < w), ("hides-nothing",)),
    "no window wider than 8": (lambda n, w: (back(n) >= 0) & (back(n) < min(w, 8)), ()),
    "not below": (lambda n, w: torch.ones(n, n).triu(1 - w).bool(), ()),
}


# --- Heads ---


def split(x, n_heads):
    return x.view(*x.shape[:2], n_heads, -1).transpose(1, 2)


def merge(x):
    return x.transpose(1, 2).flatten(2)


def split_by_slices(x, n_heads, step=None, heads=None):
    d_head = x.shape[-1] // n_heads
    out = x.new_zeros(x.shape[0], n_heads, x.shape[1], d_head)
    for i in range(n_heads if heads is None else heads(n_heads)):
        out[:, i] = x[:, :, i * d_head : (i + 1) * d_head]
    return out


def merge_by_columns(x):
    rows = [torch.cat([x[:, head, t] for head in range(x.shape[1])], -1) for t in range(x.shape[2])]
    return torch.stack(rows, 1)


def both(split, merge):
    return (split, merge)


RIGHT["split_heads"] = {
    "by slices and columns": both(split_by_slices, merge_by_columns),
    "by unfold and movedim": both(
        lambda x, n: x.unfold(2, x.shape[2] // n, x.shape[2] // n).permute(0, 2, 1, 3),
        lambda x: x.movedim(1, 2).reshape(x.shape[0], x.shape[2], -1),
    ),
    "axes turned first": both(
        lambda x, n: x.transpose(1, 2).reshape(x.shape[0], n, -1, x.shape[1]).transpose(2, 3),
        lambda x: torch.einsum("bhtd->bthd", x).flatten(2),
    ),
}
WRONG["split_heads"] = {
    "the last head is forgotten": (both(lambda x, n: split_by_slices(x, n, heads=lambda n: n - 1), merge), ()),
    "every n-th number": (
        both(lambda x, n: torch.stack([x[..., i::n] for i in range(n)], 1), merge),
        ("split-deals-like-cards",),
    ),
    "chunks of n": (both(lambda x, n: torch.stack(x.split(n, -1), 1), merge), ("n-heads-taken-for-d-head",)),
    "stacked in front": (both(lambda x, n: torch.stack(x.chunk(n, -1), 0), merge), ("wrong-shape",)),
    "turned and reshaped": (
        both(lambda x, n: x.transpose(1, 2).reshape(x.shape[0], n, x.shape[1], -1), merge),
        (),
    ),
    "heads in the opposite order": (
        both(lambda x, n: split(x, n).flip(1), lambda x: merge(x.flip(1))),
        (),
    ),
    "head 0 for all": (both(split, lambda x: x[:, 0].repeat(1, 1, x.shape[1])), ()),
    "the mean for all": (both(split, lambda x: x.mean(1).repeat(1, 1, x.shape[1])), ()),
    "heads below one another": (both(split, lambda x: torch.cat(list(x.unbind(1)), 1)), ("wrong-shape",)),
    "4 numbers a head": (both(lambda x, n: x.view(*x.shape[:2], n, 4).transpose(1, 2), merge), ("raises",)),
    "squeezed": (both(lambda x, n: split(x, n).squeeze(), merge), ("wrong-shape",)),
    "detached in the merge": (both(split, lambda x: merge(x).detach()), (NO_GRADIENT,)),
}


def heads(
    split=split,
    merge=merge,
    project=lambda x, w: x @ w,
    output=lambda x, w: x @ w,
    scores=scaled,
    mask=hidden,
    softmax=lambda s: s.softmax(-1),
    weights=lambda *w: w,
):
    """Right multi-head attention, one line of which can be written otherwise."""

    def answer(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
        *inner, outer = weights(w_query, w_key, w_value, w_output)
        query, key, value = (split(project(x, w), n_heads) for w in inner)
        found = scores(query, key) if may_attend is None else mask(scores(query, key), may_attend)
        return output(merge(softmax(found) @ value), outer)

    return answer


def heads_by_einsum(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
    query, key, value = (
        torch.einsum("btm,mhd->bhtd", x, w.unflatten(1, (n_heads, -1))) for w in (w_query, w_key, w_value)
    )
    scores = torch.einsum("bhqd,bhkd->bhqk", query, key) / math.sqrt(query.shape[-1])
    if may_attend is not None:
        scores = scores.masked_fill(may_attend.logical_not(), -1e9)
    return torch.einsum("bhqk,bhkd,hdm->bqm", scores.softmax(-1), value, w_output.unflatten(0, (n_heads, -1)))


def heads_by_torch(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
    inner = (x @ torch.cat([w_query, w_key, w_value], 1)).chunk(3, -1)
    mixed = F.scaled_dot_product_attention(*(split(part, n_heads) for part in inner), attn_mask=may_attend)
    return merge(mixed) @ w_output


def heads_by_the_library(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
    inner = (library.split_heads(x @ w, n_heads) for w in (w_query, w_key, w_value))
    mixed, _ = library.scaled_dot_product_attention(*inner, may_attend)
    return library.merge_heads(mixed) @ w_output


def heads_written_into_place(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
    query, key, value = (split(torch.matmul(x, w), n_heads) for w in (w_query, w_key, w_value))
    scores = query.matmul(key.transpose(2, 3))
    scores *= query.shape[-1] ** -0.5
    if may_attend is not None:
        scores.masked_fill_(~may_attend, -INF)
    mixed, out = scores.softmax(-1) @ value, torch.zeros_like(x)
    for head, place in enumerate(torch.arange(x.shape[-1]).chunk(n_heads)):
        out[..., place] = mixed[:, head]
    return out @ w_output


def heads_of_the_first_columns(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
    d_head = x.shape[-1] // n_heads
    first = [w[:, :d_head].repeat(1, n_heads) for w in (w_query, w_key, w_value)]
    return heads_by_torch(x, *first, w_output, n_heads, may_attend)


def heads_of_a_layer_of_its_own(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
    layer = nn.Linear(*w_query.shape, bias=False)
    layer.weight.data = w_query.T
    project = heads(project=lambda x, w: layer(x) if w is w_query else x @ w)
    return project(x, w_query, w_key, w_value, w_output, n_heads, may_attend)


def one_head(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
    scores = scaled(x @ w_query, x @ w_key)
    if may_attend is not None:
        scores = hidden(scores, may_attend if may_attend.ndim == 2 else may_attend[:, 0])
    return scores.softmax(-1) @ (x @ w_value) @ w_output


def heads_of_three(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
    n_heads = 3 if x.shape[-1] % 3 == 0 else n_heads
    return heads_by_torch(x, w_query, w_key, w_value, w_output, n_heads, may_attend)


RIGHT["multi_head"] = {
    "einsum": heads_by_einsum,
    "torch": heads_by_torch,
    "the library": heads_by_the_library,
    "in place": heads_written_into_place,
}
WRONG["multi_head"] = {
    "powers that overflow": (heads(softmax=powers), ()),
    "w_output transposed": (heads(output=lambda x, w: x @ w.T), ()),
    "queries and keys exchanged": (heads(weights=lambda q, k, v, o: (k, q, v, o)), ()),
    "values from w_key": (heads(weights=lambda q, k, v, o: (q, k, k, o)), ()),
    "w_query for all": (heads(weights=lambda q, k, v, o: (q, q, q, o)), ("keys-from-w-query", "values-from-w-query")),
    "w_output twice": (heads(output=lambda x, w: x @ w @ w), ()),
    "the root of the number of heads": (heads(scores=lambda q, k: q @ k.mT / q.shape[1] ** 0.5), ()),
    "heads in the opposite order": (heads(merge=lambda x: merge(x.flip(1))), ()),
    "heads averaged": (heads(merge=lambda x: x.mean(1).repeat(1, 1, x.shape[1])), ()),
    "dealt like cards": (
        heads(lambda x, n: x.unflatten(-1, (-1, n)).permute(0, 3, 1, 2), lambda x: x.permute(0, 2, 3, 1).flatten(2)),
        (),
    ),
    "the mask of head 0": (heads(mask=lambda s, m: hidden(s, m[:, :1] if m.ndim == 4 else m)), ()),
    "the mask of text 0": (heads(mask=lambda s, m: hidden(s, m[:1] if m.ndim == 4 else m)), ()),
    "masks of two axes only": (heads(mask=lambda s, m: hidden(s, m) if m.ndim == 2 else s), ()),
    "softmax twice": (heads(softmax=lambda s: s.softmax(-1).softmax(-1)), ()),
    "the first columns for all": (heads_of_the_first_columns, ()),
    "three heads": (heads_of_three, ()),
    "one head": (one_head, ("one-big-head",)),
    "w_query detached": (heads(weights=lambda q, k, v, o: (q.detach(), k, v, o)), (NO_GRADIENT,)),
    "a layer of its own": (heads_of_a_layer_of_its_own, (NO_GRADIENT,)),
    "detached scores": (heads(softmax=lambda s: s.detach().softmax(-1)), (NO_GRADIENT,)),
}


# --- Numbers, and a head by hand ---


RIGHT["keep_variance"] = {
    "numpy": lambda d, q, k: np.float32(d * q**2 * k**2) ** np.float32(-0.5),
    "a product": lambda d, q, k: 1 / np.prod([q, k, np.sqrt(d)]),
    "logarithms": lambda d, q, k: math.exp(-math.log(q) - math.log(k) - math.log(d) / 2),
    "a tensor": lambda d, q, k: torch.tensor(d * (q * k) ** 2).rsqrt(),
}
WRONG["keep_variance"] = {
    "variances added": (lambda d, q, k: 1 / math.sqrt(d * (q**2 + k**2)), ()),
    "the mean of both": (lambda d, q, k: 1 / (math.sqrt(d) * ((q + k) / 2) ** 2), ()),
    "the larger of both": (lambda d, q, k: 1 / (math.sqrt(d) * max(q, k)), ()),
    "one above the line": (lambda d, q, k: k / (q * math.sqrt(d)), ()),
    "one less": (lambda d, q, k: 1 / (math.sqrt(d - 1) * q * k), ()),
    "whole root": (lambda d, q, k: 1 / (math.isqrt(d) * q * k), ()),
    "never above 1": (lambda d, q, k: min(1.0, 1 / (math.sqrt(d) * q * k)), ()),
    "a small number below the line": (lambda d, q, k: 1 / (math.sqrt(d) * q * k + 1e-3), ()),
    "rounded": (lambda d, q, k: round(1 / (math.sqrt(d) * q * k), 3), ()),
    "no root at all": (
        lambda d, q, k: 1 / (d * q**2 * k**2),
        ("root-forgotten", "variances-for-stds"),
    ),
    "measured": (lambda d, q, k: 1 / (q * torch.randn(999, d) * k * torch.randn(999, d)).sum(1).std(), ("remembers",)),
}

RIGHT["attention_cost"] = {
    "sizes of tensors": lambda q, k, d, h: (
        torch.zeros(q, k, d).numel(),
        torch.zeros(q, d, k).numel(),
        torch.zeros(h, q, k).numel(),
    ),
    "head by head": lambda q, k, d, h: [sum(n for _ in range(h)) for n in (q * k * (d // h), q * k * (d // h), q * k)],
    "numpy": lambda q, k, d, h: tuple(np.array([d, d, h]) * q * k),
}
WRONG["attention_cost"] = {
    "without the width": (lambda q, k, d, h: (q * k, q * k, q * k * h), ()),
    "keys squared": (lambda q, k, d, h: (k * k * d, k * k * d, k * k * h), ()),
    "mixing without keys": (lambda q, k, d, h: (q * k * d, q * d, q * k * h), ()),
    "softmax counted": (lambda q, k, d, h: (q * k * (d + h), q * k * d, q * k * h), ()),
    "projections counted": (lambda q, k, d, h: (q * k * d + 3 * q * d * d, q * k * d, q * k * h), ()),
    "one less for each sum": (lambda q, k, d, h: (q * k * (d - 1), q * k * d, q * k * h), ()),
    "the cache for the weights": (lambda q, k, d, h: (q * k * d, q * k * d, 2 * k * d), ()),
    "another order": (lambda q, k, d, h: (q * k * d, q * k * h, q * k * d), ()),
    "in all": (lambda q, k, d, h: 2 * q * k * d, ("wrong-type",)),
}


def head_by_loops(n):
    query, key = torch.zeros(n, n), torch.eye(n)
    for t in range(1, n):
        query[t, t - 1] = 10 * n
    return query, key


def head_of_digits(n):
    digits = torch.tensor([[1.0 if i >> bit & 1 else -1.0 for bit in range(7)] for i in range(n)])
    return 40 * digits.roll(1, 0), digits


def head_of_waves(n, shift=1):
    rate = 2 * math.pi / n * torch.arange(1, n // 2 + 1)
    place = torch.arange(n)[:, None]
    query, key = (p * rate for p in (place - shift, place))
    return 60 * torch.cat([query.cos(), query.sin()], 1), torch.cat([key.cos(), key.sin()], 1)


def rolled(size, key=lambda n: torch.eye(n)):
    return lambda n: (size(n) * key(n).roll(1, 0), key(n))


RIGHT["previous_token_head"] = {
    "loops": head_by_loops,
    "digits": head_of_digits,
    "waves": head_of_waves,
    "arrays": lambda n: (200 * np.roll(np.eye(n), 1, 0)[:, ::-1], np.eye(n)[::-1]),
    "below the diagonal": lambda n: (100 * torch.diag(torch.ones(n - 1), -1), torch.eye(n)),
}
WRONG["previous_token_head"] = {
    "too short": (rolled(lambda n: 12), ("too-soft",)),
    "long enough for few": (rolled(lambda n: 30), ("does-not-grow",)),
    "above the diagonal": (lambda n: (100 * torch.diag(torch.ones(n - 1), 1), torch.eye(n)), ("looks-ahead",)),
    "both rolled": (lambda n: (100 * torch.eye(n).roll(1, 0), torch.eye(n).roll(1, 0)), ("looks-at-itself",)),
    "16 places only": (rolled(lambda n: 100, lambda n: torch.eye(max(n, 16))[:n, :16]), ()),
    "waves without a shift": (lambda n: head_of_waves(n, shift=0), ("looks-at-itself",)),
    "waves of three back": (lambda n: head_of_waves(n, shift=3), ()),
    "all alike": (lambda n: (torch.ones(n, n), torch.ones(n, n)), ()),
    "at random": (lambda n: (torch.randn(n, 8), torch.randn(n, 8)), ("remembers",)),
}


# --- What must hold ---


def tried(exercise, answer, seed):
    return getattr(check, exercise)(*(answer if isinstance(answer, tuple) else (answer,)), seed=seed)


ALL_RIGHT = {exercise: {name: (answer,) for name, answer in table.items()} for exercise, table in RIGHT.items()}


@pytest.mark.parametrize(("exercise", "answer"), list(params_of(ALL_RIGHT)))
def test_a_right_answer_passes_whatever_is_drawn(exercise, answer):
    for seed in range(5):
        report = tried(exercise, answer, seed)
        assert report.ok, str(report)


@pytest.mark.parametrize(("exercise", "answer", "causes"), list(params_of(WRONG)))
def test_a_wrong_answer_is_refused_and_told_its_own_cause_or_none(exercise, answer, causes):
    for seed in range(2):
        report = tried(exercise, answer, seed)
        assert not report.ok
        assert causes_in(report) == causes, str(report)


def test_each_exercise_of_the_chapter_is_tried_in_at_least_six_wrong_and_three_right_ways():
    assert set(RIGHT) == set(WRONG) and len(RIGHT) == 9
    assert all(len(table) >= 3 for table in RIGHT.values())
    assert all(len(table) >= 6 for table in WRONG.values())
