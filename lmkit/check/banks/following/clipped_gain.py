"""Exercise: what a token may gain, when it was drawn by the model of a moment ago.

Check `clipped_gain(ratio, advantage, clip)`: one number a token.

`ratio` and `advantage` are [token]: how many times as probable the token is as when it was drawn, and how much better
than its group its answer did. `clip` is a number, such as 0.2. It is the gain, which training makes larger, no loss.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, always, hides, mistake, truth

Tokens = Float[Tensor, "token"]


def gain(
    ratio: Tokens,
    advantage: Tokens,
    clip: float,
    *,
    limit: Callable = lambda ratio, clip: ratio.clamp(1 - clip, 1 + clip),
    pick: Callable = torch.minimum,
    sign: int = 1,
) -> Tokens:
    """min(ratio * advantage, clipped ratio * advantage). The keywords are the switches."""
    return sign * pick(ratio * advantage, limit(ratio, clip) * advantage)


def probes(seed: int) -> Probes:
    """Better and worse answers, ratios on both sides of the clip, and a ratio of 1."""
    draws = Draws(seed)
    ratio = torch.tensor([0.3, 0.9, 1.0, 1.1, 1.9]) + 0.05 * draws.uniform(5)
    size = 0.5 + draws.uniform(5)
    mixed = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0])
    return (
        Probe("for answers better than the group", (ratio, size, 0.2)),
        Probe("for answers worse than the group", (ratio, -size, 0.2)),
        Probe("for both, with clip 0.4", (ratio.flip(0), size * mixed, 0.4)),
        Probe("for both, with clip 0.1", (ratio[1:], (size * mixed)[1:], 0.1)),
    )


def _on_policy_it_is_the_advantage(solve: Callable, probes: Probes) -> bool:
    _, advantage, clip = probes[2].args
    (found,) = solve(torch.ones(5), advantage, clip)
    return torch.allclose(found.double(), advantage.double(), atol=1e-5)


def _never_more_than_without_clip(args: tuple, result: Tensor) -> bool:
    ratio, advantage, _ = args
    return bool((result <= ratio * advantage + 1e-5).all())


def _far_away_nothing_more_is_gained(solve: Callable, probes: Probes) -> bool:
    good = torch.ones(2)
    up, down = solve(torch.tensor([1.5, 2.5]), good, 0.2)[0], solve(torch.tensor([0.5, 0.2]), -good, 0.2)[0]
    return bool((up[0] - up[1]).abs() < 1e-5) and bool((down[0] - down[1]).abs() < 1e-5)


MISCONCEPTIONS = (
    mistake("not-clipped", limit=lambda ratio, clip: ratio)
    .says("Nothing is clipped: far from the old model, a token can gain without end.")
    .asks("The token is three times as probable as it was. How much more does your formula want of it?"),
    mistake("clipped-above-only", limit=lambda ratio, clip: ratio.clamp(max=1 + clip))
    .says("You clipped above only.")
    .asks("A token of a bad answer has become a tenth as probable. Does your formula still want less of it?"),
    mistake("clipped-below-only", limit=lambda ratio, clip: ratio.clamp(min=1 - clip))
    .says("You clipped below only.")
    .asks("A token of a good answer has become twice as probable. Does your formula still want more of it?"),
    mistake("clipped-around-0", limit=lambda ratio, clip: ratio.clamp(-clip, clip))
    .says("You clipped the ratio around 0. It is a ratio: where nothing has changed, it is 1.")
    .asks("What is the ratio before the first step, and where does your clipping put it?"),
    mistake("difference-clipped", limit=lambda ratio, clip: (ratio - 1).clamp(-clip, clip))
    .says("You clipped how far the ratio is from 1, and did not add the 1 again.")
    .asks("With a ratio of 1.1, by what is the advantage multiplied?"),
    mistake("only-the-clipped", pick=lambda plain, clipped: clipped)
    .says("You took the clipped gain always, and lost the smaller one of the two.")
    .asks("A token of a good answer has become half as probable, by mistake. Can your formula still bring it back?"),
    mistake("the-larger", pick=torch.maximum)
    .says("You took the larger of the two, and so the clip never holds back.")
    .asks("Which of the two is the more careful one?"),
    mistake("sign-of-a-loss", sign=-1)
    .says("The sign is that of a loss; asked is the gain.")
    .asks("Where the ratio is 1, what should come out for an advantage of 2?"),
)

CLIPPED_GAIN = Exercise(
    id="clipped_gain",
    title="Not too far at once",
    family=gain,
    returns={"gain": "token"},
    probes=probes,
    examples=(
        (torch.tensor([1.5]), torch.tensor([1.0]), 0.2),
        (torch.tensor([0.5]), torch.tensor([-1.0]), 0.2),
        (torch.tensor([0.5, 1.5]), torch.tensor([1.0, -1.0]), 0.2),
        (torch.tensor([1.1, 0.9]), torch.tensor([1.0, -1.0]), 0.2),
    ),
    properties=(
        truth("on-policy-not-the-advantage", _on_policy_it_is_the_advantage)
        .right("Where nothing has changed yet, the gain is the advantage.")
        .says("Where the ratio is 1, your gain is not the advantage.")
        .asks("What does your clipping do with a ratio of 1?"),
        always("more-than-without-clip", _never_more_than_without_clip)
        .right("Clipping never adds to a gain.")
        .says("Somewhere your gain is larger than ratio times advantage.")
        .asks("Of the two products, which one do you take when the advantage is below 0?"),
        truth("gains-without-end", _far_away_nothing_more_is_gained)
        .right("Far from the old model there is nothing more to gain.")
        .says("Far from the old model your gain still grows.")
        .asks("For a good answer, what stops the ratio above? For a bad one, what stops it below?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides("not-clipped", "only-the-clipped the-larger", because="Without a clip both products are the same."),
    ),
)
