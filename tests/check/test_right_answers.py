"""Right answers written in other ways pass: loops, einsum, torch's own functions, lmkit's own."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lmkit import check
from lmkit.model import attention as library


def attention_by_torch(query, key, value, may_attend=None):
    everything = torch.eye(key.shape[-2]).expand(*key.shape[:-1], -1)
    weights = F.scaled_dot_product_attention(query, key, everything, attn_mask=may_attend)
    return F.scaled_dot_product_attention(query, key, value, attn_mask=may_attend), weights


def attention_by_einsum(q, k, v, m=None):
    scores = torch.einsum("bhqd,bhkd->bhqk", q, k) * q.size(-1) ** -0.5
    if m is not None:
        scores = torch.where(m, scores, torch.tensor(float("-inf")))
    powers = torch.exp(scores - scores.max(-1, keepdim=True)[0])
    weights = powers / powers.sum(-1, keepdim=True)
    return torch.einsum("bhqk,bhkd->bhqd", weights, v), weights


def attention_by_loops(query, key, value, may_attend=None):
    shape = (*query.shape[:-1], key.shape[-2])
    mask = torch.ones(shape, dtype=torch.bool) if may_attend is None else may_attend.expand(shape)
    weights = torch.zeros(shape)
    for b, h, i in np.ndindex(*query.shape[:-1]):
        row = [query[b, h, i] @ key[b, h, j] / math.sqrt(query.shape[-1]) for j in range(shape[-1])]
        top = max(s for j, s in enumerate(row) if mask[b, h, i, j])
        total = sum((s - top).exp() for j, s in enumerate(row) if mask[b, h, i, j])
        for j, score in enumerate(row):
            if mask[b, h, i, j]:
                weights[b, h, i, j] = (score - top).exp() / total
    return weights @ value, weights


def attention_with_a_large_negative_number(query, key, value, may_attend=None):
    scores = (query / math.sqrt(query.shape[-1])).matmul(key.transpose(2, 3))
    if may_attend is not None:
        scores = scores + (1.0 - may_attend.float()) * -1e9
    weights = nn.Softmax(dim=3)(scores)
    return [weights.matmul(value), weights]


@pytest.mark.parametrize(
    "answer",
    [
        attention_by_torch,
        attention_by_einsum,
        attention_by_loops,
        attention_with_a_large_negative_number,
        library.scaled_dot_product_attention,
    ],
)
def test_attention_in_other_words_passes(answer):
    report = check.attention(answer)
    assert report.ok, str(report)


@pytest.mark.parametrize(
    "answer",
    [
        lambda n: torch.ones(n, n).tril().bool(),
        lambda n: torch.ones(n, n).triu(1) == 0,
        lambda n: torch.arange(n)[:, None] >= torch.arange(n),
        lambda n: torch.tensor([[key <= query for key in range(n)] for query in range(n)]),
        lambda n: torch.from_numpy(np.tril(np.ones((n, n), dtype=bool))),
        lambda n: ~torch.isinf(nn.Transformer.generate_square_subsequent_mask(n)),
        library.causal_mask,
    ],
)
def test_a_causal_mask_in_other_words_passes(answer):
    report = check.causal_mask(answer)
    assert report.ok, str(report)


def padding_mask_by_loops(lengths, n_key):
    mask = torch.zeros(len(lengths), 1, 1, n_key, dtype=torch.bool)
    for sentence, length in enumerate(lengths):
        mask[sentence, :, :, :length] = True
    return mask


@pytest.mark.parametrize("answer", [padding_mask_by_loops, library.padding_mask])
def test_a_padding_mask_in_other_words_passes(answer):
    report = check.padding_mask(answer)
    assert report.ok, str(report)


@pytest.mark.parametrize(
    "answer",
    [
        lambda n, window: torch.ones(n, n).tril().triu(1 - window).bool(),
        lambda n, window: torch.tensor([[i - window < j <= i for j in range(n)] for i in range(n)]),
        library.sliding_window_mask,
    ],
)
def test_a_sliding_window_in_other_words_passes(answer):
    report = check.sliding_window_mask(answer)
    assert report.ok, str(report)


@pytest.mark.parametrize(
    ("split", "merge"),
    [
        (lambda x, n: torch.stack(x.chunk(n, dim=-1), dim=1), lambda x: torch.cat(list(x.unbind(1)), dim=-1)),
        (
            lambda x, n: x.view(*x.shape[:2], n, -1).permute(0, 2, 1, 3),
            lambda x: x.permute(0, 2, 1, 3).contiguous().view(x.shape[0], x.shape[2], -1),
        ),
        (library.split_heads, library.merge_heads),
    ],
)
def test_splitting_and_merging_in_other_words_pass(split, merge):
    report = check.split_heads(split, merge)
    assert report.ok, str(report)


def multi_head_by_torch(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
    """nn.MultiheadAttention, whose weights are transposed and whose masks say True for hidden."""
    layer = nn.MultiheadAttention(x.shape[-1], n_heads, bias=False, batch_first=True)
    hidden = None
    if may_attend is not None:
        full = (x.shape[0], n_heads, x.shape[1], x.shape[1])
        hidden = ~may_attend.expand(full).reshape(-1, *full[2:])
    parameters = {"in_proj_weight": torch.cat([w_query.T, w_key.T, w_value.T]), "out_proj.weight": w_output.T}
    options = {"attn_mask": hidden, "need_weights": False}
    return torch.func.functional_call(layer, parameters, (x, x, x), options)[0]


def multi_head_one_by_one(x, w_query, w_key, w_value, w_output, n_heads, may_attend=None):
    d_head = x.shape[-1] // n_heads
    full = (x.shape[0], n_heads, x.shape[1], x.shape[1])
    output = 0
    for head in range(n_heads):
        own = slice(head * d_head, (head + 1) * d_head)
        query, key, value = x @ w_query[:, own], x @ w_key[:, own], x @ w_value[:, own]
        mask = None if may_attend is None else may_attend.expand(full)[:, head]
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        output = output + mixed @ w_output[own]
    return output


@pytest.mark.parametrize("answer", [multi_head_by_torch, multi_head_one_by_one])
def test_multi_head_attention_in_other_words_passes(answer):
    report = check.multi_head(answer)
    assert report.ok, str(report)


@pytest.mark.parametrize(
    "answer",
    [
        lambda d_head, std_query, std_key: (d_head * std_query**2 * std_key**2) ** -0.5,
        lambda d_head, std_query, std_key: torch.tensor(1 / (std_query * std_key)) / math.sqrt(d_head),
        lambda d_head, std_query, std_key: np.float32(1 / np.sqrt(d_head) / std_query / std_key),
    ],
)
def test_keeping_the_variance_in_other_words_passes(answer):
    report = check.keep_variance(answer)
    assert report.ok, str(report)


def cost_by_counting(n_query, n_key, d_model, n_heads):
    d_head = d_model // n_heads
    scores = sum(d_head for _ in np.ndindex(n_heads, n_query, n_key))
    mixing = sum(n_key for _ in np.ndindex(n_heads, n_query, d_head))
    weights = torch.zeros(n_heads, n_query, n_key).numel()
    return scores, mixing, weights


@pytest.mark.parametrize("answer", [cost_by_counting, lambda q, k, d, h: (q * k * d / 1.0, q * k * d, h * q * k)])
def test_counting_the_cost_in_other_ways_passes(answer):
    report = check.attention_cost(answer)
    assert report.ok, str(report)


def head_of_angles(n):
    """Positions as angles on a circle: two dimensions and long vectors are enough."""
    angle = 2 * math.pi * torch.arange(n) / n
    step = 2 * math.pi / n
    circle = torch.stack([angle.cos(), angle.sin()], dim=-1)
    before = torch.stack([(angle - step).cos(), (angle - step).sin()], dim=-1)
    return 1000 * before, circle


def head_that_prefers_the_nearest(n):
    """One pair of vectors for each distance: the score of key s for query t is minus (t - 1 - s) squared."""
    position = torch.arange(n).float()
    wanted = position - 1
    one = torch.ones(n)
    query = torch.stack([2 * wanted, one, wanted**2], dim=-1)
    return 30 * query, torch.stack([position, -(position**2), -one], dim=-1)


@pytest.mark.parametrize(
    "answer",
    [
        head_of_angles,
        head_that_prefers_the_nearest,
        lambda n: (100 * torch.eye(n).roll(1, dims=0), torch.eye(n)),
        lambda n: (torch.eye(n), 100 * torch.eye(n).roll(-1, dims=0)),
        lambda n: [100 * F.one_hot((torch.arange(n) - 1) % n), F.one_hot(torch.arange(n))],
    ],
)
def test_any_head_that_looks_at_the_token_before_passes(answer):
    report = check.previous_token_head(answer)
    assert report.ok, str(report)
