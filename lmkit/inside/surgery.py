"""Surgery on the feed-forward networks: the straight line that comes closest to each, and neurons left out by how much
they write. `lmkit.inside.interventions` puts another function in a network's place. No weight is changed.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.inside import interventions
from lmkit.model.transformer import Transformer

Network = Callable[[Tensor], Tensor]  # from what a feed-forward network reads to what it writes


@torch.no_grad()
def best_lines(model: Transformer, tokens: Int[Tensor, "batch position"]) -> list[Network]:
    r"""Straighten each layer's feed-forward network: the linear map that comes closest to it on a text.

    $$\min_{W, b} \sum_x \lVert W x + b - \mathrm{FFN}(x) \rVert^2$$

    over all vectors $x$ that the network reads while the intact model reads the text.
    """
    lines = []
    with ExitStack() as hooks:
        for block in model.blocks:
            hooks.enter_context(block.feed_forward.register_forward_hook(_keep_line(lines)))
        model(tokens)
    return lines


def _keep_line(lines: list[Network]) -> Callable:
    return lambda _, inputs, output: lines.append(_fitted(inputs[0].flatten(0, -2), output.flatten(0, -2)))


def _fitted(x: Float[Tensor, "vector read"], y: Float[Tensor, "vector written"]) -> Network:
    rounding = 1e-6  # where a norm keeps vectors on a plane, they leave it by no more
    matrix = torch.linalg.pinv(_with_one(x).double(), rtol=rounding) @ y.double()
    return lambda x: _with_one(x) @ matrix.to(x.dtype)


def _with_one(x: Float[Tensor, "... read"]) -> Float[Tensor, "... wider"]:
    return F.pad(x, (0, 1), value=1.0)  # so that the last row of the matrix is a bias


@contextmanager
def thinned_out(model: Transformer, loudness: Float[Tensor, "layer neuron"], share: float) -> Iterator[None]:
    r"""Silence all neurons of each layer but those that write most on average, $\overline{|a_i|}\,\lVert v_i \rVert$.

    Args:
        loudness: how strongly each neuron fires on average, as `lmkit.inside.survey` gives it.
        share: the share of the neurons that stay, from 0 to 1.
    """
    silent = []
    for layer, block in enumerate(model.blocks):
        size = loudness[layer] * block.feed_forward.write.weight.norm(dim=0)
        quiet = size.argsort(descending=True)[round(share * len(size)) :]
        silent += [(layer, neuron) for neuron in quiet.tolist()]
    with interventions.changed(model, off={"neurons": silent}):
        yield
