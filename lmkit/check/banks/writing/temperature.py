"""Exercise: probabilities at a temperature.

Check `temperature(logits, t) -> probabilities`: the softmax of the logits at temperature t, for each text.

`logits` and the probabilities have the axes [text, vocab]; `t` is a number above 0.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, close, hides, mistake, truth

Logits = Float[Tensor, "text vocab"]


@torch.no_grad()  # it is for drawing, so no gradient is asked for
def soften(
    logits: Logits,
    t: float,
    *,
    scaled: Callable = lambda logits, t: logits / t,
    axis: int = -1,
    shown: Callable = lambda p, t: p,
) -> Logits:
    """softmax(logits / t), text by text. The keywords are the switches."""
    return shown(scaled(logits, t).softmax(dim=axis), t)


def probes(seed: int) -> Probes:
    """Sharper, softer and as it is; one text and several."""
    normal = Draws(seed).normal
    return (
        Probe("at a low temperature", (2 * normal(3, 5), 0.5)),
        Probe("at a high temperature", (2 * normal(2, 7), 3.0)),
        Probe("for a single text", (normal(1, 6), 0.8)),
    )


def _adds_up_to_1(args: tuple, p: Tensor) -> bool:
    return close(p.sum(dim=-1), torch.ones(len(args[0])), atol=1e-5)


def _at_1_it_is_the_softmax(solve: Callable, probes: Probes) -> bool:
    logits = probes[0].args[0]
    return close(solve(logits, 1.0)[0], logits.softmax(dim=-1), atol=1e-5)


def _lower_is_sharper(solve: Callable, probes: Probes) -> bool:
    logits = probes[0].args[0]
    sharp, soft = (solve(logits, t)[0].max(dim=-1).values for t in (0.5, 2.0))
    return bool((sharp > soft).all())


MISCONCEPTIONS = (
    mistake("multiplied", scaled=lambda logits, t: logits * t)
    .says("You multiplied the logits by the temperature, so that a high one makes the model sure.")
    .asks("At temperature 100, should the probabilities be nearly equal, or should one take all?"),
    mistake("temperature-ignored", scaled=lambda logits, t: logits)
    .says("Whatever the temperature, your probabilities are the same.")
    .asks("Where in your function does t appear, and does the result depend on it?"),
    mistake("divided-after", scaled=lambda logits, t: logits, shown=lambda p, t: p / t)
    .says("You divided the probabilities, not the logits.")
    .asks("What do probabilities add up to when each is divided by 2?"),
    mistake("powers-not-shared-out", scaled=lambda logits, t: logits, shown=lambda p, t: p ** (1 / t))
    .says("You raised each probability to the power of 1/t, which is a way, and did not share out again.")
    .asks("What do your numbers add up to, and by what must each be divided?"),
    mistake("over-texts", axis=0)
    .says("Your probabilities add up to 1 over the texts, not over the vocabulary.")
    .asks("Which numbers compete for the next token of one text?"),
    mistake("the-best-takes-all", shown=lambda p, t: (p == p.max(dim=-1, keepdim=True).values).to(p.dtype))
    .says("You gave all to the most probable token. That is greedy, at any temperature.")
    .asks("What is a temperature for, if the same token is always chosen?"),
    mistake("logarithms", shown=lambda p, t: p.log())
    .says("You returned the logarithms of probabilities.")
    .asks("Between which two numbers must a probability lie?"),
)

TEMPERATURE = Exercise(
    id="temperature",
    title="Temperature",
    family=soften,
    returns={"probabilities": "text vocab"},
    probes=probes,
    examples=((torch.tensor([[0.0, 1.0], [3.0, 1.0]]), 2.0), (torch.tensor([[0.0, 2.0]]), 0.5)),
    properties=(
        FINITE,
        always("does-not-add-up", _adds_up_to_1)
        .right("For each text they add up to 1.")
        .says("For some text your probabilities do not add up to 1.")
        .asks("Which step must come last, and along which axis?"),
        truth("not-the-softmax-at-1", _at_1_it_is_the_softmax)
        .right("At temperature 1 it is the softmax.")
        .says("At temperature 1 your result is not the softmax of the logits.")
        .asks("What changes when a number is divided by 1?"),
        truth("low-is-not-sharper", _lower_is_sharper)
        .right("A lower temperature makes the most probable token more probable.")
        .says("A lower temperature does not make your most probable token more probable.")
        .asks("If logits grow, do their differences grow too, and what does the softmax make of that?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=hides(
        "the-best-takes-all",
        "multiplied temperature-ignored",
        because="The most probable token is the same at every temperature.",
    ),
)
