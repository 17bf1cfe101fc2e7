"""Interventions: let a part of a model compute something else for a while, and see what changes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

from torch import Tensor, nn


@contextmanager
def replaced(parts: Mapping[nn.Module, Callable[[Tensor], Tensor]]) -> Iterator[None]:
    """Let some parts of a model be other functions while the block lasts: of what each is given first.

    The part itself is still called, and may be called by the function: only what it says is not listened to.
    """
    with ExitStack() as hooks:
        for part, function in parts.items():
            hooks.enter_context(part.register_forward_hook(_instead(function)))
        yield


def _instead(function: Callable[[Tensor], Tensor]) -> Callable:
    return lambda part, inputs, output: function(inputs[0])
