"""Sites: the places in a model where what its heads, its neurons and its layers say can be seen and changed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from lmkit.model.transformer import Transformer

Part = Literal["mixed", "neurons", "attention", "feed_forward", "residual"]


@dataclass(frozen=True)
class Site:
    """The places of one layer.

    Attributes:
        block: is given the residual stream.
        output: the projection of attention. It is given what the heads have mixed, side by side, and gives what
            attention writes.
        write: the projection of the feed-forward network. It is given what the neurons say, and gives what they write.
        widths: how many numbers a part of the layer has for each token: "mixed" all heads together, "neurons",
            "attention", "feed_forward" and "residual".
    """

    block: nn.Module
    output: nn.Module
    write: nn.Module
    n_heads: int
    widths: dict[Part, int]


def find(model: nn.Module) -> list[Site]:
    """Find the sites of each layer.

    Raises:
        TypeError: it is no model in which they are known.
    """
    if not isinstance(model, Transformer):
        raise TypeError(f"the model is a {type(model).__name__}, and its heads and neurons are not known: use lmkit's")
    config = model.config
    widths = dict.fromkeys(["mixed", "attention", "feed_forward", "residual"], config.d_model)
    widths["neurons"] = config.d_hidden
    return [
        Site(block, block.attention.to_output, block.feed_forward.write, config.n_heads, widths)
        for block in model.blocks
    ]


def edit(site: Site, part: Part, change: Callable[[Tensor], Tensor]) -> RemovableHandle:
    """Let a part say what `change` makes of it."""
    module, is_input = _place(site, part)
    if is_input:
        return module.register_forward_pre_hook(lambda _, inputs: (change(inputs[0]), *inputs[1:]))
    return module.register_forward_hook(lambda _, inputs, output: change(output))


def listen(site: Site, part: Part, hear: Callable[[Tensor], None]) -> RemovableHandle:
    """Hand on what a part says."""
    module, is_input = _place(site, part)
    if is_input:
        return module.register_forward_pre_hook(lambda _, inputs: hear(inputs[0]))
    return module.register_forward_hook(lambda _, inputs, output: hear(output))


def _place(site: Site, part: Part) -> tuple[nn.Module, bool]:
    """The module at which a part is met, and whether it is what the module is given."""
    return {
        "mixed": (site.output, True),
        "neurons": (site.write, True),
        "attention": (site.output, False),
        "feed_forward": (site.write, False),
        "residual": (site.block, True),
    }[part]
