"""Sites: the places in a model where what its heads, its neurons and its layers say can be seen and changed.

In a model of transformers they are found by what runs: the projection that runs first after a layer has attended is
given what its heads have mixed, and the one that runs last in the block is given what its neurons say.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from lmkit.inside import attention_interface, blocks, transformers_models
from lmkit.model.encoder_decoder import EncoderDecoder
from lmkit.model.modes import mode
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
            None where each token has neurons of its own, in a mixture of experts.
        widths: how many numbers each part has for each token; "mixed" is all heads together.
    """

    block: nn.Module
    output: nn.Module
    write: nn.Module | None
    n_heads: int
    widths: dict[Part, int]

    def width(self, part: Part) -> int:
        """How many numbers a part has for each token.

        Raises:
            ValueError: the layer has no such part.
        """
        if part not in self.widths:
            raise ValueError(
                f"this layer has no {part}: it is a mixture of experts, in which each token has neurons of its own. "
                "Its heads, what attention writes and its stream can be changed"
            )
        return self.widths[part]


def find(model: nn.Module) -> list[Site]:
    """Find the sites of each layer.

    Raises:
        TypeError: it is no model in which they can be found.
    """
    inner = transformers_models.without_wrappers(model)
    if isinstance(inner, EncoderDecoder):
        raise TypeError(f"{_name(inner)} is two models, of which each can be changed alone: take its .encoder")
    return _of_ours(inner) if isinstance(inner, Transformer) else _of_transformers(model, inner)


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


def _of_ours(model: Transformer) -> list[Site]:
    config = model.config
    widths = dict.fromkeys(["mixed", "attention", "feed_forward", "residual"], config.d_model)
    widths["neurons"] = config.d_hidden
    return [
        Site(block, block.attention.to_output, block.feed_forward.write, config.n_heads, widths)
        for block in model.blocks
    ]


# --- Models of transformers. ---


@dataclass
class _Run:
    """What ran in one block: its projections since it attended, with the widths of what each was given and gave."""

    block: nn.Module
    width: int
    n_heads: int = 0
    after: list[tuple[nn.Module, int, int]] = field(default_factory=list)


def _of_transformers(model: nn.Module, inner: nn.Module) -> list[Site]:
    transformers_models.check(inner)
    if inner.config.is_encoder_decoder:
        raise TypeError(f"{_name(inner)} is two models, of which each can be changed alone: take its get_encoder()")
    runs: list[_Run] = []
    with ExitStack() as watched, torch.no_grad(), mode(model, training=False):
        watched.enter_context(transformers_models.as_written())
        for block in blocks.find(inner.base_model):
            for handle in _watched(block, runs):
                watched.enter_context(handle)
        watched.enter_context(attention_interface.watched(inner, lambda seen: _attended(runs, seen), False))
        model(torch.zeros(1, 2, dtype=torch.long, device=next(model.parameters()).device))
    if not runs:
        raise TypeError(f"the blocks of {_name(inner)} are not where transformers says, so its parts cannot be found")
    sites = [_site(inner, run) for run in runs]
    if len({site.block for site in sites}) < len(sites):
        raise TypeError(f"the layers of {_name(inner)} share their weights, so that none can be changed alone")
    return sites


def _watched(block: nn.Module, runs: list[_Run]) -> list[RemovableHandle]:
    def begin(module, inputs):
        runs.append(_Run(module, inputs[0].shape[-1]))

    def project(module, inputs, output):
        if runs and runs[-1].n_heads:
            runs[-1].after.append((module, inputs[0].shape[-1], output.shape[-1]))

    each = [part for child in block.children() for part in blocks.projections_of(child)]
    return [block.register_forward_pre_hook(begin), *(part.register_forward_hook(project) for part in each)]


def _attended(runs: list[_Run], seen: attention_interface.Attended) -> None:
    if runs:
        runs[-1].n_heads = seen.query.shape[1]


def _site(model: nn.Module, run: _Run) -> Site:
    if not run.after or run.after[0][1] % run.n_heads:
        raise TypeError(f"in {_name(model)} no projection follows attention, so its heads are not to be told apart")
    output, mixed, attention = run.after[0]
    widths = {"mixed": mixed, "attention": attention, "residual": run.width}
    write, neurons, feed_forward = run.after[-1] if len(run.after) > 1 else (None, 0, 0)
    if write is not None:
        widths |= {"neurons": neurons, "feed_forward": feed_forward}
    return Site(run.block, output, write, run.n_heads, widths)


def _name(model: nn.Module) -> str:
    return f"this {type(model).__name__}"
