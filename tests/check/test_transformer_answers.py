"""Right and wrong answers to the exercises about the transformer, as students write them."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lmkit import check
from lmkit.model.positions import Rotary
from lmkit.model.transformer import Transformer, TransformerConfig


def layer_norm_by_module(x, gain, bias, eps):
    norm = nn.LayerNorm(x.shape[-1], eps=eps)
    return torch.func.functional_call(norm, {"weight": gain, "bias": bias}, x)


def layer_norm_token_by_token(x, gain, bias, eps):
    def one(token):
        centered = token - sum(token) / len(token)
        return gain * centered / (sum(centered**2) / len(token) + eps) ** 0.5 + bias

    return torch.stack([torch.stack([one(token) for token in text]) for text in x])


def layer_norm_by_moments(x, gain, bias, eps):
    mean, square = x.mean(-1, keepdim=True), (x**2).mean(-1, keepdim=True)
    return (x - mean) * torch.rsqrt(square - mean**2 + eps) * gain + bias


@pytest.mark.parametrize(
    "answer",
    [
        lambda x, gain, bias, eps: F.layer_norm(x, x.shape[-1:], gain, bias, eps),
        layer_norm_by_module,
        layer_norm_token_by_token,
    ],
)
def test_layer_norm_in_other_words_passes(answer):
    report = check.layer_norm(answer)
    assert report.ok, str(report)


def rotate_by_complex_numbers(x, base):
    first, second = x.chunk(2, dim=-1)
    steps = base ** -torch.arange(0, 1, 2 / x.shape[-1])
    angle = torch.outer(torch.arange(x.shape[-2]).float(), steps)
    turned = torch.complex(first, second) * torch.polar(torch.ones_like(angle), angle)
    return torch.cat([turned.real, turned.imag], dim=-1)


def rotate_half_as_in_llama(x, base):
    d = x.shape[-1]
    inverse = 1.0 / (base ** (torch.arange(0, d, 2).float() / d))
    angle = torch.einsum("p,i->pi", torch.arange(x.shape[-2]).float(), inverse).repeat(1, 2)
    half = torch.cat((-x[..., d // 2 :], x[..., : d // 2]), dim=-1)
    return x * angle.cos() + half * angle.sin()


def rotate_by_loops(x, base):
    y, d = x.clone(), x.shape[-1]
    for p in range(x.shape[-2]):
        for i in range(d // 2):
            j, angle = i + d // 2, p / base ** (2 * i / d)
            y[..., p, i] = x[..., p, i] * math.cos(angle) - x[..., p, j] * math.sin(angle)
            y[..., p, j] = x[..., p, i] * math.sin(angle) + x[..., p, j] * math.cos(angle)
    return y


@pytest.mark.parametrize(
    "answer",
    [
        rotate_by_complex_numbers,
        rotate_half_as_in_llama,
        rotate_by_loops,
        lambda x, base: Rotary(x.shape[-1], base)(x),
    ],
)
def test_turning_by_position_in_other_words_passes(answer):
    report = check.rotate(answer)
    assert report.ok, str(report)


def block_in_one_line(x, attend, feed_forward, norm1, norm2):
    return (h := x + attend(norm1(x))) + feed_forward(norm2(h))


def block_step_by_step(x, attend, feed_forward, norm1, norm2):
    for norm, part in ((norm1, attend), (norm2, feed_forward)):
        normed = norm(x)
        x = part(normed) + x
    return x


@pytest.mark.parametrize("answer", [block_in_one_line, block_step_by_step])
def test_a_block_in_other_words_passes(answer):
    report = check.block(answer)
    assert report.ok, str(report)


def test_a_block_that_adds_in_place_is_told_that_it_changes_its_input():
    def answer(x, attend, feed_forward, norm1, norm2):
        x += attend(norm1(x))
        x += feed_forward(norm2(x))
        return x

    assert check.block(answer).codes == ("changed-inputs", "no-gradient")  # torch refuses to go back through it


@pytest.mark.parametrize(
    "answer",
    [
        lambda residual, final_norm, unembed: unembed(final_norm(residual)),
        lambda residual, final_norm, unembed: torch.stack([unembed(final_norm(x)) for x in residual]),
    ],
)
def test_a_logit_lens_in_other_words_passes(answer):
    report = check.logit_lens(answer)
    assert report.ok, str(report)


def layer_norm(dim=-1, unbiased=False, divide=None, finish=None, center=True):
    def answer(x, gain, bias, eps):
        mean = x.mean(dim, keepdim=True)
        variance = x.var(dim, keepdim=True, unbiased=unbiased)
        y = (x - mean if center else x) / (divide(variance, eps) if divide else torch.sqrt(variance + eps))
        return finish(y, gain, bias) if finish else gain * y + bias

    return answer


def rms_norm(x, gain, bias, eps):
    return F.rms_norm(x, x.shape[-1:], gain, eps) + bias


def batch_norm(x, gain, bias, eps):
    shape = x.shape
    return F.batch_norm(x.flatten(1), None, None, training=True, eps=eps).view(shape) * gain + bias


NORMS = {
    "over-the-positions": layer_norm(dim=1),
    "over-the-batch": batch_norm,
    "over-the-whole-text": lambda x, gain, bias, eps: F.layer_norm(x, x.shape[1:], eps=eps) * gain + bias,
    "rms-norm": rms_norm,
    "mean-kept": layer_norm(center=False),
    "difference-of-squares": layer_norm_by_moments,
    "unbiased-variance": layer_norm(unbiased=True),
    "eps-outside-the-root": layer_norm(divide=lambda v, eps: v.sqrt() + eps),
    "eps-forgotten": layer_norm(divide=lambda v, eps: v**0.5),
    "divided-by-variance": layer_norm(divide=lambda v, eps: v + eps),
    "gain-forgotten": lambda x, gain, bias, eps: F.layer_norm(x, x.shape[-1:], None, bias, eps),
    "bias-forgotten": lambda x, gain, bias, eps: F.layer_norm(x, x.shape[-1:], gain, None, eps),
    "gain-and-bias-first": lambda x, gain, bias, eps: F.layer_norm(gain * x + bias, x.shape[-1:], eps=eps),
    "shifted-then-stretched": layer_norm(finish=lambda y, gain, bias: gain * (y + bias)),
}


@pytest.mark.parametrize("code", NORMS)
def test_a_wrong_layer_norm_is_diagnosed(code):
    assert check.layer_norm(NORMS[code]).codes == (code,)


def test_a_layer_norm_with_torch_std_is_diagnosed_as_two_mistakes():
    """As in the Annotated Transformer."""

    def answer(x, gain, bias, eps):
        return gain * (x - x.mean(-1, keepdim=True)) / (x.std(-1, keepdim=True) + eps) + bias

    assert check.layer_norm(answer).codes == ("unbiased-variance", "eps-outside-the-root")


def rotate(start=0, step=2, sign=1, exponent=-1, axis=-2):
    def answer(x, base):
        d = x.shape[-1]
        theta = base ** (exponent * torch.arange(d // 2) * step / d)
        angle = sign * (torch.arange(x.shape[axis]) + start)[:, None] * theta
        cos, sin = angle.cos(), angle.sin()
        if axis == 1:
            cos, sin = cos[:, None], sin[:, None]
        a, b = x[..., : d // 2], x[..., d // 2 :]
        return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)

    return answer


def rotate_neighbors(x, base):
    """As in the article and in GPT-J."""
    d = x.shape[-1]
    angle = torch.arange(x.shape[-2])[:, None] * base ** (-2 * torch.arange(d // 2) / d)
    turned = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous()) * torch.exp(1j * angle)
    return torch.view_as_real(turned).flatten(-2)


def rotate_with_two_plus_signs(x, base):
    d = x.shape[-1]
    angle = torch.arange(x.shape[-2])[:, None] * base ** (-2 * torch.arange(d // 2) / d)
    a, b = x.chunk(2, -1)
    return torch.cat([a * angle.cos() + b * angle.sin(), a * angle.sin() + b * angle.cos()], -1)


def rotate_without_meeting(x, base):
    d = x.shape[-1]
    angle = torch.arange(x.shape[-2])[:, None] * base ** (-2 * torch.arange(d // 2) / d)
    return x * torch.cat([angle.cos(), angle.sin()], -1)


TURNS = {
    "neighbors-paired": rotate_neighbors,
    "starts-at-1": rotate(start=1),
    "positions-of-the-heads": rotate(axis=1),
    "same-angle-for-all": rotate(exponent=0),
    "exponent-without-the-2": rotate(step=1),
    "frequencies-rise": rotate(exponent=1),
    "turned-backwards": rotate(sign=-1),
    "no-minus": rotate_with_two_plus_signs,
    "halves-dealt-like-cards": lambda x, base: rotate()(x, base).unflatten(-1, (2, -1)).mT.flatten(-2),
    "halves-scaled-apart": rotate_without_meeting,
}


@pytest.mark.parametrize("code", TURNS)
def test_a_wrong_turn_is_diagnosed(code):
    assert check.rotate(TURNS[code]).codes == (code,)


def block_with_two_lost_streams(x, attend, feed_forward, norm1, norm2):
    x = norm1(x)
    x = x + attend(x)
    x = norm2(x)
    return x + feed_forward(x)


def block_norms_last(x, attend, feed_forward, norm1, norm2):
    x = norm1(x + attend(x))
    return norm2(x + feed_forward(x))


def block_side_by_side(x, attend, feed_forward, norm1, norm2):
    return x + attend(norm1(x)) + feed_forward(norm2(x))


def block_with_norms_outside(x, attend, feed_forward, norm1, norm2):
    x = x + norm1(attend(x))
    return x + norm2(feed_forward(x))


def block_feed_forward_first(x, attend, feed_forward, norm1, norm2):
    x = x + feed_forward(norm2(x))
    return x + attend(norm1(x))


def block_whose_attention_replaces(x, attend, feed_forward, norm1, norm2):
    x = attend(norm1(x))
    return x + feed_forward(norm2(x))


def block_whose_feed_forward_replaces(x, attend, feed_forward, norm1, norm2):
    x = x + attend(norm1(x))
    return feed_forward(norm2(x))


BLOCKS = {
    "norms-last": block_norms_last,
    "norm-of-what-is-written": block_with_norms_outside,
    "added-to-the-normed-stream": block_with_two_lost_streams,
    "stream-added-twice": lambda x, a, f, n, m: 2 * (h := 2 * x + a(n(x))) + f(m(h)),
    "attention-replaces-the-stream": block_whose_attention_replaces,
    "feed-forward-replaces-the-stream": block_whose_feed_forward_replaces,
    "norm1-forgotten": lambda x, a, f, n, m: (h := x + a(x)) + f(m(h)),
    "norm2-forgotten": lambda x, a, f, n, m: (h := x + a(n(x))) + f(h),
    "norm1-for-both": lambda x, a, f, n, m: (h := x + a(n(x))) + f(n(h)),
    "feed-forward-reads-the-old-stream": block_side_by_side,
    "feed-forward-first": block_feed_forward_first,
}


@pytest.mark.parametrize("code", BLOCKS)
def test_a_wrong_block_is_diagnosed(code):
    assert check.block(BLOCKS[code]).codes == (code,)


def test_a_block_without_any_residual_is_diagnosed_as_two_mistakes():
    report = check.block(lambda x, a, f, n, m: f(m(a(n(x)))))
    assert report.codes == ("attention-replaces-the-stream", "feed-forward-replaces-the-stream")


def test_a_block_without_any_norm_is_diagnosed_as_two_mistakes():
    report = check.block(lambda x, a, f, n, m: (h := x + a(x)) + f(h))
    assert report.codes == ("norm1-forgotten", "norm2-forgotten")


def lens_of_steps(residual, final_norm, unembed):
    added = [residual[0]] + [after - before for before, after in zip(residual, residual[1:], strict=False)]
    return torch.stack([unembed(final_norm(x)) for x in added])


LENSES = {
    "norm-forgotten": lambda r, norm, unembed: unembed(r),
    "norm-for-the-last-layer-only": lambda r, norm, unembed: torch.stack(
        [unembed(norm(x) if i == len(r) - 1 else x) for i, x in enumerate(r)]
    ),
    "steps-instead-of-the-stream": lens_of_steps,
    "layers-summed": lambda r, norm, unembed: torch.stack([unembed(norm(r[: i + 1].sum(0))) for i in range(len(r))]),
    "embedding-left-out": lambda r, norm, unembed: unembed(norm(r[1:])),
    "last-layer-only": lambda r, norm, unembed: unembed(norm(r[-1])),
    "last-position-only": lambda r, norm, unembed: unembed(norm(r[:, -1])),
    "probabilities": lambda r, norm, unembed: unembed(norm(r)).softmax(-1),
    "log-probabilities": lambda r, norm, unembed: F.log_softmax(unembed(norm(r)), -1),
}


@pytest.mark.parametrize("code", LENSES)
def test_a_wrong_logit_lens_is_diagnosed(code):
    assert check.logit_lens(LENSES[code]).codes == (code,)


def sinusoidal_as_in_a_well_known_tutorial(n, d_model, base):
    table = torch.zeros(n, d_model)
    position = torch.arange(0, n, dtype=torch.float).unsqueeze(1)
    divide = torch.exp(torch.arange(0, d_model, 2).float() * (-math.log(base) / d_model))
    table[:, 0::2] = torch.sin(position * divide)
    table[:, 1::2] = torch.cos(position * divide)
    return table


def sinusoidal_by_loops(n, d_model, base):
    def number(p, j):
        angle = p / base ** (2 * (j // 2) / d_model)
        return math.cos(angle) if j % 2 else math.sin(angle)

    return torch.tensor([[number(p, j) for j in range(d_model)] for p in range(n)])


def sinusoidal_by_turning(n, d_model, base):
    steps = base ** -torch.arange(0, 1, 2 / d_model)
    turned = torch.exp(1j * torch.outer(torch.arange(n).float(), steps))
    return torch.stack([turned.imag, turned.real], dim=-1).flatten(1)


@pytest.mark.parametrize(
    "answer", [sinusoidal_as_in_a_well_known_tutorial, sinusoidal_by_loops, sinusoidal_by_turning]
)
def test_sinusoidal_positions_in_other_words_pass(answer):
    report = check.sinusoidal(answer)
    assert report.ok, str(report)


def sinusoidal(start=0, first=torch.sin, second=torch.cos, exponents=None, sign=-1, join=None):
    def answer(n, d_model, base):
        position = torch.arange(start, start + n)[:, None]
        i = torch.arange(d_model // 2)
        one, two = exponents(i, d_model) if exponents else (2 * i / d_model, 2 * i / d_model)
        table = torch.empty(n, d_model)
        table[:, ::2] = first(position * base ** (sign * one))
        table[:, 1::2] = second(position * base ** (sign * two))
        return join(table) if join else table

    return answer


WAVES = {
    "axes-swapped": sinusoidal(join=torch.t),
    "starts-at-1": sinusoidal(start=1),
    "sines-then-cosines": sinusoidal(join=lambda table: torch.cat([table[:, ::2], table[:, 1::2]], -1)),
    "cosines-first": sinusoidal(first=torch.cos, second=torch.sin),
    "sines-only": sinusoidal(second=torch.sin),
    "no-pairs": sinusoidal(exponents=lambda i, d: (2 * i / d, (2 * i + 1) / d)),
    "exponent-without-the-2": sinusoidal(exponents=lambda i, d: (i / d, i / d)),
    "frequencies-rise": sinusoidal(sign=1),
    "same-frequency-for-all": sinusoidal(sign=0),
}


@pytest.mark.parametrize("code", WAVES)
def test_wrong_waves_are_diagnosed(code):
    assert check.sinusoidal(WAVES[code]).codes == (code,)


def count_by_building(vocab_size, n_layers, n_heads, d_model, d_hidden):
    """Heads change no count, so a model with a single one will do, of learned positions that are left out."""
    config = TransformerConfig(
        vocab_size=vocab_size,
        n_layers=n_layers,
        n_heads=1,
        d_model=d_model,
        d_hidden=d_hidden,
        positions="learned",
        max_positions=1,
    )
    sizes = {name: parameter.numel() for name, parameter in Transformer(config).named_parameters()}

    def total(part):
        return sum(size for name, size in sizes.items() if part in f".{name}" and ".positions." not in f".{name}")

    return total(".embed."), total(".attention."), total(".feed_forward."), total("norm.")


def count_by_formula(vocab_size, n_layers, n_heads, d_model, d_hidden):
    attention = 4 * (d_model + 1) * d_model
    feed_forward = (d_model + 1) * d_hidden + (d_hidden + 1) * d_model
    return vocab_size * d_model, n_layers * attention, n_layers * feed_forward, 4 * n_layers * d_model + 2 * d_model


@pytest.mark.parametrize("answer", [count_by_building, count_by_formula])
def test_counting_parameters_in_other_words_passes(answer):
    report = check.count_parameters(answer)
    assert report.ok, str(report)


def counted(**changes):
    """The right counts, one of them changed."""

    def answer(v, n, h, d, f):
        parts = {
            "embedding": v * d,
            "attention": n * (4 * d * d + 4 * d),
            "feed_forward": n * (2 * d * f + f + d),
            "norms": 4 * n * d + 2 * d,
        }
        return tuple({**parts, **{name: change(v, n, h, d, f) for name, change in changes.items()}}.values())

    return answer


COUNTS = {
    "unembedding-counted-again": counted(embedding=lambda v, n, h, d, f: 2 * v * d),
    "one-block-only": lambda v, n, h, d, f: counted()(v, 1, h, d, f),
    "every-head-full-width": counted(attention=lambda v, n, h, d, f: n * h * (4 * d * d + 4 * d)),
    "output-projection-forgotten": counted(attention=lambda v, n, h, d, f: 3 * n * d * (d + 1)),
    "biases-forgotten": counted(
        attention=lambda v, n, h, d, f: 4 * n * d**2, feed_forward=lambda v, n, h, d, f: 2 * n * d * f
    ),
    "four-times-assumed": counted(feed_forward=lambda v, n, h, d, f: n * (8 * d * d + 5 * d)),
    "no-wider-inside": counted(feed_forward=lambda v, n, h, d, f: n * (2 * d * d + 2 * d)),
    "reading-only": counted(feed_forward=lambda v, n, h, d, f: n * (d * f + f)),
    "last-norm-forgotten": counted(norms=lambda v, n, h, d, f: 4 * n * d),
    "one-norm-a-block": counted(norms=lambda v, n, h, d, f: 2 * n * d + 2 * d),
    "norms-without-bias": counted(norms=lambda v, n, h, d, f: 2 * n * d + d),
}


@pytest.mark.parametrize("code", COUNTS)
def test_wrong_counts_are_diagnosed(code):
    assert check.count_parameters(COUNTS[code]).codes == (code,)
