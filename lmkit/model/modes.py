"""Train and eval: dropout is on in the one mode and off in the other. Whoever changes it gives it back."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def mode(model: nn.Module, *, training: bool) -> Iterator[None]:
    """Within this context a model trains, or does not; afterwards every module has its own mode back."""
    before = [(module, module.training) for module in parts_of(model)]
    if any(was_training != training for _, was_training in before):  # to set what is set takes time, in each trace
        model.train(training)
    try:
        yield
    finally:
        for module, was_training in before:
            if module.training != was_training:
                module.training = was_training


def parts_of(model: nn.Module) -> list[nn.Module]:
    """The model and all that is in it: as `model.modules()` gives it, which spends its time on names.

    What is nearer to the model comes first; a part that is shared comes as often as it is in there.
    """
    parts = [model]
    for part in parts:  # the list grows while it is read
        parts.extend(child for child in part._modules.values() if child is not None)
    return parts
