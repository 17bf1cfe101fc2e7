"""Exercise: hide tokens and ask for them, with the draws given.

Check `masked_lm(tokens, chosen, fate, random_tokens, mask_id) -> (inputs, labels)`, with the draws given.

A chosen token becomes `mask_id` where `fate` is below 0.8, the one in `random_tokens` where it is from 0.8 to
0.9, and stays as it is above. The labels are the chosen tokens, IGNORE (-100) elsewhere.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, always, hides, mistake, twin
from lmkit.learning.objectives import IGNORE

Tokens = Int[Tensor, "batch position"]
Choice = Bool[Tensor, "batch position"]
Fates = Float[Tensor, "batch position"]


def hide(
    tokens: Tokens,
    chosen: Choice,
    fate: Fates,
    random_tokens: Tokens,
    mask_id: int,
    *,
    touched: Callable = lambda chosen: chosen,
    is_masked: Callable = lambda fate: fate < 0.8,
    is_replaced: Callable = lambda fate: (fate >= 0.8) & (fate < 0.9),
    asked: Callable = lambda chosen, tokens, inputs, mask_id: chosen,
    answer: Callable = lambda tokens, inputs: tokens,
    ignored: int = IGNORE,
) -> tuple[Tokens, Tokens]:
    """Of the chosen tokens 80 % become the mask, 10 % another token; all are asked for. The keywords are switches."""
    inputs = torch.where(touched(chosen) & is_masked(fate), mask_id, tokens)
    inputs = torch.where(touched(chosen) & is_replaced(fate), random_tokens, inputs)
    labels = torch.where(asked(chosen, tokens, inputs, mask_id), answer(tokens, inputs), ignored)
    return inputs, labels


def probes(seed: int) -> Probes:
    """Every fate, also 0.8 itself, for tokens chosen and others; no random token is the one that it replaces."""
    draw, vocab = Draws(seed), 20

    def batch(*shape: int) -> tuple[Tokens, Choice, Fates, Tokens]:
        n = math.prod(shape)
        place = draw.order(n).view(shape)
        fate = (place + 0.5) / n  # 0.0125, 0.0375, ... in any order, so that all fates occur
        tokens = draw.whole(4, vocab, *shape)  # 0 to 3 are special
        others = 4 + (tokens - 4 + draw.whole(1, vocab - 4, *shape)) % (vocab - 4)
        return tokens, place % 2 == 0, fate, others

    tokens, chosen, fate, others = batch(3, 6)
    border = batch(5, 8)
    border[2][border[1] & (border[2] > 0.8) & (border[2] < 0.84)] = 0.8
    return (
        Probe("when all draws of `fate` are below 0.8", (tokens, chosen, 0.8 * fate, others, 1)),
        Probe("for all fates", (*border, 3)),
    )


def _others_stay(args: tuple, inputs: Tensor, labels: Tensor) -> bool:
    tokens, chosen, *_ = args
    return bool((inputs == tokens)[~chosen].all())


def _others_are_not_asked_for(args: tuple, inputs: Tensor, labels: Tensor) -> bool:
    return bool((labels[~args[1]] == IGNORE).all())


def _chosen_are_asked_for(args: tuple, inputs: Tensor, labels: Tensor) -> bool:
    tokens, chosen, *_ = args
    return bool((labels == tokens)[chosen].all())


MISCONCEPTIONS = (
    mistake("choice-ignored", touched=torch.ones_like)
    .says("You changed tokens that were not chosen.")
    .asks("`fate` says what happens to a chosen token. What should it say about the others?"),
    mistake("all-become-the-mask", is_masked=lambda fate: fate >= 0, is_replaced=lambda fate: fate < 0)
    .says("All chosen tokens become the mask.")
    .asks("Later, in real text, there is no mask. When would the model learn to look at a token that is not one?"),
    mistake("fates-swapped", is_masked=lambda fate: (fate >= 0.8) & (fate < 0.9), is_replaced=lambda fate: fate < 0.8)
    .says("80 % of the chosen tokens become another token and 10 % the mask: the two have changed places.")
    .asks("Which of the two tells the model plainly that something is missing? Should that be common or rare?"),
    mistake("none-replaced", is_replaced=lambda fate: fate < 0)
    .says("No chosen token becomes another one: those that are not masked all stay.")
    .asks("`random_tokens` is there for a reason. Which draws of `fate` use it?"),
    mistake("none-kept", is_replaced=lambda fate: fate >= 0.8)
    .says("No chosen token stays as it is: those that are not masked are all replaced.")
    .asks("Of 100 chosen tokens, how many should come out unchanged, and for which draws of `fate`?"),
    mistake("all-asked-for", asked=lambda chosen, tokens, inputs, mask_id: torch.ones_like(chosen))
    .says("You asked for every token, also for those that stand there to be read.")
    .asks("Most tokens can be copied from the input. What would most of the loss be about then?"),
    mistake("others-asked-for", asked=lambda chosen, tokens, inputs, mask_id: ~chosen)
    .says("You asked for the tokens that were not chosen, and not for those that were.")
    .asks("A label of IGNORE asks nothing. Which tokens should get it?"),
    mistake("only-masks-asked-for", asked=lambda chosen, tokens, inputs, mask_id: inputs == mask_id)
    .says("You asked only where the mask stands, not where a chosen token was replaced or kept.")
    .asks("If only masks were ever asked for, what would the model have to know about the other tokens?"),
    mistake("only-changes-asked-for", asked=lambda chosen, tokens, inputs, mask_id: inputs != tokens)
    .says("You asked only where a token was changed: the chosen ones that stay are not asked for.")
    .asks("How should the model know whether a token it sees is right, if it is asked only about wrong ones?"),
    mistake("labels-from-the-inputs", answer=lambda tokens, inputs: inputs)
    .says("Your labels come from the inputs, after hiding: you ask for the mask.")
    .asks("When your code makes the labels, which variable still holds the tokens as they were?"),
    mistake("zero-for-ignore", ignored=0)
    .says("You wrote 0 where nothing is asked. But 0 is a token, and it will be asked for.")
    .asks("Which number can never be a token, and which one does `cross_entropy` pass over?"),
)

_EXAMPLE = (
    torch.tensor([[5, 6, 7, 8, 9, 5]]),
    torch.tensor([[True, False, True, True, False, False]]),
    torch.tensor([[0.25, 0.5, 0.875, 0.9375, 0.96875, 0.8125]]),
    torch.tensor([[8, 7, 9, 6, 7, 7]]),
    3,
)

MASKED_LM = Exercise(
    id="masked_lm",
    title="Hiding tokens, 80/10/10",
    family=hide,
    returns={"input tensor": "batch position", "label tensor": "batch position"},
    probes=probes,
    examples=(_EXAMPLE,),
    properties=(
        always("others-changed", _others_stay)
        .right("Tokens that are not chosen stay as they are.")
        .says("Tokens that are not chosen do not all stay as they are.")
        .asks("Where does your code look at `chosen` before it changes a token?"),
        always("others-not-ignored", _others_are_not_asked_for)
        .right("They are not asked for.")
        .says("Where a token is not chosen, the label is not always IGNORE.")
        .asks("What stands in your labels at those places, and what would the loss make of it?"),
        always("chosen-not-asked-for", _chosen_are_asked_for)
        .right("Every chosen token is asked for, as it was.")
        .says("Where a token is chosen, the label is not always that token.")
        .asks("Compare labels and tokens where `chosen` is True. What do the differences have in common?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "all-become-the-mask",
            "only-masks-asked-for",
            because="when all chosen tokens are masks, asking for masks is asking for all of them",
        ),
        *hides(
            "all-become-the-mask none-kept",
            "only-changes-asked-for",
            because="when all chosen tokens change, asking for changes is asking for all of them",
        ),
        twin(
            "none-replaced only-changes-asked-for",
            seen_as="none-replaced only-masks-asked-for",
            because="when none is replaced, the changes are the masks",
        ),
        *hides("all-asked-for", "zero-for-ignore", because="when all tokens are asked for, nothing is left to ignore"),
        *hides(
            "others-asked-for",
            "labels-from-the-inputs",
            because="the tokens that were not chosen are the same in the inputs",
        ),
    ),
)
