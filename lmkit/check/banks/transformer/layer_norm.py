"""Exercise: give every token's vector mean 0 and spread 1, then stretch and shift it as the model has learned.

Check `layer_norm(x, gain, bias, eps) -> output`: (x - mean) / √(variance + eps) · gain + bias.

`x` has the axes [batch, position, d_model], `gain` and `bias` [d_model]. Mean and variance are those of one
token; the variance divides by d_model.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, close, hides, mistake, truth

Stream = Float[Tensor, "batch position d_model"]
Vector = Float[Tensor, "d_model"]


def stretch_then_shift(x: Stream, gain: Vector, bias: Vector) -> Stream:
    """The right order."""
    return x * gain + bias


def mean_of_squares(x: Stream, around: Tensor, axis: int | tuple[int, ...]) -> Tensor:
    """The right variance: how far the numbers are from `around`, squared, on average."""
    return (x - around).square().mean(dim=axis, keepdim=True)


def difference_of_squares(x: Stream, around: Tensor, axis: int | tuple[int, ...]) -> Tensor:
    """The same on paper, where `around` is the mean."""
    return x.square().mean(dim=axis, keepdim=True) - around.square()


def normalize(
    x: Stream,
    gain: Vector,
    bias: Vector,
    eps: float,
    *,
    axis: int | tuple[int, ...] = -1,
    subtracted: Callable = lambda mean: mean,
    measured_from: Callable = lambda mean: mean,
    spread: Callable = mean_of_squares,
    correction: int = 0,
    divisor: Callable = lambda variance, eps: (variance + eps).sqrt(),
    gain_used: Callable = lambda gain: gain,
    bias_used: Callable = lambda bias: bias,
    before: Callable = lambda x, gain, bias: x,
    after: Callable = stretch_then_shift,
) -> Stream:
    r"""(x - mean) / √(variance + eps) · gain + bias, each token by itself. The keywords are the switches."""
    gain, bias = gain_used(gain), bias_used(bias)
    x = before(x, gain, bias)
    mean = x.mean(dim=axis, keepdim=True)
    count = x.numel() // mean.numel()
    variance = spread(x, measured_from(mean), axis) * (count / (count - correction))
    return after((x - subtracted(mean)) / divisor(variance, eps), gain, bias)


def probes(seed: int) -> Probes:
    """Sizes that all differ; vectors of spread 2 about 1; an eps large enough to be seen; then numbers far from 0.

    With the large eps, some tokens have a small spread and some hardly any. The numbers far from 0 are multiples of
    1/64, so that every way to sum them up gives the same mean; one of them stands far out.
    """
    normal = Draws(seed).normal
    x, gain, bias = 2 * normal(3, 5, 6) + 1, 1.5 + normal(6) / 4, normal(6)
    close_by = torch.tensor([2.0, 0.2, 1e-4])[:, None, None] * (normal(3, 4, 9) + 1)  # a factor for each text
    close_by[:, -1] *= 1e-4
    apart = (64 * (1 + normal(3, 16).abs())).round() / 64 * torch.tensor([1, -1] * 8)
    far = 250 + torch.stack([apart, -apart])
    far[0, 1, 5] += 1000
    return (
        Probe("when gain is 1 and bias is 0", (x, torch.ones(6), torch.zeros(6), 1e-5)),
        Probe("with a gain and a bias", (x, gain, bias, 1e-5)),
        Probe("when eps is large", (close_by, torch.ones(9), torch.zeros(9), 0.5)),
        Probe("for numbers far from 0", (far, torch.full((16,), 2.0), normal(16), 1e-5)),
    )


def _example(gain: float, bias: float, eps: float) -> tuple:
    x = torch.tensor([[[1.0, 3.0], [2.0, 10.0]], [[5.0, 5.5], [0.0, 4.0]]])
    return x, torch.tensor([1.0, gain]), torch.tensor([0.0, bias]), eps


def _mean_0_and_spread_1(solve: Callable, probes: Probes) -> bool:
    (y,) = solve(*probes[0].args)
    mean, spread = y.double().mean(dim=-1), y.double().std(dim=-1, correction=0)
    return bool((mean.abs() < 1e-3).all() and ((spread - 1).abs() < 1e-3).all())


def _tokens_stay_apart(solve: Callable, probes: Probes) -> bool:
    """Change token 2 of text 1; nothing else may change."""
    x, *others = probes[1].args
    token = torch.zeros(x.shape[:2], dtype=torch.bool)
    token[1, 2] = True
    (before,), (after,) = solve(x, *others), solve(torch.where(token[..., None], x.flip(-1), x), *others)
    return torch.equal((before != after).any(dim=-1), token)


def _level_does_not_matter(solve: Callable, probes: Probes) -> bool:
    x, *others = probes[1].args
    return close(solve(x, *others)[0], solve(x + 3, *others)[0], atol=1e-3)


MISCONCEPTIONS = (
    mistake("over-the-positions", axis=-2)
    .says("You took mean and variance over the positions: each number of a token depends on the other tokens.")
    .asks("A model that writes knows no later tokens. Whose numbers may the norm of one token use?"),
    mistake("over-the-batch", axis=0)
    .says("You took mean and variance over the batch, as batch norm does.")
    .asks("If another text stands in the batch, may this text's vectors change?"),
    mistake("over-the-whole-text", axis=(-2, -1))
    .says("You took one mean and one variance for all tokens of a text.")
    .asks("One token with large numbers: what happens to the other tokens of its text?"),
    mistake("rms-norm", subtracted=torch.zeros_like, measured_from=torch.zeros_like)
    .says("You divided by the root of the mean square and took no mean away: that is RMSNorm.")
    .asks("Two norms are in use, and they differ in one step. Which one does the exercise describe?"),
    mistake("mean-kept", subtracted=torch.zeros_like)
    .says("You divided by the spread, but the mean is still there.")
    .asks("If all numbers of a token grow by 100, should the result change?"),
    mistake("difference-of-squares", spread=difference_of_squares)
    .says(
        "You took the mean of the squares minus the square of the mean. On paper that is the variance; here both are "
        "large and nearly equal where the numbers are far from 0, and their difference has lost its digits."
    )
    .asks("A number keeps about seven digits. How many of them are left of 1000003 - 1000001?"),
    mistake("unbiased-variance", correction=1)
    .says("Your variance divides by d_model - 1, which is torch's default.")
    .asks("Dividing by one less helps to guess the spread of numbers that were not seen. Which were not seen here?"),
    mistake("eps-outside-the-root", divisor=lambda variance, eps: variance.sqrt() + eps)
    .says("You added eps to the standard deviation, not to the variance.")
    .asks("Look for eps in the formula: does it stand under the root?"),
    mistake("eps-forgotten", divisor=lambda variance, eps: variance.sqrt())
    .says("Your function does not use eps.")
    .asks("What would you divide by if all numbers of a token were equal?"),
    mistake("eps-as-a-limit", divisor=lambda variance, eps: variance.clamp(min=eps).sqrt())
    .says("You used eps as the least that the variance may be, and did not add it.")
    .asks("If the variance is larger than eps, does eps still change your result, and does it in the formula?"),
    mistake("eps-written-in", divisor=lambda variance, eps: (variance + 1e-5).sqrt())
    .says("You used a small eps of your own, whatever is given.")
    .asks("Which of the arguments does your code never use?"),
    mistake("divided-by-variance", divisor=lambda variance, eps: variance + eps)
    .says("You divided by the variance: there is no root.")
    .asks("If all numbers double, the variance grows by 4. What must you divide by, so that the result stays?"),
    mistake("gain-forgotten", gain_used=torch.ones_like)
    .says("Your function does not use the gain.")
    .asks("After normalizing, all directions have the same spread. How could the model make one count more?"),
    mistake("bias-forgotten", bias_used=torch.zeros_like)
    .says("Your function does not use the bias.")
    .asks("After normalizing, every token has mean 0. How could the model move one direction away from there?"),
    mistake("gain-and-bias-first", before=stretch_then_shift, after=lambda x, gain, bias: x)
    .says("You used gain and bias before normalizing, which undoes much of what they do.")
    .asks("Double the gain. Does your result change at all?"),
    mistake("shifted-then-stretched", after=lambda x, gain, bias: (x + bias) * gain)
    .says("You added the bias before you multiplied by the gain.")
    .asks("In x · g + b, is b multiplied by g?"),
)

LAYER_NORM = Exercise(
    id="layer_norm",
    title="Layer norm",
    family=normalize,
    returns={"output": "batch position d_model"},
    probes=probes,
    examples=(
        *(_example(1.0, 0.0, 0.0), _example(2.0, 0.0, 0.0), _example(1.0, 1.0, 0.0), _example(2.0, 1.0, 3.0)),
        (torch.tensor([[[4096.0, 4097.0]]]), torch.ones(2), torch.zeros(2), 1.0),
    ),
    properties=(
        FINITE,
        truth("not-mean-0-and-spread-1", _mean_0_and_spread_1)
        .right("With gain 1 and bias 0, each token has mean 0 and spread 1.")
        .says("With gain 1 and bias 0, not every token has mean 0 and spread 1.")
        .asks("Take the first token of your result. What are its mean and its standard deviation?"),
        truth("tokens-mix", _tokens_stay_apart)
        .right("Each token is normalized by itself.")
        .says("Changing one token changes others, or not itself.")
        .asks("Over which axis do you take the mean, and what stands along that axis?"),
        truth("level-matters", _level_does_not_matter)
        .right("Adding 3 to every number of x changes nothing.")
        .says("Adding 3 to every number of x changes your result.")
        .asks("Which step takes away what all numbers of a token have in common, and what comes before that step?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "gain-forgotten bias-forgotten",
            "shifted-then-stretched",
            because="only where there are both a gain and a bias does their order show",
        ),
        *hides("rms-norm", "difference-of-squares", because="where no mean is taken away, none is squared"),
    ),
)
