"""Exercise: how unusually low a loss is, for a text that is easy or hard by itself.

Check `calibrated_score(losses, references)`: one number a text, [text].

`losses` is [text], by the model that is attacked; `references` is [model, text], by models that have not read the text.
Return by how many spreads of the references' losses the loss lies below their mean. A text's spread is that of its own
reference losses (divide by the number of models); each is above 0.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, mistake, truth, twin

Losses = Float[Tensor, "text"]


def score(
    losses: Losses,
    references: Float[Tensor, "model text"],
    *,
    center: Callable = lambda references: references.mean(dim=0),
    spread: Callable = lambda references: references.std(dim=0, correction=0),
    turn: Callable = lambda score: score,
) -> Losses:
    """(mean of the references - loss) / their spread, text by text. The keywords are the switches."""
    losses, references = losses.detach(), references.detach()
    return turn((center(references) - losses) / spread(references))


def probes(seed: int) -> Probes:
    """As many models as texts, and more and fewer; texts that are easy and hard; references that agree or do not."""
    draws = Draws(seed)

    def of(says: str, models: int, texts: int) -> Probe:
        hard, unsure = 1 + 3 * draws.uniform(texts), 0.1 + draws.uniform(texts)
        references = hard + unsure * draws.normal(models, texts)
        losses = hard + 0.5 * draws.normal(texts)
        return Probe(says, (losses.clamp(min=0.2), references))

    return (
        of("for five texts and three models", 3, 5),
        of("for as many models as texts", 4, 4),
        of("for many models", 16, 3),
        of("for a single text", 5, 1),
    )


def _a_harder_text_is_no_less_suspect(solve: Callable, probes: Probes) -> bool:
    losses, references = probes[0].args
    (before,), (after,) = solve(losses, references), solve(losses + 2, references + 2)
    return torch.allclose(before.double(), after.double(), atol=1e-3)


def _texts_do_not_see_each_other(solve: Callable, probes: Probes) -> bool:
    losses, references = probes[0].args
    (alone,), (whole,) = solve(losses[:1], references[:, :1]), solve(losses, references)
    return torch.allclose(alone.double()[0], whole.double()[0], atol=1e-4)


def _a_loss_far_below_scores_high(solve: Callable, probes: Probes) -> bool:
    references = torch.tensor([[2.0, 2.0], [4.0, 4.0]])
    (found,) = solve(torch.tensor([0.0, 3.0]), references)
    return abs(float(found[0]) - 3) < 1e-3 and abs(float(found[1])) < 1e-3


MISCONCEPTIONS = (
    mistake("sign-turned", turn=lambda score: -score)
    .says("The sign is turned: a loss below that of the references gets a score below 0.")
    .asks("Does a model find a text that it was trained on easier than others do, or harder?"),
    mistake("without-its-sign", turn=torch.abs)
    .says("You took the sign away: a loss above that of the references is as suspect as one below.")
    .asks("Does a model find a text that it has read harder than models that have not?"),
    mistake("not-compared", center=lambda references: torch.zeros_like(references[0]))
    .says("You did not compare with the loss of the references.")
    .asks("A nursery rhyme has a low loss for all models. Was each of them trained on it?"),
    mistake("mean-over-all", center=lambda references: references.mean().expand(references.shape[1]))
    .says("You took one mean over all texts and all models.")
    .asks("What does your score say of a text that every model finds easy?"),
    mistake("best-reference", center=lambda references: references.min(dim=0).values)
    .says("You compared with the lowest loss of the references, not with their mean.")
    .asks("With more and more references, what becomes of the lowest of them?"),
    mistake("not-divided", spread=lambda references: torch.ones_like(references[0]))
    .says("You did not divide by the spread.")
    .asks("Two losses are half a nat below their means. The references agree on one text alone: which is the clue?"),
    mistake("variance", spread=lambda references: references.var(dim=0, correction=0))
    .says("You divided by the variance.")
    .asks("In which unit is your score, if losses are in nats?"),
    mistake("spread-of-a-sample", spread=lambda references: references.std(dim=0))
    .says("Within the spread you divided by the number of models less 1.")
    .asks("What is `correction` in `torch.std` unless you set it?"),
    mistake("spread-over-all", spread=lambda references: references.std(correction=0).expand(references.shape[1]))
    .says("You took one spread over all texts and all models.")
    .asks("Is what sets an easy text apart from a hard one a doubt about either?"),
)

CALIBRATED_SCORE = Exercise(
    id="calibrated_score",
    title="Unusually easy",
    family=score,
    returns={"score": "text"},
    probes=probes,
    examples=(
        (torch.tensor([1.0]), torch.tensor([[2.0], [4.0]])),
        (torch.tensor([1.0, 5.0]), torch.tensor([[2.0, 1.0], [4.0, 9.0]])),
        (torch.tensor([3.0, 0.0]), torch.tensor([[2.0, 2.0], [4.0, 2.5]])),
        (torch.tensor([5.0]), torch.tensor([[2.0], [4.0]])),
    ),
    properties=(
        FINITE,
        truth("hardness-matters", _a_harder_text_is_no_less_suspect)
        .right("If a text is harder for all models alike, nothing changes.")
        .says("If a text is harder by 2 nats for all models alike, your score changes.")
        .asks("Which number says how hard a text is by itself, and where is it taken off?"),
        truth("texts-see-each-other", _texts_do_not_see_each_other)
        .right("A text has the same score alone as among others.")
        .says("A text has another score alone than among other texts.")
        .asks("Over which axis, or axes, do your mean and your spread go?"),
        truth("not-in-spreads", _a_loss_far_below_scores_high)
        .right("A loss three spreads below the mean scores 3, and one at the mean 0.")
        .says("The references say 2 and 4. A loss of 0 does not score 3 with you, or a loss of 3 not 0.")
        .asks("What are the mean and the spread of 2 and 4?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        twin(
            "without-its-sign not-compared",
            seen_as="sign-turned not-compared",
            because="Losses are above 0, so that without their sign they are as if turned.",
        ),
    ),
)
