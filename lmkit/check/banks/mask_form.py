"""Mistakes about what a mask is made of. They are the same for every exercise that makes a mask."""

import torch
from jaxtyping import Bool, Shaped
from torch import Tensor

from lmkit.check.exercise import Misconception, Twin


def as_it_is(mask: Tensor) -> Tensor:
    """The mask itself."""
    return mask


def swapped(may_attend: Bool[Tensor, "..."]) -> Bool[Tensor, "..."]:
    """True for False and False for True."""
    return ~may_attend


def as_added_scores(may_attend: Bool[Tensor, "..."]) -> Shaped[Tensor, "..."]:
    """0 where a query may look, minus infinity where it may not."""
    return torch.zeros(may_attend.shape).masked_fill(~may_attend, -torch.inf)


HIDES_NOTHING = Misconception(
    code="hides-nothing",
    says="Your mask hides nothing: it is True everywhere.",
    asks="What is this mask there to hide, and which entries belong to that?",
    wrong={"polarity": torch.ones_like},
)

HIDES_EVERYTHING = Misconception(
    code="hides-everything",
    says="Your mask hides everything: it is False everywhere.",
    asks="Softmax needs a key to give weight to. What can it do with a row in which all is hidden?",
    wrong={"polarity": torch.zeros_like},
)

INVERTED = Misconception(
    code="inverted",
    says="True and False are the wrong way round: your mask is True where a query may not look.",
    asks="Read your mask aloud with its name: query 0 may attend to key 0. True or False?",
    wrong={"polarity": swapped},
)


def twins_of_constants(codes: tuple[str, ...]) -> tuple[Twin, ...]:
    """A mask of one value only cannot show any of these mistakes as well."""
    because = "a mask that is the same everywhere shows nothing else about who sees whom"
    constants = (HIDES_NOTHING.code, HIDES_EVERYTHING.code)
    zeros = Twin(
        (HIDES_EVERYTHING.code, "numbers-not-truth-values"),
        (HIDES_NOTHING.code, "scores-not-truth-values"),
        "both are zeros everywhere",
    )
    return (zeros, *(Twin((code, same), (same,), because) for code in codes for same in constants))


FORM = (
    Misconception(
        code="numbers-not-truth-values",
        says="Your mask holds the numbers 1 and 0, not True and False.",
        asks="What does `~` do with a mask of numbers, and which comparison or type would give truth values?",
        wrong={"form": lambda may_attend: may_attend.float()},
    ),
    Misconception(
        code="scores-not-truth-values",
        says="Your mask holds 0 and minus infinity: it is made to be added to scores.",
        asks="The function that uses the mask fills in minus infinity by itself. What does it need to know "
        "for that, for each query and key?",
        wrong={"form": as_added_scores},
    ),
)
