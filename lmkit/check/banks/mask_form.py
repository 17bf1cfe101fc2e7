"""Mistakes about what a mask is made of. They are the same for every exercise that makes a mask."""

import torch
from jaxtyping import Bool, Shaped
from torch import Tensor

from lmkit.check.bank import Twin, hides, mistake, twin


def as_it_is(mask: Tensor) -> Tensor:
    """The mask itself."""
    return mask


def swapped(may_attend: Bool[Tensor, "..."]) -> Bool[Tensor, "..."]:
    """True for False and False for True."""
    return ~may_attend


def as_added_scores(may_attend: Bool[Tensor, "..."]) -> Shaped[Tensor, "..."]:
    """0 where a query may look, minus infinity where it may not."""
    return torch.zeros(may_attend.shape).masked_fill(~may_attend, -torch.inf)


CONSTANTS = (
    mistake("hides-nothing", polarity=torch.ones_like)
    .says("Your mask hides nothing: it is True everywhere.")
    .asks("What is this mask there to hide, and which entries belong to that?"),
    mistake("hides-everything", polarity=torch.zeros_like)
    .says("Your mask hides everything: it is False everywhere.")
    .asks("Softmax needs a key to give weight to. What can it do with a row in which all is hidden?"),
)

INVERTED = (
    mistake("inverted", polarity=swapped)
    .says("True and False are the wrong way round: your mask is True where a query may not look.")
    .asks("Read your mask aloud with its name: query 0 may attend to key 0. True or False?")
)

FORM = (
    mistake("numbers-not-truth-values", form=lambda may_attend: may_attend.float())
    .says("Your mask holds the numbers 1 and 0, not True and False.")
    .asks("What does `~` do with a mask of numbers, and which comparison or type would give truth values?"),
    mistake("scores-not-truth-values", form=as_added_scores)
    .says("Your mask holds 0 and minus infinity: it is made to be added to scores.")
    .asks(
        "The function that uses the mask fills in minus infinity by itself. What does it need to know for that, for "
        "each query and key?"
    ),
)


def twins_of_constants(codes: str) -> tuple[Twin, ...]:
    """A mask of one value only cannot show any of these mistakes as well."""
    because = "a mask that is the same everywhere shows nothing else about who sees whom"
    numbers, zeros = "hides-everything numbers-not-truth-values", "hides-nothing scores-not-truth-values"
    return (
        twin(numbers, seen_as=zeros, because="both are zeros everywhere"),
        *hides("hides-nothing hides-everything", codes, because),
    )
