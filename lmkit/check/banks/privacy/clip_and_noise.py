"""Exercise: one gradient of DP-SGD, from the gradients of single texts.

Check `clip_and_noise(gradients, clip, noise, draws)`: [weight].

`gradients` is [text, weight]. The gradient of a text that is longer than `clip` is shortened to it. The clipped ones
are added up, and so is noise of spread `noise` times `clip`; then the whole is divided by the number of texts. `draws`,
[weight], are normal numbers of spread 1, drawn already: make the noise of them.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, mistake, truth

Gradients = Float[Tensor, "text weight"]


def _clipped(gradients: Tensor, clip: float) -> Tensor:
    lengths = gradients.norm(dim=1, keepdim=True)
    return gradients * (clip / lengths.clamp(min=clip))


def _added(clipped: Tensor, clip: float, noise: float, draws: Tensor) -> Tensor:
    return (clipped.sum(dim=0) + noise * clip * draws) / len(clipped)


def private_gradient(
    gradients: Gradients,
    clip: float,
    noise: float,
    draws: Float[Tensor, "weight"],
    *,
    shorten: Callable = _clipped,
    combine: Callable = _added,
) -> Float[Tensor, "weight"]:
    """(Σ clipped + noise · clip · draws) / n. The keywords are the switches."""
    gradients, draws = gradients.detach(), draws.detach()
    return combine(shorten(gradients, clip), clip, noise, draws)


def _all_by_the_mean(gradients: Tensor, clip: float) -> Tensor:
    length = gradients.mean(dim=0).norm()
    return gradients * min(1.0, clip / float(length))


def probes(seed: int) -> Probes:
    """Gradients that are long, short and both; one text; no noise; a clip other than 1; one that is 0."""
    draws = Draws(seed)
    mixed = draws.normal(6, 5) * torch.tensor([0.1, 5.0, 0.2, 3.0, 8.0, 0.05])[:, None]
    one_is_0 = 2 * draws.normal(4, 3)
    one_is_0[2] = 0.0
    return (
        Probe("without noise, for long and short gradients", (mixed, 1.5, 0.0, draws.normal(5))),
        Probe("with noise", (3 * draws.normal(4, 6), 0.5, 1.3, draws.normal(6))),
        Probe("when all gradients are short", (0.1 * draws.normal(5, 4), 2.0, 0.7, draws.normal(4))),
        Probe("for a single text", (4 * draws.normal(1, 4), 0.8, 2.0, draws.normal(4))),
        Probe("when a gradient is 0", (one_is_0, 0.6, 0.4, draws.normal(3))),
    )


def _one_text_moves_little(solve: Callable, probes: Probes) -> bool:
    gradients, clip, noise, draws = probes[1].args
    other = gradients.clone()
    other[2] = -1000 * other[2]
    (before,), (after,) = solve(gradients, clip, noise, draws), solve(other, clip, noise, draws)
    return float((after - before).double().norm()) <= 2 * clip / len(gradients) + 1e-4


def _short_ones_are_left_alone(solve: Callable, probes: Probes) -> bool:
    gradients, clip, _, draws = probes[2].args
    (found,) = solve(gradients, clip, 0.0, draws)
    return torch.allclose(found.double(), gradients.mean(dim=0).double(), atol=1e-5)


def _noise_grows_with_the_clip(solve: Callable, probes: Probes) -> bool:
    gradients, _, noise, draws = probes[1].args
    still = gradients * 0 + 1e-4
    apart = [solve(still, clip, noise, draws)[0] - solve(still, clip, 0.0, draws)[0] for clip in (1.0, 3.0)]
    return torch.allclose(apart[1].double(), 3 * apart[0].double(), atol=1e-5)


MISCONCEPTIONS = (
    mistake("mean-clipped", shorten=_all_by_the_mean)
    .says("You clipped the mean of the gradients, not each text's own.")
    .asks("One text has a gradient a thousand times as long as all others. Where does your mean point?"),
    mistake("not-clipped", shorten=lambda gradients, clip: gradients)
    .says("Nothing is clipped.")
    .asks("How far can a single text move your result, if its gradient may be of any length?"),
    mistake("numbers-clipped", shorten=lambda gradients, clip: gradients.clamp(-clip, clip))
    .says("You clipped each number of a gradient. What is bounded must be its length.")
    .asks("A gradient has 10,000 numbers, all equal to `clip`. How long is it?"),
    mistake(
        "all-of-one-length",
        shorten=lambda gradients, clip: clip * gradients / gradients.norm(dim=1, keepdim=True).clamp(min=1e-12),
    )
    .says("You bring all gradients to the length `clip`, the short ones too.")
    .asks("A text of which the model knows all has a gradient near 0. What do you make of it?"),
    mistake(
        "length-over-texts",
        shorten=lambda gradients, clip: gradients * (clip / gradients.norm(dim=0, keepdim=True).clamp(min=clip)),
    )
    .says("Your lengths go over the texts, not over the weights.")
    .asks("How many lengths must there be for a batch of six texts?"),
    mistake("noise-without-clip", combine=lambda g, clip, noise, draws: (g.sum(dim=0) + noise * draws) / len(g))
    .says("Your noise does not depend on `clip`.")
    .asks("If `clip` is halved, a text can move the sum half as far. How much noise hides it then?"),
    mistake("noise-after-dividing", combine=lambda g, clip, noise, draws: g.mean(dim=0) + noise * clip * draws)
    .says("You added the noise to the mean, or once for each text: it is as many times too large as there are texts.")
    .asks("How far can one text move the sum, and how far the mean?"),
    mistake("no-noise", combine=lambda g, clip, noise, draws: g.mean(dim=0))
    .says("There is no noise.")
    .asks("Somebody knows all texts but one, and your result. What can be computed from that?"),
    mistake("not-divided", combine=lambda g, clip, noise, draws: g.sum(dim=0) + noise * clip * draws)
    .says("You did not divide by the number of texts.")
    .asks("With twice as many texts, should a step be twice as long?"),
)

_LONG_AND_SHORT = torch.tensor([[3.0, 4.0], [0.3, 0.4]])
_DRAWS = torch.tensor([1.0, -1.0])

CLIP_AND_NOISE = Exercise(
    id="clip_and_noise",
    title="One gradient of DP-SGD",
    family=private_gradient,
    returns={"gradient": "weight"},
    probes=probes,
    examples=(
        (_LONG_AND_SHORT, 1.0, 0.0, _DRAWS),
        (_LONG_AND_SHORT, 2.0, 0.0, _DRAWS),
        (_LONG_AND_SHORT, 2.0, 1.0, _DRAWS),
        (torch.tensor([[3.0, 4.0]]), 2.0, 0.5, _DRAWS),
    ),
    properties=(
        FINITE,
        truth("one-text-moves-it", _one_text_moves_little)
        .right("One text, whatever it says, moves the result by no more than 2 · clip / n.")
        .says("A single text, if its gradient is long enough, moves your result further than 2 · clip / n.")
        .asks("Which length is bounded in your code: that of every text by itself?"),
        truth("short-ones-changed", _short_ones_are_left_alone)
        .right("Gradients that are short enough, without noise, give their mean.")
        .says("Without noise, and with gradients that are all shorter than `clip`, you do not return their mean.")
        .asks("By what do you multiply a gradient that needs no shortening?"),
        truth("noise-ignores-clip", _noise_grows_with_the_clip)
        .right("Three times the clip is three times the noise.")
        .says("With three times the clip your noise is not three times as large.")
        .asks("What can one text add to the sum at the most, and what must the noise be measured by?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
