"""Exercise: make less probable what was said already.

Check `penalize(logits, tokens, penalty) -> logits`: the repetition penalty, as libraries have it.

`logits` [vocab]; `tokens` [position] are those of the text so far. The logit of each token that stands in the text is
divided by the penalty where it is above 0, and multiplied by it where it is not. All others stay.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, hides, mistake, truth

Logits = Float[Tensor, "vocab"]


def _counts(tokens: Int[Tensor, "position"], vocab: int) -> Int[Tensor, "vocab"]:
    return tokens.bincount(minlength=vocab)


def _last(tokens: Int[Tensor, "position"], vocab: int) -> Bool[Tensor, "vocab"]:
    return torch.arange(vocab) == tokens[-1]


@torch.no_grad()  # it is for drawing, so no gradient is asked for
def penalize(
    logits: Logits,
    tokens: Int[Tensor, "position"],
    penalty: float,
    *,
    changed: Callable = lambda z, strength: torch.where(z > 0, z / strength, z * strength),
    meant: Callable = lambda tokens, vocab: _counts(tokens, vocab) > 0,
    strength: Callable = lambda penalty, counts: penalty,
) -> Logits:
    """The logits with those of the tokens in the text made smaller. The keywords are the switches."""
    counts = _counts(tokens, len(logits))
    new = changed(logits, strength(penalty, counts))
    return torch.where(meant(tokens, len(logits)), new, logits)


def probes(seed: int) -> Probes:
    """Logits on both sides of 0; tokens that came once, twice and three times."""
    draws = Draws(seed)

    def logits(vocab: int) -> Logits:
        sizes = 0.5 + draws.uniform(vocab)
        return torch.where(torch.arange(vocab) % 2 == 0, sizes, -sizes)

    return (
        Probe("for a short text", (logits(6), torch.tensor([0, 1]), 1.5)),
        Probe("when tokens came more than once", (logits(9), torch.tensor([5, 2, 5, 2, 3, 4, 2, 5]), 1.2)),
        Probe("when all is repetition", (logits(7), torch.tensor([3, 3, 3, 6, 6]), 2.0)),
    )


def _others_stay(args: tuple, new: Tensor) -> bool:
    logits, tokens, _ = args
    others = _counts(tokens, len(logits)) == 0
    return torch.equal(new[others].float(), logits[others].float())


def _none_rises(args: tuple, new: Tensor) -> bool:
    return bool((new <= args[0] + 1e-6).all())


def _each_counts_once(solve: Callable, probes: Probes) -> bool:
    logits, tokens, penalty = probes[1].args
    once, twice = (solve(logits, text, penalty)[0] for text in (tokens.unique(), tokens))
    return torch.allclose(once.float(), twice.float(), atol=1e-5)


MISCONCEPTIONS = (
    mistake("below-0-divided", changed=lambda z, strength: z / strength)
    .says("You divided every logit. One below 0 comes nearer to 0 by that, and its token becomes more probable.")
    .asks("Which is larger, -4 or -4 / 2?"),
    mistake("all-multiplied", changed=lambda z, strength: z * strength)
    .says("You multiplied every logit: those above 0 grow.")
    .asks("What should become of the most probable token, if it was said already?"),
    mistake("rewarded", changed=lambda z, strength: torch.where(z > 0, z * strength, z / strength))
    .says("You made what was said already more probable.")
    .asks("On which side of 0 does dividing by 2 make a number smaller?"),
    mistake("subtracted", changed=lambda z, strength: z - strength)
    .says("You subtracted the penalty. That is another one, the presence penalty.")
    .asks("With a penalty of 1, should anything change?"),
    mistake("each-time-again", strength=lambda penalty, counts: penalty**counts)
    .says("You penalized a token once for each time it was said.")
    .asks("A text of a thousand words holds the word 'the' a hundred times. What becomes of it?"),
    mistake("last-token-only", meant=_last)
    .says("You penalized the last token only.")
    .asks("Which tokens stand in the text so far?"),
    mistake("all-tokens", meant=lambda tokens, vocab: torch.ones(vocab, dtype=torch.bool))
    .says("You penalized all tokens, said or not.")
    .asks("Which logits must be the same before and after?"),
)

PENALIZE = Exercise(
    id="penalize",
    title="The repetition penalty",
    family=penalize,
    returns={"logits": "vocab"},
    probes=probes,
    examples=(
        (torch.tensor([2.0, -2.0, 1.0]), torch.tensor([0]), 2.0),
        (torch.tensor([2.0, -2.0, 1.0]), torch.tensor([1, 1]), 2.0),
        (torch.tensor([2.0, -2.0, 4.0]), torch.tensor([0, 1]), 2.0),
    ),
    properties=(
        FINITE,
        always("others-changed", _others_stay)
        .right("What was not said keeps its logit.")
        .says("A token that does not stand in the text has another logit than before.")
        .asks("For which ids does your function change anything?"),
        always("something-rises", _none_rises)
        .right("No logit rises.")
        .says("Some logit is larger than before.")
        .asks("Is it one above 0, or one below?"),
        truth("counts-again", _each_counts_once)
        .right("A token that was said twice is penalized once.")
        .says("A token that was said twice is penalized more than one that was said once.")
        .asks("What does your loop go through: the text, or the tokens that it holds?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=hides("each-time-again", "all-tokens", because="What was said no time is penalized no time."),
)
