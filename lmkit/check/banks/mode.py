"""Mistakes about the mode of a model, train or eval. They are the same for every exercise that is handed a model."""

from torch import nn

from lmkit.check.bank import always, mistake, notes

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


MODES = (
    mistake("left-in-eval-mode", mode=False)
    .says("You leave the model in eval mode, though it was in train mode: from here on it trains without dropout.")
    .asks("Which line changes the mode, and does your function need it?"),
    mistake("left-in-train-mode", mode=True)
    .says("You leave the model in train mode, though it was in eval mode: from here on it answers with dropout.")
    .asks("Which mode does the caller expect after your function: the one it chose, or another?"),
)

KEEPS_THE_MODE = (
    always("another-mode", notes(KEPT))
    .right("The model, with all its parts, is in the mode, train or eval, that it was in.")
    .says("After your function the model, or a part of it, is in another mode than before.")
    .asks("What do `train` and `eval` change in a model, and for how long?")
)
