"""Exercise: the loss of direct preference optimization.

Check `dpo_loss(better, worse, better_before, worse_before, beta)`: one number, the mean over the pairs.

The first four are [pair], log probabilities of the better and the worse answers, by the model and, before training, by
the reference; `beta` is a number.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, mistake, truth, twin

Answers = Float[Tensor, "pair"]


def _from_the_reference(better: Tensor, worse: Tensor, better_before: Tensor, worse_before: Tensor) -> Tensor:
    return (better - better_before) - (worse - worse_before)


def preference_loss(
    better: Answers,
    worse: Answers,
    better_before: Answers,
    worse_before: Answers,
    beta: float,
    *,
    margin: Callable = _from_the_reference,
    scale: Callable = lambda margin, beta: beta * margin,
    squash: Callable = F.logsigmoid,
    sign: int = -1,
    average: Callable = torch.mean,
) -> Float[Tensor, "..."]:
    """-ln sigmoid(beta times how much more the better answer gained), on average. The keywords are the switches."""
    gained = margin(better, worse, better_before, worse_before)
    return sign * average(squash(scale(gained, beta)))


def probes(seed: int) -> Probes:
    """One pair and several, two betas, and pairs that are ordered wrongly by far."""
    draws = Draws(seed)

    def of(says: str, n: int, beta: float, size: float) -> Probe:
        return Probe(says, (*(-20 - size * draws.uniform(n) for _ in range(4)), beta))

    far = of("when one pair is wrong by far, and one right", 2, 1.0, 3.0)
    better, *others = far.args
    by_far = torch.tensor([-300.0, 200.0])
    return (
        of("for one pair", 1, 0.1, 8.0),
        of("for five pairs", 5, 0.1, 8.0),
        of("with beta 0.5", 4, 0.5, 4.0),
        Probe(far.says, (better + by_far, *others)),
    )


def _begins_at_ln_2(solve: Callable, probes: Probes) -> bool:
    better, worse, *_ = probes[1].args
    return math.isclose(float(solve(better, worse, better, worse, 0.3)[0]), math.log(2), rel_tol=1e-4)


def _what_both_gain_does_not_matter(solve: Callable, probes: Probes) -> bool:
    better, worse, *before = probes[2].args
    both = (float(solve(better + more, worse + more, *before)[0]) for more in (0.0, 3.0))
    return math.isclose(*both, rel_tol=1e-3, abs_tol=1e-5)


def _a_gain_of_the_better_helps(solve: Callable, probes: Probes) -> bool:
    better, *others = probes[2].args
    return float(solve(better + 1, *others)[0]) < float(solve(better, *others)[0])


def _pairs_count_alike(solve: Callable, probes: Probes) -> bool:
    *pairs, beta = probes[1].args
    twice = [torch.cat([each, each]) for each in pairs]
    return math.isclose(float(solve(*twice, beta)[0]), float(solve(*pairs, beta)[0]), rel_tol=1e-4)


MISCONCEPTIONS = (
    mistake("swapped", margin=lambda b, w, b0, w0: (w - w0) - (b - b0))
    .says("You swapped the two: your loss wants the worse answer to become more probable.")
    .asks("Is your sigmoid near 1 when the better answer gained, or when the worse one did?"),
    mistake("no-reference", margin=lambda b, w, b0, w0: b - w)
    .says("The reference is missing: you compare how probable the answers are, not how much they changed.")
    .asks("The worse answer is shorter, and so more probable from the start. What does your loss say before training?"),
    mistake("only-the-better", margin=lambda b, w, b0, w0: b - b0)
    .says("The worse answer has no part in your loss.")
    .asks("Both answers become more probable by as much. Has the model learned what is preferred?"),
    mistake("reference-added", margin=lambda b, w, b0, w0: (b + b0) - (w + w0))
    .says("You added the log probabilities of the reference.")
    .asks("The logarithm of a quotient is what of the two logarithms?"),
    mistake("beta-forgotten", scale=lambda margin, beta: margin)
    .says("Beta is missing.")
    .asks("What changes in your loss between beta = 0.1 and beta = 0.5?"),
    mistake("beta-divides", scale=lambda margin, beta: margin / beta)
    .says("You divided by beta.")
    .asks("A small beta lets the model go far. Must the sigmoid be reached sooner then, or later?"),
    mistake("log-forgotten", squash=torch.sigmoid)
    .says("There is no logarithm: you averaged the sigmoid itself.")
    .asks("What does the loss of a pair that is wrong by far come to, and how steep is it there?"),
    mistake("sigmoid-forgotten", squash=lambda x: x)
    .says("There is no sigmoid: you averaged the margins.")
    .asks("A pair is in order by far already. What does your loss gain from going further, and should it?"),
    mistake("log-after-sigmoid", squash=lambda x: torch.sigmoid(x).log())
    .says("You took the sigmoid first and the logarithm after it: far below 0 it is 0, with a logarithm of -infinity.")
    .asks("Which function of torch takes both steps at once?"),
    mistake("sign-forgotten", sign=1)
    .says("The sign is missing: your loss is below 0, and training would order the pairs the wrong way round.")
    .asks("The sigmoid is between 0 and 1. On which side of 0 is its logarithm?"),
    mistake("summed", average=torch.sum)
    .says("You added up the pairs.")
    .asks("If a batch holds twice as many pairs, should the loss double?"),
)

_ONE = torch.tensor([-2.0])

DPO_LOSS = Exercise(
    id="dpo_loss",
    title="A loss from preferences",
    family=preference_loss,
    returns={"loss": ""},
    probes=probes,
    examples=(
        (_ONE, 2 * _ONE, _ONE, 1.5 * _ONE, 0.5),
        (_ONE, _ONE, 1.5 * _ONE, 2 * _ONE, 0.5),
        (_ONE.repeat(2), 2 * _ONE.repeat(2), torch.tensor([-3.0, -1.0]), torch.tensor([-3.5, -3.0]), 0.5),
        (100 * _ONE, _ONE, _ONE, _ONE, 1.0),
    ),
    properties=(
        FINITE,
        truth("not-ln-2", _begins_at_ln_2)
        .right("Before the first step the loss is ln 2.")
        .says("Where the model is still the reference, your loss is not ln 2.")
        .asks("How much has each answer gained then, and what is the sigmoid of that?"),
        truth("gain-of-both-matters", _what_both_gain_does_not_matter)
        .right("What both answers gain alike changes nothing.")
        .says("When both answers become more probable by as much, your loss changes.")
        .asks("Which of the four numbers stand with a plus in your margin, and which with a minus?"),
        truth("better-does-not-help", _a_gain_of_the_better_helps)
        .right("The loss falls when a better answer becomes more probable.")
        .says("When the better answers become more probable, your loss does not fall.")
        .asks("Follow the sign of `better` through your formula: where does it turn?"),
        truth("size-of-the-batch-matters", _pairs_count_alike)
        .right("A batch with each pair twice has the same loss.")
        .says("A batch with each pair twice has another loss.")
        .asks("What do you do with the numbers of the pairs in the end?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        twin(
            "sigmoid-forgotten sign-forgotten",
            seen_as="swapped sigmoid-forgotten",
            because="Without the sigmoid, to turn the sign is to swap the answers.",
        ),
    ),
)
