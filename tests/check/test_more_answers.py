"""More answers to the exercises about the network and the block: right styles, and slips that the banks were not made
from.

Each right one passes whatever numbers are drawn. Each wrong one is refused, and told its cause or none: what an answer
does on every probe is all that may be said of it.
"""

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lmkit import check
from lmkit.learning import objectives

SEEDS = (0, 4, 14, 24)


# --- the feed-forward network ---


def feed_forward_in_place(x, w_read, b_read, w_write, b_write):
    hidden = torch.einsum("bpd,dh->bph", x, w_read)
    hidden += b_read
    out = (hidden * 0.5 * torch.erfc(-hidden / math.sqrt(2))) @ w_write
    out += b_write
    return out


def feed_forward_by_layers(x, w_read, b_read, w_write, b_write):
    net = nn.Sequential(nn.Linear(*w_read.shape), nn.GELU(), nn.Linear(*w_write.shape))
    weights = {"0.weight": w_read.T, "0.bias": b_read, "2.weight": w_write.T, "2.bias": b_write}
    return torch.func.functional_call(net, weights, x)


def feed_forward_flat(x, w_read, b_read, w_write, b_write):
    hidden = F.gelu(torch.addmm(b_read, x.reshape(-1, x.shape[-1]), w_read))
    return torch.addmm(b_write, hidden, w_write).view(x.shape)


def hidden_without_gradient(x, r, b, w, c):
    with torch.no_grad():
        hidden = F.gelu(x @ r + b)
    return hidden @ w + c


def last_neuron_missed(x, r, b, w, c):
    out = torch.zeros_like(x) + c
    for i in range(r.shape[1] - 1):
        out = out + F.gelu(x @ r[:, i] + b[i])[..., None] * w[i]
    return out


def write_bias_once_a_neuron(x, r, b, w, c):
    return sum(F.gelu(x @ r[:, i] + b[i])[..., None] * w[i] + c for i in range(len(b)))


# --- GELU ---


def gelu_number_by_number(x):
    return torch.stack([v * (1 + torch.erf(v / 2**0.5)) / 2 for v in x.flatten()]).reshape(x.shape)


def gelu_on_both_sides(x):
    return torch.where(x > 0, x - x * torch.special.ndtr(-x), x * torch.special.ndtr(x))


def gelu_in_place(x):
    share = x / math.sqrt(2)
    share.erf_().add_(1).mul_(0.5)
    return x * share


def share_without_gradient(x):
    with torch.no_grad():
        share = (1 + torch.erf(x / math.sqrt(2))) / 2
    return x * share


def gelu_by_strips(x):
    strips = torch.exp(-(torch.linspace(-5, 5, 1001) ** 2) / 2) / math.sqrt(2 * math.pi) / 100
    return x * strips.cumsum(0)[((x + 5) * 100).long().clamp(0, 1000)]


def gelu_by_a_series(x):
    z = x / math.sqrt(2)
    terms = ((-1) ** n * z ** (2 * n + 1) / math.factorial(n) / (2 * n + 1) for n in range(12))
    return x * (1 + 2 / math.sqrt(math.pi) * sum(terms)) / 2


def gelu_with_math(x):
    numbers = [v * (1 + math.erf(v / math.sqrt(2))) / 2 for v in x.flatten().tolist()]
    return torch.tensor(numbers).reshape(x.shape)


# --- keys and values ---


def table_filled_in(x, r, b, w):
    table = torch.zeros_like(w)
    for i, value in enumerate(w):
        score = x @ r[:, i] + b[i]
        if score > 0:
            table[i] = score * value
    return table


def table_of_as_many_rows_as_x_has_numbers(x, r, b, w):
    table = torch.zeros_like(w)
    for i in range(len(x)):
        table[i] = F.relu(x @ r[:, i] + b[i]) * w[i]
    return table


def strengths_as_python_numbers(x, r, b, w):
    return torch.stack([max(0.0, (x @ r[:, i] + b[i]).item()) * w[i] for i in range(len(b))])


def largest_first(x, r, b, w):
    table = F.relu(x @ r + b)[:, None] * w
    return table[table.norm(dim=1).argsort(descending=True)]


# --- the width of a gated network ---


def width_step_by_step(n, m):
    width = 0
    while 3 * (width + m) <= 2 * n:
        width += m
    return width


def width_that_stops_before_the_budget(n, m):
    width = 0
    while 3 * (width + m) < 2 * n:
        width += m
    return width


# --- who reaches whom ---


def reach_as_in_the_solution(layer, x):
    before, rows = layer(x), []
    for i in range(len(x)):
        changed = x.clone()
        changed[i] += torch.randn_like(changed[i])
        rows.append(((layer(changed) - before).abs() > 1e-5).any(dim=-1))
    return torch.stack(rows)


