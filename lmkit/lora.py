"""LoRA: leave the weights of a layer as they are, and learn a small correction beside them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn


class LoRA(nn.Module):
    r"""A frozen linear layer with a correction of low rank beside it.

    $$y = Wx + b + \frac{\alpha}{r}\,B A x, \qquad A \in \mathbb{R}^{r \times d_{in}},
    \; B \in \mathbb{R}^{d_{out} \times r}$$

    A (`down`) is drawn at random and B (`up`) is 0, so at the start nothing has changed. Both are trained: r (d_in +
    d_out) numbers in place of d_in · d_out. Dividing by r keeps the size of the correction when r is changed.

    Args:
        layer: an nn.Linear, or the Conv1D of transformers' GPT-2, whose weight is transposed. It is frozen, not copied.

    Source: Hu et al. 2022, section 4.1.
    """

    def __init__(
        self,
        layer: nn.Module,
        rank: int,
        alpha: float,
        generator: torch.Generator | None = None,
    ):
        super().__init__()
        self.layer = layer.requires_grad_(False)
        self.scale = alpha / rank
        self.out_features, self.in_features = _matrix(layer).shape
        down = torch.randn(rank, self.in_features, generator=generator)
        down = down / sqrt(self.in_features)
        up = torch.zeros(self.out_features, rank)
        self.down = nn.Parameter(down.to(layer.weight))
        self.up = nn.Parameter(up.to(layer.weight))

    def forward(self, x: Float[Tensor, "... d_in"]) -> Float[Tensor, "... d_out"]:
        """Apply layer and correction: the x with r numbers in the middle, never the whole B A."""
        return self.layer(x) + self.scale * (x @ self.down.mT @ self.up.mT)

    def correction(self) -> Float[Tensor, "d_out d_in"]:
        """Give what is added to the weight: (α/r) B A."""
        return self.scale * self.up.detach() @ self.down.detach()


def add(
    model: nn.Module,
    names: Sequence[str],
    *,
    rank: int = 4,
    alpha: float = 8.0,
    generator: torch.Generator | None = None,
) -> list[str]:
    """Put LoRA around layers of a model, in place, and freeze everything else in it.

    Args:
        model: any model; of a `Classifier` give the body, so that the head is trained as well.
        names: patterns of layer names as in `model.named_modules()`, where * stands for anything:
            "*.attention.to_query", "*.query" (BERT), "*.c_attn" (GPT-2), "*.q_proj" (Llama).
        generator: draws each A; PyTorch's own unless given.

    Returns:
        The names of the layers.

    Raises:
        ValueError: rank or alpha cannot be, a pattern fits no linear layer, a layer shares its weight with another, or
            the model has LoRA already.
    """
    if rank < 1 or not alpha > 0:
        raise ValueError(f"rank is {rank} and alpha {alpha}, but rank must be 1 or more, and alpha above 0")
    if any(isinstance(module, LoRA) for module in model.modules()):
        raise ValueError("this model has LoRA already: lora.merge or lora.remove comes first")
    linear = {name: layer for name, layer in model.named_modules() if _is_linear(layer)}
    for pattern in names:
        if not any(fnmatchcase(name, pattern) for name in linear):
            endings = ", ".join(sorted({"*." + ".".join(name.split(".")[-2:]) for name in linear}))
            raise ValueError(f"no linear layer is called {pattern!r}; there are: {endings}")
    chosen = [name for name in linear if any(fnmatchcase(name, pattern) for pattern in names)]
    _refuse_shared(model, {name: linear[name] for name in chosen})
    model.requires_grad_(False)
    for name in chosen:
        model.set_submodule(name, LoRA(linear[name], rank, alpha, generator))
    return chosen


@torch.no_grad()
def merge(model: nn.Module) -> None:
    """Add each correction to the weight it belongs to, and take the adapters off: the model computes the same, faster.

    The weights stay frozen.
    """
    for name, adapter in _adapters(model):
        _matrix(adapter.layer).add_(adapter.correction())
        model.set_submodule(name, adapter.layer)


def remove(model: nn.Module) -> None:
    """Take the adapters off: the model is what it was before, bit for bit, and frozen."""
    for name, adapter in _adapters(model):
        model.set_submodule(name, adapter.layer)


def _adapters(model: nn.Module) -> Iterator[tuple[str, LoRA]]:
    found = [(name, module) for name, module in model.named_modules() if isinstance(module, LoRA)]
    if not found:
        raise ValueError("this model has no LoRA: lora.add puts it in")
    yield from found


def _is_linear(module: nn.Module) -> bool:
    return isinstance(module, nn.Linear) or type(module).__name__ == "Conv1D"  # by name: transformers may be absent


def _matrix(layer: nn.Module) -> Float[Tensor, "d_out d_in"]:
    """See the weight of a layer as (d_out, d_in)."""
    return layer.weight if isinstance(layer, nn.Linear) else layer.weight.mT


def _refuse_shared(model: nn.Module, layers: dict[str, nn.Module]) -> None:
    weighty = [module for module in model.modules() if isinstance(module, nn.Embedding) or _is_linear(module)]
    owners = Counter(id(module.weight) for module in weighty)
    for name, layer in layers.items():
        if owners[id(layer.weight)] > 1:
            raise ValueError(f"the layer {name} shares its weight with another, which would change too: leave it out")
