"""Mistakes about the mode of a model, train or eval. They are the same for every exercise that is handed a model."""

from torch import nn

from lmkit.check.comparing import Result
from lmkit.check.exercise import Misconception, Property
from lmkit.check.properties import on_every_probe

KEPT = "mode as it was"


def mode_after(model: nn.Module, before: bool) -> str:
    """In words: the mode that an answer left the model in. `before` is True if all of it was in train mode."""
    if model.training != before:
        return "left in train mode" if model.training else "left in eval mode"
    return KEPT if all(part.training == before for part in model.modules()) else "a part of it in another mode"


def set_mode(model: nn.Module, mode: bool | None) -> None:
    """What the switch `mode` does: True for train, False for eval, None for leaving it alone."""
    if mode is not None:
        model.train(mode)


def _keeps_the_mode(args: tuple, *results: Result) -> bool:
    return any(KEPT in result for result in results if isinstance(result, list))


LEFT_IN_EVAL_MODE = Misconception(
    code="left-in-eval-mode",
    says="You leave the model in eval mode, though it was in train mode: from here on it trains without dropout.",
    asks="Which line changes the mode, and does your function need it?",
    wrong={"mode": False},
)

MODES = (
    LEFT_IN_EVAL_MODE,
    Misconception(
        code="left-in-train-mode",
        says="You leave the model in train mode, though it was in eval mode: from here on it answers with dropout.",
        asks="Which mode does the caller expect after your function: the one it chose, or another?",
        wrong={"mode": True},
    ),
)

KEEPS_THE_MODE = Property(
    code="another-mode",
    right="The model, with all its parts, is in the mode, train or eval, that it was in.",
    says="After your function the model, or a part of it, is in another mode than before.",
    asks="What do `train` and `eval` change in a model, and for how long?",
    holds=on_every_probe(_keeps_the_mode),
)