def reach_with_everything_put_back(layer, x):
    before, rows = layer(x), []
    for i in range(len(x)):
        kept = x[i].clone()
        x[i] = torch.randn(x.shape[1])
        rows.append([bool((a - b).abs().max() > 1e-5) for a, b in zip(layer(x), before, strict=True)])
        x[i] = kept
    return torch.tensor(rows)


def reach_number_by_number(layer, x):
    before, table = layer(x), torch.zeros(len(x), len(x)).bool()
    for i in range(len(x)):
        for k in range(x.shape[1]):
            other = x.clone()
            other[i, k] += 1.0
            table[i] |= ((layer(other) - before).abs() > 1e-5).any(-1)
    return table


def reach_change_upon_change(layer, x):
    before, rows, other = layer(x), [], x.clone()
    for i in range(len(x)):
        other[i] += torch.randn(x.shape[1])
        rows.append(((layer(other) - before).abs() > 1e-5).any(-1))
        before = layer(other)
    return torch.stack(rows)


def reach(change, differs=lambda a, b: ((a - b).abs() > 1e-5).any(-1)):
    """Put another vector in each place in turn."""

    def answer(layer, x):
        rows = []
        for i in range(len(x)):
            other = x.clone()
            other[i] = change(x, i)
            rows.append(differs(layer(other), layer(x)))
        return torch.stack(rows)

    return answer


def another(x, i):
    return x[i] + torch.randn(x.shape[1])


def reach_without_putting_back(layer, x):
    before, rows, other = layer(x), [], x.clone()
    for i in range(len(x)):
        other[i] += torch.randn(x.shape[1])
        rows.append(((layer(other) - before).abs() > 1e-5).any(-1))
    return torch.stack(rows)


def reach_by_slopes_of_sums(layer, x):
    x = x.clone().requires_grad_()
    slopes = [torch.autograd.grad(y.sum(), x, retain_graph=True)[0] for y in layer(x)]
    return (torch.stack(slopes).abs() > 1e-5).any(-1).T


def reach_of_one_among_zeros(layer, x):
    rows = []
    for i in range(len(x)):
        alone = torch.zeros_like(x)
        alone[i] = x[i]
        rows.append(((layer(alone) - layer(torch.zeros_like(x))).abs() > 1e-5).any(-1))
    return torch.stack(rows)


def reach_of_nan(layer, x):
    return reach(lambda x, i: torch.full((x.shape[1],), torch.nan), lambda a, b: a.isnan().any(-1))(layer, x)


# --- sinusoidal positions ---


def sinusoidal_with_numpy(n, d_model, base):
    table = np.zeros((n, d_model))
    angle = np.arange(n)[:, None] / base ** (np.arange(0, d_model, 2) / d_model)
    table[:, 0::2], table[:, 1::2] = np.sin(angle), np.cos(angle)
    return table


def sinusoidal_by_a_quarter_turn(n, d_model, base):
    number = torch.arange(d_model)
    odd = number % 2
    return torch.sin(torch.arange(n)[:, None] / base ** ((number - odd) / d_model) + odd * math.pi / 2)


def sinusoidal_row_by_row(n, d_model, base):
    pairs = range(0, d_model, 2)
    return torch.tensor([[f(p / base ** (i / d_model)) for i in pairs for f in (math.sin, math.cos)] for p in range(n)])


def waves(angle):
    """Sines at even numbers and cosines at odd ones, of this angle."""

    def answer(n, d_model, base):
        def number(p, k):
            return (math.cos if k % 2 else math.sin)(angle(p, k - k % 2, d_model, base))

        return torch.tensor([[number(p, k) for k in range(d_model)] for p in range(n)])

    return answer


def waves_of_a_tutorial(n, d_model, base):
    table = torch.zeros(n, d_model)
    for p in range(n):
        for i in range(0, d_model, 2):
            table[p, i] = math.sin(p / base ** (2 * i / d_model))
            table[p, i + 1] = math.cos(p / base ** (2 * (i + 1) / d_model))
    return table


# --- rotary positions ---


