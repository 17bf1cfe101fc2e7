"""Properties that several exercises share."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lmkit.check.exercise import Probe, Property

Probes = tuple[Probe, ...]


def on_every_probe(holds: Callable[..., bool]) -> Callable[[Callable, Probes], bool]:
    """A property of one call, `holds(args, *results)`, as a property of all of them."""

    def on_all(solve: Callable, probes: Probes) -> bool:
        return all(holds(probe.args, *solve(*probe.args)) for probe in probes)

    return on_all


def close(one: Tensor, other: Tensor, atol: float) -> bool:
    """Equal but for rounding, whatever the precision of either."""
    return torch.allclose(one.double(), other.double(), atol=atol)


def _finite(args: tuple, *results: Tensor) -> bool:
    return all(bool(result.isfinite().all()) for result in results)


FINITE = Property(
    code="not-finite",
    right="All numbers are finite.",
    says="Some of your numbers are infinite or NaN.",
    asks="Which step could divide by 0, overflow, or take softmax of a row of minus infinity only?",
    holds=on_every_probe(_finite),
)


def sees_itself(args: tuple[Any, ...], mask: Tensor) -> bool:
    """The diagonal is True."""
    return bool(mask.diagonal().all())


def sees_nothing_later(args: tuple[Any, ...], mask: Tensor) -> bool:
    """Above the diagonal all is False."""
    return not mask.triu(diagonal=1).any()


SEES_ITSELF = Property(
    code="does-not-see-itself",
    right="Each token sees itself.",
    says="Not every token sees itself.",
    asks="What stands on the diagonal of your mask, and what should the first token look at otherwise?",
    holds=on_every_probe(sees_itself),
)

SEES_NOTHING_LATER = Property(
    code="sees-the-future",
    right="No token sees a later one.",
    says="Some tokens see a later one.",
    asks="In row 0 of your mask, which columns are True, and which tokens are they?",
    holds=on_every_probe(sees_nothing_later),
)
