r"""Erasure: take what tells two groups apart out of the residual stream, by a projection.

A projection along one direction u takes away what a vector has of it, $x - (x \cdot u)\,u$, and nothing else. If u is
the difference of the groups' means, they have one mean afterwards, and no linear probe tells them apart there. Whether
another probe does, or one that looks elsewhere, is another question.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lmkit.inside import sites

Eraser = Callable[[Tensor], Tensor]  # from streams (..., d_model) to streams of the same shape


def mean_difference(
    streams: Float[Tensor, "text d_model"], group: Bool[Tensor, "text"]
) -> Float[Tensor, "d_model"]:
    r"""Give the direction from the mean of one group to that of the other, of length 1.

    Raises:
        ValueError: a group is empty, or their means are the same.
    """
    if not group.any() or group.all():
        raise ValueError("all texts are of one group: give texts of both")
    apart = streams[group].mean(dim=0) - streams[~group].mean(dim=0)
    if apart.norm() == 0:
        raise ValueError("the means of the two groups are the same: there is no direction to take out")
    return apart / apart.norm()


def along(direction: Float[Tensor, "d_model"]) -> Eraser:
    r"""Make an eraser of one direction: $x \mapsto x - \frac{x \cdot u}{u \cdot u}\,u$."""
    unit = direction / direction.norm()
    return lambda streams: streams - (streams @ unit)[..., None] * unit


def leace(streams: Float[Tensor, "text d_model"], group: Bool[Tensor, "text"]) -> Eraser:
    r"""Make the eraser that changes the streams least, of all after which no linear probe tells the groups apart.

    $$x \mapsto x - W^{+} P\, W (x - \mu), \qquad W = \Sigma_{xx}^{-1/2}$$

    with P the projection onto $W \Sigma_{xz}$, which for two groups is a single direction. It holds for the streams
    that it is made of, and about for others like them.

    Raises:
        ValueError: a group is empty, or their means are the same.

    Source: Belrose et al. 2023 (LEACE), section 4.
    """
    mean_difference(streams, group)  # refuses what has no difference
    x, z = streams.double(), group.double()
    mu = x.mean(dim=0)
    sizes, axes = torch.linalg.eigh((x - mu).T @ (x - mu) / len(x))
    scale = torch.where(sizes > 1e-10 * sizes.max(), sizes, 0.0).sqrt()
    whiten = axes * torch.where(scale > 0, 1 / scale, 0.0) @ axes.T
    color = axes * scale @ axes.T
    concept = whiten @ ((x - mu).T @ (z - z.mean()))
    concept = concept / concept.norm()
    read, write = (whiten @ concept).float(), (color @ concept).float()
    return lambda streams: streams - ((streams - mu.float()) @ read)[..., None] * write


@contextmanager
def erased(model: nn.Module, erasers: Sequence[Eraser | None]) -> Iterator[None]:
    """Let an eraser change the stream before each block, at all positions, while the block lasts; None changes nothing.

    Raises:
        ValueError: there is not one entry for each block.
    """
    layers = sites.find(model)
    if len(erasers) != len(layers):
        raise ValueError(f"there are {len(erasers)} erasers and {len(layers)} blocks: give one each, or None")
    with ExitStack() as hooks:
        for site, eraser in zip(layers, erasers, strict=True):
            if eraser is not None:
                hooks.enter_context(sites.edit(site, "residual", eraser))
        yield
