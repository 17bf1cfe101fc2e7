"""The way back through an answer, held against that of the right one."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from lmkit.check.calling import ask, copied, is_floating
from lmkit.check.exercise import Probe

TOLERANCE = 0.01  # of the largest number in a gradient: rounding stays far below, a step cut out of the graph far above
NOTHING = 1e-5  # smaller numbers count as 0: a softmax that is all on one key lets nothing else through


@dataclass(frozen=True)
class WayBack:
    """Whether any result hangs on the inputs, and the gradient of each floating input (None for all others)."""

    exists: bool
    gradients: tuple[Tensor | None, ...]


def way_back(function: Callable, probe: Probe) -> WayBack:
    """The gradients of one weighted sum of all floating results, the same weights for every function."""
    with torch.enable_grad():
        leaves = [arg.clone().requires_grad_() if is_floating(arg) else copied(arg) for arg in probe.args]
        # "* 1": a tensor that autograd made may be changed in place, and that is another finding
        args = tuple(leaf * 1 if is_floating(leaf) else leaf for leaf in leaves)
        total = _weighted_sum(ask(function, args))
    inputs = [leaf for leaf in leaves if is_floating(leaf)]
    if not (isinstance(total, Tensor) and total.requires_grad):
        return WayBack(False, tuple(None for _ in leaves))
    found = iter(torch.autograd.grad(total, inputs, allow_unused=True, materialize_grads=True))
    return WayBack(True, tuple(next(found) if is_floating(leaf) else None for leaf in leaves))


def _weighted_sum(returned: object) -> Tensor | float:
    source = torch.Generator().manual_seed(0)
    total: Tensor | float = 0.0
    for value in returned if isinstance(returned, tuple | list) else (returned,):
        if is_floating(value):
            total = total + (value.double() * torch.randn(value.shape, generator=source, dtype=torch.float64)).sum()
    return total


def differs(mine: Tensor | None, theirs: Tensor | None) -> bool:
    """True where the right gradient is known and finite, and this one is another."""
    if mine is None or theirs is None or not theirs.isfinite().all():
        return False
    atol = TOLERANCE * theirs.abs().max().item() + NOTHING if theirs.numel() else 0.0
    return not torch.allclose(mine, theirs, rtol=0.0, atol=atol)
