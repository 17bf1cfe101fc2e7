"""Exercise: how much of a difference a patch carries over.

Check `patching_effect(logits, clean, corrupted, right, wrong)`: one number a patch, [patch].

`logits` is [patch, vocab], what the model says on the corrupted text when one thing after the other is patched from the
clean text; `clean` and `corrupted`, [vocab], what it says on these two. `right` and `wrong` are the tokens to tell
apart. Measure by the lead, the logit of `right` less that of `wrong`. The effect is 0 where the lead stays as in the
corrupted text, and 1 where it becomes that of the clean text.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, mistake, truth


def effect(
    logits: Float[Tensor, "patch vocab"],
    clean: Float[Tensor, "vocab"],
    corrupted: Float[Tensor, "vocab"],
    right: int,
    wrong: int,
    *,
    lead: Callable = lambda logits, right, wrong: logits[..., right] - logits[..., wrong],
    start: Callable = lambda clean, corrupted: corrupted,
    width: Callable = lambda clean, corrupted: clean - corrupted,
    limit: Callable = lambda effect: effect,
) -> Float[Tensor, "..."]:
    """How far the lead goes from the corrupted to the clean one. The keywords are the switches."""
    patched, clean, corrupted = (lead(each, right, wrong) for each in (logits, clean, corrupted))
    return limit((patched - start(clean, corrupted)) / width(clean, corrupted))


def probes(seed: int) -> Probes:
    """Patches that do little, all, more than all, and the opposite; other tokens move as well."""
    draws = Draws(seed)

    def of(says: str, vocab: int, right: int, wrong: int, leads: tuple[float, float], shares: list[float]) -> Probe:
        clean, corrupted = 2 * draws.normal(vocab), 2 * draws.normal(vocab)
        clean[right], corrupted[right] = clean[wrong] + leads[0], corrupted[wrong] + leads[1]
        logits = 2 * draws.normal(len(shares), vocab)
        logits[:, right] = logits[:, wrong] + leads[1] + torch.tensor(shares) * (leads[0] - leads[1])
        return Probe(says, (logits, clean, corrupted, right, wrong))

    return (
        of("for patches that carry a part", 6, 4, 1, (3.0, -2.0), [0.1, 0.55, 0.9]),
        of("for patches that carry more than all, and the opposite", 8, 2, 5, (2.5, -1.0), [1.4, -0.3, 0.6, 0.0]),
        of("when the right token leads in both", 5, 0, 3, (4.0, 1.5), [0.2, 0.8]),
        of("when the lead is lower on the clean text", 7, 1, 6, (-1.5, 2.0), [0.3, 0.9, -0.2, 0.5]),
    )


def _ends_are_0_and_1(solve: Callable, probes: Probes) -> bool:
    _, clean, corrupted, right, wrong = probes[0].args
    (found,) = solve(torch.stack([corrupted, clean]), clean, corrupted, right, wrong)
    return found.shape == (2,) and torch.allclose(found.double(), torch.tensor([0.0, 1.0]).double(), atol=1e-5)


def _what_is_added_to_all_logits_does_not_matter(solve: Callable, probes: Probes) -> bool:
    logits, clean, corrupted, right, wrong = probes[1].args
    before = solve(logits, clean, corrupted, right, wrong)[0]
    after = solve(logits + 3.0, clean - 2.0, corrupted + 1.0, right, wrong)[0]
    return before.shape == after.shape and torch.allclose(before.double(), after.double(), atol=1e-4)


MISCONCEPTIONS = (
    mistake("not-divided", width=lambda clean, corrupted: 1.0)
    .says("You did not divide: it is the rise of the lead in logits.")
    .asks("By how much does the lead rise where everything is carried over? What should come out there?"),
    mistake("share-of-clean", width=lambda clean, corrupted: clean)
    .says("You divided by the clean lead. The way begins at the corrupted one.")
    .asks("How long is the way from the corrupted lead to the clean one?"),
    mistake("from-0", start=lambda clean, corrupted: 0.0)
    .says("You measured from a lead of 0, not from that of the corrupted text.")
    .asks("What comes out of your formula for a patch that changes nothing?"),
    mistake("from-the-clean-end", start=lambda clean, corrupted: clean)
    .says("You measured from the clean end: a patch that carries all over gets 0.")
    .asks("The text is corrupted, and the patch repairs it. Where does the way begin?"),
    mistake("width-without-sign", width=lambda clean, corrupted: (clean - corrupted).abs())
    .says("You took the length of the way without its sign.")
    .asks("The lead may be lower on the clean text. What must come out for a patch that carries all over?"),
    mistake("right-only", lead=lambda logits, right, wrong: logits[..., right])
    .says("You looked at the logit of the right token alone.")
    .asks("If a patch raises all logits by 3, has the prediction changed? Has your effect?"),
    mistake("wrong-only", lead=lambda logits, right, wrong: logits[..., wrong])
    .says("You looked at the logit of the wrong token alone.")
    .asks("Which two logits does the lead compare?"),
    mistake("probabilities", lead=lambda z, right, wrong: (p := z.softmax(dim=-1))[..., right] - p[..., wrong])
    .says("You took the lead in probabilities; asked is the one in logits.")
    .asks("A head adds to logits. On which scale do two patches add up?"),
    mistake("clipped", limit=lambda effect: effect.clamp(0, 1))
    .says("You clipped the effect to 0 and 1, and hid patches that overshoot or do the opposite.")
    .asks("What would it tell you about a head, that without it the prediction becomes better?"),
)

_CLEAN, _CORRUPTED = torch.tensor([2.0, 0.0, 1.0]), torch.tensor([0.0, 3.0, 1.0])

PATCHING_EFFECT = Exercise(
    id="patching_effect",
    title="From 0 to 1",
    family=effect,
    returns={"effect": "patch"},
    probes=probes,
    examples=(
        (torch.tensor([[1.0, 1.0, 0.0]]), _CLEAN, _CORRUPTED, 0, 1),
        (torch.tensor([[2.0, 0.0, 0.0], [0.0, 3.0, 5.0]]), _CLEAN, _CORRUPTED, 0, 1),
        (torch.tensor([[1.0, 1.0, 0.0]]), _CORRUPTED, _CLEAN, 0, 1),
        (torch.tensor([[4.0, 0.0, 0.0], [0.0, 5.0, 1.0]]), _CLEAN, _CORRUPTED, 0, 1),
        (
            torch.tensor([[4.0, 1.0, 0.0], [2.0, 1.5, 1.0]]),
            torch.tensor([4.0, 1.0, 0.0]),
            torch.tensor([2.0, 1.5, 1.0]),
            0,
            1,
        ),
    ),
    properties=(
        FINITE,
        truth("ends-are-not-0-and-1", _ends_are_0_and_1)
        .right("A patch that changes nothing has the effect 0, one that carries all over 1.")
        .says("The two ends are not 0 and 1.")
        .asks("Put the corrupted logits, and then the clean ones, in the place of the patched. What comes out?"),
        truth("shift-matters", _what_is_added_to_all_logits_does_not_matter)
        .right("What is added to all logits alike does not matter.")
        .says("Your effect changes when a number is added to all logits, which no softmax sees.")
        .asks("Which combination of two logits stays as it is when both rise by 3?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
