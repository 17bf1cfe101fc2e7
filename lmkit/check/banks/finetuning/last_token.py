"""Exercise: read a text at its last real token, not at the padding after it.

Check `last_token(hidden, is_real) -> reading` of shape [text, d_model].

`hidden` has the axes [text, position, d_model]. `is_real`, boolean [text, position], is False at padding, which may
stand before a text or after it. Every text has a real token.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, mistake, truth

Hidden = Float[Tensor, "text position d_model"]
Mask = Bool[Tensor, "text position"]


def _at(hidden: Hidden, places: Tensor) -> Float[Tensor, "text d_model"]:
    places = places.clamp(0, hidden.shape[1] - 1)
    return hidden[torch.arange(len(hidden)), places]


def _last_place(is_real: Mask) -> Tensor:
    return (is_real * torch.arange(1, is_real.shape[1] + 1)).argmax(dim=1)


def _mean(hidden: Hidden, counts: Tensor) -> Float[Tensor, "text d_model"]:
    return (hidden * counts[..., None]).sum(dim=1) / counts.sum(dim=1, keepdim=True)


def read(
    hidden: Hidden,
    is_real: Mask,
    *,
    pick: Callable = lambda hidden, is_real: _at(hidden, _last_place(is_real)),
) -> Float[Tensor, "text d_model"]:
    """The hidden state of the last real token of each text. The keyword is the switch."""
    return pick(hidden, is_real)


def probes(seed: int) -> Probes:
    """Without padding, with padding at the right, at the left and on both sides; one text has one token."""
    normal = Draws(seed).normal
    hidden = normal(4, 6, 3)
    at_right = torch.arange(6) < torch.tensor([4, 6, 1, 3])[:, None]
    return (
        Probe("without padding", (normal(2, 5, 4), torch.ones(2, 5, dtype=torch.bool))),
        Probe("with padding after the texts", (hidden, at_right)),
        Probe("with padding before the texts", (hidden, at_right.flip(1))),
        Probe("with padding after some and before others", (hidden, torch.cat([at_right[:2], at_right[2:].flip(1)]))),
        Probe("with padding on both sides of a single text", (normal(1, 7, 2), torch.arange(7)[None] // 3 == 1)),
    )


def _ignores_padding(solve: Callable, probes: Probes) -> bool:
    for probe in probes[1:]:
        hidden, is_real = probe.args
        other = torch.where(is_real[..., None], hidden, hidden + 1)
        if not torch.equal(*solve(hidden, is_real), *solve(other, is_real)):
            return False
    return True


def _is_some_token(args: tuple, read: Tensor) -> bool:
    hidden, _ = args
    found = torch.isclose(hidden.double(), read[:, None].double(), atol=1e-6).all(dim=-1)  # (text, position)
    return bool(found.any(dim=1).all())


MISCONCEPTIONS = (
    mistake("last-position", pick=lambda hidden, is_real: hidden[:, -1])
    .says("You read the last position, which is padding for every text but the longest.")
    .asks("What did the model compute at a padding token, and what does it know of the text?"),
    mistake("first-position", pick=lambda hidden, is_real: hidden[:, 0])
    .says("You read the first position. In a causal model it has seen nothing but itself.")
    .asks("Which token of a causal model has seen the whole text?"),
    mistake("one-too-far", pick=lambda hidden, is_real: _at(hidden, is_real.sum(dim=1)))
    .says("You read one place too far: the first padding token.")
    .asks("A text of 4 tokens has the places 0 to 3. What is the place of its last token?"),
    mistake("one-too-early", pick=lambda hidden, is_real: _at(hidden, _last_place(is_real) - 1))
    .says("You read the token before the last one.")
    .asks("A text of 4 tokens has the places 0 to 3. Which one do you take?"),
    mistake("counted-from-the-left", pick=lambda hidden, is_real: _at(hidden, is_real.sum(dim=1) - 1))
    .says("You took the number of real tokens for the place of the last one. Padding may come first.")
    .asks("Two padding tokens, then a text of 4 tokens: at which place does the text end?"),
    mistake("mean-of-all", pick=lambda hidden, is_real: hidden.mean(dim=1))
    .says("You averaged over all positions, padding included.")
    .asks("If a text gets twenty more padding tokens, should what is read of it change?"),
    mistake("mean-of-real", pick=lambda hidden, is_real: _mean(hidden, is_real.float()))
    .says("You averaged over the real tokens.")
    .asks("That is a way to read a text, but not the one asked for. Which single token has seen all the others?"),
    mistake("sum-of-real", pick=lambda hidden, is_real: (hidden * is_real[..., None]).sum(dim=1))
    .says("You added up the real tokens.")
    .asks("Which single token has seen all the others, and need the others be read again?"),
)

_SMALL = torch.tensor([[[1.0], [2.0], [3.0]], [[4.0], [5.0], [6.0]]])

LAST_TOKEN = Exercise(
    id="last_token",
    title="The last real token",
    family=read,
    returns={"reading": "text d_model"},
    probes=probes,
    examples=(
        (_SMALL, torch.tensor([[True, True, False], [True, True, True]])),
        (_SMALL, torch.tensor([[False, True, True], [True, True, True]])),
    ),
    properties=(
        FINITE,
        truth("padding-matters", _ignores_padding)
        .right("What stands at the padding does not matter.")
        .says("Your result changes with what stands at the padding.")
        .asks("Which places of `hidden` does your code read, and does it ask `is_real` about them?"),
        always("not-one-token", _is_some_token)
        .right("For each text it is the vector of one token.")
        .says("What you return for a text is not the vector of any one of its tokens.")
        .asks("Does your code choose a token, or does it combine several?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
