"""Right and wrong answers to the exercises about the feed-forward network, as students write them."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lmkit import check


def feed_forward_by_modules(x, w_read, b_read, w_write, b_write):
    hidden = nn.GELU()(F.linear(x, w_read.T, b_read))
    return F.linear(hidden, w_write.T, b_write)


def feed_forward_token_by_token(x, w_read, b_read, w_write, b_write):
    def one(token):
        z = token @ w_read + b_read
        return (0.5 * z * (1 + torch.erf(z / 2**0.5))) @ w_write + b_write

    return torch.stack([torch.stack([one(token) for token in text]) for text in x])


def feed_forward_as_a_sum(x, w_read, b_read, w_write, b_write):
    out = b_write.expand_as(x)
    for key, bias, value in zip(w_read.T, b_read, w_write, strict=True):
        out = out + F.gelu(x @ key + bias)[..., None] * value
    return out


def reach_by_jacobian(layer, x):
    jacobian = torch.autograd.functional.jacobian(layer, x)  # (target, number, source, number)
    return (jacobian.abs() > 1e-7).any(dim=-1).any(dim=1).T


def reach_by_loops(layer, x):
    table = torch.zeros(len(x), len(x), dtype=torch.bool)
    for i in range(len(x)):
        other = x.clone()
        other[i] = other[i] * 2 + 1
        for j, (a, b) in enumerate(zip(layer(x), layer(other), strict=True)):
            table[i, j] = not torch.allclose(a, b, atol=1e-5)
    return table


RIGHT = [
    ("feed_forward", feed_forward_by_modules),
    ("feed_forward", feed_forward_token_by_token),
    ("feed_forward", feed_forward_as_a_sum),
    ("count_ffn_parameters", lambda d, h: (d * h + h + h * d + d, sum(d * d + d for _ in "qkvo"))),
    (
        "count_ffn_parameters",
        lambda d, h: (
            sum(p.numel() for m in (nn.Linear(d, h), nn.Linear(h, d)) for p in m.parameters()),
            4 * sum(p.numel() for p in nn.Linear(d, d).parameters()),
        ),
    ),
    ("gelu", lambda x: F.gelu(x)),
    ("gelu", lambda x: x * torch.distributions.Normal(0, 1).cdf(x)),
    ("gelu", lambda x: x * torch.special.ndtr(x)),
    ("key_value_reading", lambda x, r, b, w: torch.diag((x @ r + b).clamp(min=0)) @ w),
    ("key_value_reading", lambda x, r, b, w: torch.stack([F.relu(x @ k + c) * v for k, c, v in zip(r.T, b, w)])),  # noqa: B905
    ("key_value_reading", lambda x, r, b, w: torch.einsum("h,hd->hd", F.relu(torch.addmv(b, r.T, x)), w)),
    ("swiglu_width", lambda n, m: math.floor(2 * n / 3 / m) * m),
    ("swiglu_width", lambda n, m: max(w for w in range(0, n, m) if 3 * w <= 2 * n)),
    ("per_position", reach_by_loops),
    ("per_position", reach_by_jacobian),
]


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_right_answer_in_other_words_passes(exercise, answer):
    report = getattr(check, exercise)(answer)
    assert report.ok, str(report)


def outer(f):
    return lambda x, r, b, w, c: f(F.gelu(x @ r + b) @ w + c)


def per_position_with(row, table=lambda rows: rows):
    def answer(layer, x):
        return table(torch.stack([row(layer, x, i) for i in range(len(x))]))

    return answer


def moved(layer, x, i):
    other = x.clone()
    other[i] += torch.arange(1.0, x.shape[1] + 1)
    return (layer(other) - layer(x)).abs() > 1e-5


WRONG = [
    ("feed_forward", ("no-activation",), lambda x, r, b, w, c: (x @ r + b) @ w + c),
    ("feed_forward", ("no-activation", "activation-at-the-end"), lambda x, r, b, w, c: F.gelu((x @ r + b) @ w + c)),
    ("feed_forward", ("relu-at-the-end",), outer(torch.relu)),
    (
        "feed_forward",
        ("relu-for-gelu", "relu-at-the-end"),
        lambda x, r, b, w, c: F.relu(F.relu(x @ r + b) @ w + c),
    ),
    ("feed_forward", ("relu-for-gelu",), lambda x, r, b, w, c: (x @ r + b).clamp(min=0) @ w + c),
    (
        "feed_forward",
        ("gelu-by-tanh",),
        lambda x, r, b, w, c: nn.GELU(approximate="tanh")(x @ r + b) @ w + c,
    ),
    ("feed_forward", ("residual-inside",), lambda x, r, b, w, c: x + F.gelu(x @ r + b) @ w + c),
    ("feed_forward", ("read-bias-forgotten", "write-bias-forgotten"), lambda x, r, b, w, c: F.gelu(x @ r) @ w),
    ("feed_forward", ("tokens-meet", "unrecognized"), lambda x, r, b, w, c: F.gelu(x.cumsum(1) @ r + b) @ w + c),
    ("count_ffn_parameters", ("one-matrix",), lambda d, h: (d * h + h + d, 4 * d * d + 4 * d)),
    (
        "count_ffn_parameters",
        ("read-bias-forgotten", "write-bias-forgotten", "attention-biases-forgotten"),
        lambda d, h: (2 * d * h, 4 * d * d),
    ),
    ("count_ffn_parameters", ("always-four-times",), lambda d, h: (8 * d * d + 5 * d, 4 * d * d + 4 * d)),
    ("gelu", ("tanh-approximation",), lambda x: F.gelu(x, approximate="tanh")),
    ("gelu", ("sigmoid-approximation",), lambda x: x / (1 + torch.exp(-1.702 * x))),
    ("gelu", ("silu",), F.silu),
    ("gelu", ("relu",), F.relu),
    ("gelu", ("share-alone",), torch.special.ndtr),
    ("gelu", ("erf-as-it-is", "root-of-2-forgotten"), lambda x: x * torch.erf(x)),
    ("key_value_reading", ("not-activated",), lambda x, r, b, w: (x @ r + b)[:, None] * w),
    ("key_value_reading", ("already-added-up",), lambda x, r, b, w: F.relu(x @ r + b) @ w),
    ("key_value_reading", ("softmax-as-in-attention",), lambda x, r, b, w: F.softmax(x @ r + b, 0)[:, None] * w),
    ("key_value_reading", ("axes-swapped",), lambda x, r, b, w: F.relu(x @ r + b) * w.T),
    ("swiglu_width", ("rounded-up",), lambda n, m: m * math.ceil(2 * n / 3 / m)),
    ("swiglu_width", ("eight-thirds-of-the-neurons",), lambda n, m: 8 * n // 3 // m * m),
    ("swiglu_width", ("same-width", "multiple-ignored"), lambda n, m: n),
    ("per_position", ("target-source",), per_position_with(lambda *a: moved(*a).any(-1), lambda t: t.T)),
    ("per_position", ("all-numbers-must-differ",), per_position_with(lambda *a: moved(*a).all(-1))),
    (
        "per_position",
        ("same-number-everywhere",),
        per_position_with(lambda f, x, i: (f(x + (torch.arange(len(x)) == i)[:, None]) - f(x)).abs().amax(-1) > 1e-5),
    ),
    ("per_position", ("upside-down",), per_position_with(lambda *a: ~moved(*a).any(-1))),
]


@pytest.mark.parametrize(("exercise", "codes", "answer"), WRONG)
def test_a_wrong_answer_is_diagnosed(exercise, codes, answer):
    assert getattr(check, exercise)(answer).codes == codes