def rotate_by_matrices(x, base):
    d, rows = x.shape[-1], []
    for p in range(x.shape[2]):
        matrix = torch.zeros(d, d)
        for i in range(d // 2):
            j, a = i + d // 2, p * base ** (-2 * i / d)
            matrix[i, i] = matrix[j, j] = math.cos(a)
            matrix[i, j], matrix[j, i] = -math.sin(a), math.sin(a)
        rows.append(x[:, :, p] @ matrix.T)
    return torch.stack(rows, dim=2)


def rotate_with_einsum(x, base):
    n, d = x.shape[-2:]
    a = torch.arange(n)[:, None] * base ** (-2 * torch.arange(d // 2) / d)
    turns = torch.stack([torch.stack([a.cos(), -a.sin()], -1), torch.stack([a.sin(), a.cos()], -1)], -2)
    return torch.einsum("pirc,bhpci->bhpri", turns, x.unflatten(-1, (2, -1))).flatten(-2)


def rotate_into_a_copy(x, base):
    y, h = x.clone(), x.shape[-1] // 2
    a = torch.outer(torch.arange(x.shape[2]), torch.exp(-math.log(base) * torch.arange(h) / h))
    y[..., :h] = x[..., :h] * a.cos() - x[..., h:] * a.sin()
    y[..., h:] = x[..., :h] * a.sin() + x[..., h:] * a.cos()
    return y


def turn(angle=lambda p, i, d, base: p * base ** (-2 * i / d), move=lambda a, b, c, s: (a * c - b * s, a * s + b * c)):
    def answer(x, base):
        n, d = x.shape[-2:]
        a = angle(torch.arange(n)[:, None], torch.arange(d // 2), d, base)
        return torch.cat(move(*x.chunk(2, -1), a.cos(), a.sin()), -1)

    return answer


def turn_in_a_view(x, base):
    y, h = x.clone(), x.shape[-1] // 2
    a = torch.arange(x.shape[2])[:, None] * base ** (-torch.arange(h) / h)
    first, second = y[..., :h], y[..., h:]
    y[..., :h] = first * a.cos() - second * a.sin()
    y[..., h:] = first * a.sin() + second * a.cos()
    return y


def turn_as_one_long_text(x, base):
    return turn()(x.reshape(1, 1, -1, x.shape[-1]), base).reshape(x.shape)


# --- layer norm ---


def norm_by_var_mean(x, gain, bias, eps):
    variance, mean = torch.var_mean(x, dim=-1, keepdim=True, correction=0)
    return torch.addcmul(bias, (x - mean) * (variance + eps).rsqrt(), gain)


def norm_by_lengths(x, gain, bias, eps):
    centered = x - x.mean(-1, keepdim=True)
    return (
        centered * len(gain) ** 0.5 / (centered.norm(dim=-1, keepdim=True) ** 2 + len(gain) * eps) ** 0.5 * gain + bias
    )


def norm_with_the_axes_moved(x, gain, bias, eps):
    first = x.permute(2, 0, 1)
    centered = first - first.mean(0)
    return (centered / (centered.pow(2).mean(0) + eps) ** 0.5).permute(1, 2, 0) * gain + bias


def norm_by_groups(x, gain, bias, eps):
    return F.group_norm(x.flatten(0, 1), 1, None, None, eps).view(x.shape) * gain + bias


def norm_by_std(x, gain, bias, eps):
    std = x.std(-1, unbiased=False, keepdim=True)
    return gain * (x - x.mean(-1, keepdim=True)) / torch.sqrt(std**2 + eps) + bias


def norm(
    mean=lambda x: x.mean(-1, True),
    variance=lambda x, m: ((x - m) ** 2).mean(-1, True),
    divisor=lambda v, eps: (v + eps).sqrt(),
    finish=lambda y, gain, bias: y * gain + bias,
):
    def answer(x, gain, bias, eps):
        m = mean(x)
        return finish((x - m) / divisor(variance(x, m), eps), gain, bias)

    return answer


def norm_of_statistics_without_gradient(x, gain, bias, eps):
    with torch.no_grad():
        mean, variance = x.mean(-1, True), x.var(-1, keepdim=True, correction=0)
    return (x - mean) / (variance + eps).sqrt() * gain + bias


def norm_in_half_precision(x, gain, bias, eps):
    return F.layer_norm(x.half(), x.shape[-1:], gain.half(), bias.half(), eps).float()


def norm_written_into_x(x, gain, bias, eps):
    x -= x.mean(-1, True)
    x /= (x.pow(2).mean(-1, True) + eps).sqrt()
    return x * gain + bias


# --- the block ---


def block_text_by_text(x, attend, feed_forward, norm1, norm2):
    def one(text):
        stream = text + attend(norm1(text))
        return stream + feed_forward(norm2(stream))

    return torch.cat([one(text[None]) for text in x])


def block_of_two_sums(x, attend, feed_forward, norm1, norm2):
    written = attend(norm1(x))
    return torch.add(x, written + feed_forward(norm2(torch.add(x, written))))


def block_as_a_module(x, attend, feed_forward, norm1, norm2):
    class Block(nn.Module):
        def forward(self, x):
            x = x + attend(norm1(x))
            return x + feed_forward(norm2(x))

    return Block()(x)


def block(first=lambda x, a, n: x + a(n(x)), second=lambda h, f, n, x: h + f(n(h))):
    return lambda x, attend, feed_forward, norm1, norm2: second(first(x, attend, norm1), feed_forward, norm2, x)


def block_of_what_attention_wrote(x, attend, feed_forward, norm1, norm2):
    written = attend(norm1(x))
    return x + written + feed_forward(norm2(written))


def block_that_adds_to_a_copy_in_place(x, attend, feed_forward, norm1, norm2):
    x = x.clone()
    x += attend(norm1(x))  # the norm kept x for the way back
    return x + feed_forward(norm2(x))


def attention_without_gradient(x, attend, norm):
    with torch.no_grad():
        written = attend(norm(x))
    return x + written


# --- the logit lens ---


def lens_token_by_token(residual, final_norm, unembed):
    return torch.stack([torch.stack([unembed(final_norm(token)) for token in layer]) for layer in residual])


def lens_of_a_long_row(residual, final_norm, unembed):
    return unembed(final_norm(residual.flatten(0, 1))).unflatten(0, residual.shape[:2])


def lens_filled_in(residual, final_norm, unembed):
    logits = torch.zeros(*residual.shape[:2], unembed(residual[0]).shape[-1])
    for i in range(len(residual)):
        logits[i] = unembed(final_norm(residual[i]))
    return logits


def lens_with_a_memory(residual, final_norm, unembed, seen={}):  # noqa: B006
    if residual.shape not in seen:
        seen[residual.shape] = unembed(final_norm(residual))
    return seen[residual.shape]


# --- counts ---


def count_shapes(d_model, d_hidden):
    feed_forward = [(d_model, d_hidden), (d_hidden,), (d_hidden, d_model), (d_model,)]
    return sum(map(math.prod, feed_forward)), sum(map(math.prod, [(d_model, d_model), (d_model,)] * 4))


def count_a_layer_of_torch(d_model, d_hidden):
    sizes = {name: p.numel() for name, p in nn.TransformerEncoderLayer(d_model, 1, d_hidden).named_parameters()}
    return sum(sizes[n] for n in sizes if "linear" in n), sum(sizes[n] for n in sizes if "self_attn" in n)


def count_head_by_head(v, n, h, d, f):
    heads = h * 3 * (d * (d // h) + d // h) + d * d + d
    return v * d, n * heads, n * (d * f + f) + n * (f * d + d), sum(2 * 2 * d for _ in range(n)) + 2 * d


def count_modules(v, n, h, d, f):
    def size(module):
        return sum(p.numel() for p in module.parameters())

    feed_forward = size(nn.Sequential(nn.Linear(d, f), nn.Linear(f, d)))
    return (
        size(nn.Embedding(v, d)),
        n * 4 * size(nn.Linear(d, d)),
        n * feed_forward,
        (2 * n + 1) * size(nn.LayerNorm(d)),
    )


def counts(**changes):
    def answer(v, n, h, d, f):
        right = {"e": v * d, "a": n * (4 * d * d + 4 * d), "f": n * (2 * d * f + f + d), "m": 4 * n * d + 2 * d}
        return tuple(changes[part](v, n, h, d, f) if part in changes else right[part] for part in right)

    return answer


# --- who learns ---


def lengths(
    measure=lambda weight: weight.grad.norm().item(),
    wants=lambda name, weight: weight.requires_grad,
    loss=objectives.loss,
    zero=0.0,
):
    def answer(model, inputs, labels):
        model.zero_grad()
        loss(model(inputs), labels).backward()
        named = {name: weight for name, weight in model.named_parameters() if wants(name, weight)}
        found = {name: zero if weight.grad is None else measure(weight) for name, weight in named.items()}
        model.zero_grad()
        return found

    return answer


def lengths_by_functions(model, inputs, labels):
    model.zero_grad()
    free = {name: weight.detach() for name, weight in model.named_parameters() if weight.requires_grad}

    def loss(weights):
        return objectives.loss(torch.func.functional_call(model, weights, (inputs,)), labels)

    return {name: slope.norm().item() for name, slope in torch.func.grad(loss)(free).items()}


def lengths_by_hooks(model, inputs, labels):
    model.zero_grad()
    found = {name: 0.0 for name, weight in model.named_parameters() if weight.requires_grad}
    hooks = [
        weight.register_hook(lambda slope, name=name: found.__setitem__(name, slope.norm().item()))
        for name, weight in model.named_parameters()
        if weight.requires_grad
    ]
    objectives.loss(model(inputs), labels).backward()
    for hook in hooks:
        hook.remove()
    model.zero_grad()
    return found


def lengths_by_autograd(model, inputs, labels):
    free = {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
    slopes = torch.autograd.grad(objectives.loss(model(inputs), labels), list(free.values()), allow_unused=True)
    return {name: 0.0 if slope is None else slope.norm().item() for name, slope in zip(free, slopes, strict=True)}


def lengths_text_by_text(model, inputs, labels):
    texts = [lengths()(model, inputs[i : i + 1], labels[i : i + 1]) for i in range(len(inputs))]
    return {name: sum(text[name] for text in texts) / len(texts) for name in texts[0]}


def lengths_after_clipping(model, inputs, labels):
    def clipped(weight):
        nn.utils.clip_grad_norm_([weight], 0.1)
        return weight.grad.norm().item()

    return lengths(clipped)(model, inputs, labels)


# --- the last token ---


def last_by_scanning(hidden, is_real):
    out = torch.zeros(len(hidden), hidden.shape[2])
    for p in range(hidden.shape[1]):
        out = torch.where(is_real[:, p, None], hidden[:, p], out)
    return out


def at(places):
    return lambda hidden, is_real: hidden[torch.arange(len(hidden)), places(is_real)]


def last_by_the_side_of_the_padding(hidden, is_real):
    rows = [text[int(mask.sum()) - 1] if mask[0] else text[-1] for text, mask in zip(hidden, is_real, strict=True)]
    return torch.stack(rows)


def last_of_the_first_text(hidden, is_real):
    return hidden[:, int(is_real[0].nonzero().max())]


RIGHT = {
    "feed_forward": [feed_forward_in_place, feed_forward_by_layers, feed_forward_flat],
    "gelu": [gelu_number_by_number, gelu_on_both_sides, gelu_in_place, lambda x: x / 2 * torch.erfc(-x / math.sqrt(2))],
    "key_value_reading": [
        table_filled_in,
        lambda x, r, b, w: (w.T * (x @ r + b).clamp_min(0)).T,
        lambda x, r, b, w: torch.where((s := F.linear(x, r.T, b)) > 0, s, 0.0).unsqueeze(1).mul(w),
    ],
    "swiglu_width": [
        width_step_by_step,
        lambda n, m: int(Fraction(2, 3) * n // m) * m,
        lambda n, m: np.int64(np.floor(2 * n / 3 / m) * m),
        lambda n, m: np.float32(2 * n // 3 // m * m),
        lambda n, m: (w := 2 * n // 3) - w % m,
    ],
    "per_position": [
        reach_as_in_the_solution,
        reach_with_everything_put_back,
        reach_number_by_number,
        reach_change_upon_change,
        reach(lambda x, i: torch.zeros(x.shape[1])),
        reach(lambda x, i: 5 * torch.randn(x.shape[1])),
    ],
    "sinusoidal": [sinusoidal_with_numpy, sinusoidal_by_a_quarter_turn, sinusoidal_row_by_row],
    "rotate": [rotate_by_matrices, rotate_with_einsum, rotate_into_a_copy],
    "layer_norm": [norm_by_var_mean, norm_by_lengths, norm_with_the_axes_moved, norm_by_groups, norm_by_std],
    "block": [block_text_by_text, block_of_two_sums, block_as_a_module],
    "logit_lens": [lens_token_by_token, lens_of_a_long_row, lens_filled_in],
    "count_ffn_parameters": [
        count_shapes,
        count_a_layer_of_torch,
        lambda d, h: [np.float32(d * (h + 1) + h * (d + 1)), torch.tensor(4 * d * (d + 1))],
    ],
    "count_parameters": [count_head_by_head, count_modules, lambda *sizes: tuple(map(np.float32, counts()(*sizes)))],
    "gradient_norms": [
        lengths_by_functions,
        lengths_by_hooks,
        lengths(lambda weight: np.float32(np.linalg.norm(weight.grad.numpy()))),
        lengths(lambda weight: weight.grad.norm(), zero=torch.tensor(0.0)),
    ],
    "last_token": [
        last_by_scanning,
        at(lambda is_real: is_real.long().cumsum(1).argmax(1)),
        at(lambda is_real: is_real.int().argmax(1) + is_real.sum(1) - 1),
    ],
}

WRONG = {
    "feed_forward": [
        (("unrecognized",), lambda x, r, b, w, c: F.gelu((x @ r + b).clamp(-10, 10)) @ w + c),
        (
            ("unrecognized",),
            lambda x, r, b, w, c: F.gelu(x @ r[:, : 4 * len(c)] + b[: 4 * len(c)]) @ w[: 4 * len(c)] + c,
        ),
        (("another-gradient",), lambda x, r, b, w, c: F.gelu(x @ r.data + b) @ w + c),
        (("another-gradient",), lambda x, r, b, w, c: ((h := x @ r + b) * torch.special.ndtr(h.detach())) @ w + c),
        (("another-gradient",), hidden_without_gradient),
        (("unrecognized",), lambda x, r, b, w, c: (F.gelu(x @ r) + b) @ w + c),
        (("unrecognized",), lambda x, r, b, w, c: F.gelu(F.gelu(x @ r + b)) @ w + c),
        (("unrecognized",), lambda x, r, b, w, c: F.silu(x @ r + b) @ w + c),
        (("tokens-meet", "unrecognized"), lambda x, r, b, w, c: (F.gelu(x[0] @ r + b) @ w + c).expand_as(x)),
        (
            ("not-a-sum-over-neurons", "unrecognized"),
            lambda x, r, b, w, c: (F.gelu(x.half() @ r.half() + b.half()) @ w.half() + c.half()).float(),
        ),
        (("not-a-sum-over-neurons", "unrecognized"), last_neuron_missed),
        (("unrecognized",), write_bias_once_a_neuron),
    ],
    "gelu": [
        (("half-forgotten",), lambda x: x * (1 + torch.erf(x / math.sqrt(2)))),
        (("unrecognized",), lambda x: x * (1 + torch.erf(x / 2)) / 2),
        (("wrong-far-from-0", "sides-do-not-match", "unrecognized"), lambda x: (x + torch.erf(x / math.sqrt(2))) / 2),
        (("unrecognized",), lambda x: torch.where(x.abs() > 3.3, F.relu(x), F.gelu(x))),
        (("wrong-far-from-0",), lambda x: x.clamp(-10, 10) * torch.special.ndtr(x)),
        (("wrong-far-from-0", "unrecognized"), lambda x: x * torch.special.ndtr((x - x.mean()) / x.std())),
        (("remembers",), lambda x: x * torch.bernoulli(torch.special.ndtr(x))),
        (("unrecognized",), gelu_by_strips),
        (("not-finite", "unrecognized"), gelu_by_a_series),
        (("no-gradient",), gelu_with_math),
        (("another-gradient",), share_without_gradient),
    ],
    "key_value_reading": [
        (("another-gradient",), strengths_as_python_numbers),
        (("another-gradient",), lambda x, r, b, w: F.relu(x @ r + b)[:, None] * w.data),
        (("does-not-add-up", "unrecognized"), lambda x, r, b, w: F.relu6(x @ r + b)[:, None] * w),
        (("gelu-for-relu",), lambda x, r, b, w: F.gelu(x @ r + b)[:, None] * w),
        (
            ("does-not-add-up", "silent-neurons-write", "unrecognized"),
            lambda x, r, b, w: F.relu((x @ r + b)[:, None] * w),
        ),
        (
            ("does-not-add-up", "silent-neurons-write", "unrecognized"),
            lambda x, r, b, w: (F.relu(x @ r) + b)[:, None] * w,
        ),
        (("does-not-add-up", "unrecognized"), lambda x, r, b, w: F.relu(x @ r + b)[:, None] * F.normalize(w, dim=1)),
        (
            ("does-not-add-up", "silent-neurons-write", "unrecognized"),
            lambda x, r, b, w: F.relu(x @ w.T + b)[:, None] * r.T,
        ),
        (("does-not-add-up", "unrecognized"), table_of_as_many_rows_as_x_has_numbers),
        (("silent-neurons-write", "unrecognized"), largest_first),
    ],
    "swiglu_width": [
        (("budget-missed", "unrecognized"), width_that_stops_before_the_budget),
        (("rounded-up",), lambda n, m: m * ((2 * n // 3 + m - 1) // m)),
        (("budget-missed", "unrecognized"), lambda n, m: int(0.667 * n) // m * m),
        (("budget-missed",), lambda n, m: int(0.6667 * n) // m * m),
        (("budget-missed", "unrecognized"), lambda n, m: max(m, 2 * n // 3 // m * m)),
        (("budget-missed",), lambda n, m: n // 3 * 2 // m * m),
        (("unrecognized",), lambda n, m: 2 * n // 3 & ~(m - 1)),
        (("budget-missed", "unrecognized"), lambda n, m: n // m * 2 // 3 * m),
        (("raises",), lambda n, m: max(w for w in range(m, n, m) if 3 * w <= 2 * n)),
    ],
    "per_position": [
        (("any-difference",), reach(another, lambda a, b: (a != b).any(-1))),
        (
            ("any-difference",),
            reach(another, lambda a, b: torch.tensor([not torch.allclose(p, q) for p, q in zip(a, b, strict=True)])),
        ),
        (("unrecognized",), reach(another, lambda a, b: ((a - b).abs() > 0.1).any(-1))),
        (
            ("only-upwards",),
            reach(lambda x, i: x[i] + 1 + torch.arange(x.shape[1]), lambda a, b: (a - b > 1e-5).any(-1)),
        ),
        (("numbers-added-up",), reach(another, lambda a, b: (a - b).mean(-1).abs() > 1e-5)),
        (("unrecognized",), reach(another, lambda a, b: (a.norm(dim=-1) - b.norm(dim=-1)).abs() > 1e-5)),
        (("only-stretched",), reach(lambda x, i: 2 * x[i])),
        (("unrecognized",), reach(lambda x, i: x[i - 1])),
        (("identity-not-diagonal", "looking-back-not-seen", "unrecognized"), reach_without_putting_back),
        (("numbers-added-up",), reach_by_slopes_of_sums),
        (("unrecognized",), reach_of_one_among_zeros),
        (("looking-back-not-seen", "unrecognized"), reach_of_nan),
    ],
    "sinusoidal": [
        (("no-pairs", "exponent-doubled"), waves_of_a_tutorial),
        (("exponent-doubled",), waves(lambda p, i, d, base: p / base ** (2 * i / d))),
        (("base-written-in",), waves(lambda p, i, d, base: p / 10000 ** (i / d))),
        (("same-frequency-for-all",), waves(lambda p, i, d, base: p / base ** (i // d))),
        (("unrecognized",), waves(lambda p, i, d, base: p / int(base) ** (i / d))),
        (("distance-is-not-all", "unrecognized"), waves(lambda p, i, d, base: p % 16 / base ** (i / d))),
        (("not-slower-and-slower", "unrecognized"), waves(lambda p, i, d, base: 2 * math.pi * p / base ** (i / d))),
        (("unrecognized",), waves(lambda p, i, d, base: p / base ** (i / max(d - 2, 1)))),
    ],
    "rotate": [
        (("first-half-overwritten",), turn_in_a_view),
        (("first-is-turned", "unrecognized"), turn_as_one_long_text),
        (("exponent-doubled",), turn(lambda p, i, d, base: p * base ** (-4 * i / d))),
        (("base-written-in",), turn(lambda p, i, d, base: p * 10000 ** (-2 * i / d))),
        (("unrecognized",), turn(lambda p, i, d, base: p % 8 * base ** (-2 * i / d))),
        (("unrecognized",), turn(lambda p, i, d, base: p * base ** (-2 * (i + 1) / d))),
        (("another-gradient",), turn(move=lambda a, b, c, s: (a * c - b.detach() * s, a * s + b * c))),
        (("first-is-turned", "unrecognized"), turn(move=lambda a, b, c, s: (a * s + b * c, a * c - b * s))),
    ],
    "layer_norm": [
        (("difference-of-squares",), norm(variance=lambda x, m: (x**2).mean(-1, True) - m**2)),
        (("eps-as-a-limit",), norm(divisor=lambda v, eps: v.clamp(min=eps).sqrt())),
        (("unrecognized",), norm(divisor=lambda v, eps: v.sqrt().clamp(min=eps))),
        (("eps-written-in",), norm(divisor=lambda v, eps: (v + 1e-5).sqrt())),
        (("another-gradient",), norm(divisor=lambda v, eps: (v + eps).sqrt().detach())),
        (("unrecognized",), norm(finish=lambda y, gain, bias: y.clamp(-3, 3) * gain + bias)),
        (("another-gradient",), norm(finish=lambda y, gain, bias: y * gain.data + bias)),
        (("not-mean-0-and-spread-1", "unrecognized"), norm(mean=lambda x: x.median(-1, keepdim=True)[0])),
        (("another-gradient",), norm_of_statistics_without_gradient),
        (("level-matters", "unrecognized"), norm_in_half_precision),
        (("changed-inputs", "no-gradient"), norm_written_into_x),
    ],
    "block": [
        (("feed-forward-reads-attention-only",), block_of_what_attention_wrote),
        (("no-gradient",), block_that_adds_to_a_copy_in_place),
        (("attention-not-kept",), block(second=lambda h, f, n, x: x + f(n(h)))),
        (
            ("attention-replaces-the-stream", "attention-not-kept"),
            block(first=lambda x, a, n: a(n(x)), second=lambda h, f, n, x: x + f(n(h))),
        ),
        (
            ("stream-does-not-pass", "parts-do-not-follow", "unrecognized"),
            block(second=lambda h, f, n, x: n(h + f(n(h)))),
        ),
        (("another-gradient",), block(first=attention_without_gradient)),
        (("another-gradient",), block(first=lambda x, a, n: x.detach() + a(n(x)))),
        (("another-gradient",), block(second=lambda h, f, n, x: h + f(n(h.detach())))),
        (
            ("stream-does-not-pass", "parts-do-not-follow", "unrecognized"),
            block(second=lambda h, f, n, x: (h + f(n(h))).clamp(-10, 10)),
        ),
        (
            ("stream-does-not-pass", "parts-do-not-follow", "unrecognized"),
            block(first=lambda x, a, n: (x + a(n(x))) / 2),
        ),
    ],
    "logit_lens": [
        (
            ("last-layer-is-not-the-model", "unrecognized"),
            lambda r, norm, unembed: torch.cat([unembed(norm(r[:-1])), unembed(r[-1:])]),
        ),
        (("last-layer-is-not-the-model", "unrecognized"), lambda r, norm, unembed: unembed(norm(norm(r)))),
        (("last-layer-is-not-the-model", "unrecognized"), lambda r, norm, unembed: unembed(norm(r.clamp(-20, 20)))),
        (("last-layer-is-not-the-model", "unrecognized"), lambda r, norm, unembed: unembed(norm(r)).clamp(-5, 5)),
        (("no-gradient",), lambda r, norm, unembed: unembed(norm(r.detach()))),
        (
            ("last-layer-is-not-the-model", "unrecognized"),
            lambda r, norm, unembed: unembed(F.layer_norm(r, r.shape[-1:])),
        ),
        (
            ("last-layer-is-not-the-model", "unrecognized"),
            lambda r, norm, unembed: (logits := unembed(norm(r))) - logits.amax(-1, keepdim=True),
        ),
        (("layers-mix", "no-gradient"), lens_with_a_memory),
    ],
    "count_ffn_parameters": [
        (("unrecognized",), lambda d, h: (2 * d * h + d + h, 4 * d * d + 3 * d)),
        (("output-projection-forgotten",), lambda d, h: (2 * d * h + d + h, 3 * d * d + 3 * d)),
        (("neurons-do-not-add-up", "unrecognized"), lambda d, h: (4 * d * d + 4 * d, 2 * d * h + d + h)),
        (("neurons-do-not-add-up", "unrecognized"), lambda d, h: (2 * d * h + 2 * d, 4 * d * d + 4 * d)),
        (("unrecognized",), lambda d, h: (2 * d * h + d + h + 2 * d, 4 * d * d + 4 * d)),
        (("neurons-do-not-add-up",), lambda d, h: (2 * d * max(h, 2 * d) + max(h, 2 * d) + d, 4 * d * d + 4 * d)),
        (("wrong-type",), lambda d, h: 2 * d * h + d + h + 4 * d * d + 4 * d),
    ],
    "count_parameters": [
        (("unrecognized",), counts(e=lambda v, n, h, d, f: v * d + v)),
        (("unrecognized",), counts(a=lambda v, n, h, d, f: n * (4 * d * d + 3 * d))),
        (("unrecognized",), counts(f=lambda v, n, h, d, f: n * (2 * d * f + 2 * d))),
        (("unrecognized",), counts(m=lambda v, n, h, d, f: 4 * d + 2 * d)),
        (("unrecognized",), counts(m=lambda v, n, h, d, f: 4 * n * d + d)),
        (
            ("heads-change-the-count", "not-two-thirds", "unrecognized"),
            counts(a=lambda v, n, h, d, f: n * (4 * d * (d // h) + 4 * (d // h))),
        ),
        (
            ("not-in-step-with-the-layers", "not-two-thirds", "unrecognized"),
            counts(a=lambda v, n, h, d, f: 4 * d * d + 4 * d),
        ),
    ],
    "gradient_norms": [
        (("gradients-left",), lengths_by_autograd),
        (("unrecognized",), lengths_text_by_text),
        (("unrecognized",), lengths_after_clipping),
        (("unrecognized",), lengths(lambda weight: torch.linalg.norm(weight.grad, 2).item())),
        (("not-finite", "unrecognized"), lengths(zero=math.nan)),
        (
            ("other-names", "unrecognized"),
            lengths(wants=lambda name, weight: weight.requires_grad and name.endswith("weight")),
        ),
        (("unrecognized",), lengths(loss=lambda logits, labels: objectives.loss(logits.softmax(-1), labels))),
    ],
    "last_token": [
        (("padding-matters", "unrecognized"), last_by_the_side_of_the_padding),
        (("padding-matters", "unrecognized"), at(lambda is_real: (~is_real).int().argmax(1) - 1)),
        (("padding-matters", "unrecognized"), at(lambda is_real: is_real.shape[1] - is_real.sum(1))),
        (("padding-matters", "unrecognized"), last_of_the_first_text),
        (
            ("not-one-token", "unrecognized"),
            lambda hidden, is_real: hidden.masked_fill(~is_real[..., None], -torch.inf).amax(1),
        ),
        (("wrong-shape",), lambda hidden, is_real: last_by_scanning(hidden, is_real).squeeze()),
        (("no-gradient",), lambda hidden, is_real: last_by_scanning(hidden.detach(), is_real)),
    ],
}


def cases(answers):
    return [(exercise, answer) for exercise, several in answers.items() for answer in several]


@pytest.mark.parametrize(("exercise", "answer"), cases(RIGHT))
def test_a_right_answer_in_another_style_passes_whatever_is_drawn(exercise, answer):
    for seed in SEEDS:
        report = getattr(check, exercise)(answer, seed)
        assert report.ok, str(report)


@pytest.mark.parametrize(("exercise", "wrong"), cases(WRONG))
def test_a_wrong_answer_is_refused_and_told_no_false_cause(exercise, wrong):
    codes, answer = wrong
    assert getattr(check, exercise)(answer).codes == codes
