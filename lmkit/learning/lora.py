"""LoRA: leave the weights of a layer as they are, and learn a small correction beside them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from math import sqrt

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmkit.ranges import check_number, check_whole


class LoRA(nn.Module):
    r"""A frozen linear layer with a correction of low rank beside it.

    $$y = Wx + b + \frac{\alpha}{r}\,B A x, \qquad A \in \mathbb{R}^{r \times d_{in}},
    \; B \in \mathbb{R}^{d_{out} \times r}$$

    A (`down`) is drawn at random and B (`up`) is 0, so at the start nothing has changed. Both are trained: r (d_in +
    d_out) numbers in place of d_in · d_out. Dividing by r is to spare tuning alpha again when r is changed.

    Args:
        layer: an nn.Linear, or the Conv1D of transformers' GPT-2, whose weight is transposed. It is frozen, not copied.
            If it has 16 bits, A and B have 32: small steps would be lost in rounding.

    Raises:
        ValueError: the layer is none of the two, or rank or alpha cannot be.

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
        _check(layer, rank, alpha)
        self.scale = alpha / rank
        self.out_features, self.in_features = _matrix(layer).shape
        down = torch.randn(rank, self.in_features, generator=generator)
        down = down / sqrt(self.in_features)
        up = torch.zeros(self.out_features, rank)
        dtype = torch.promote_types(layer.weight.dtype, torch.float32)
        self.down = nn.Parameter(down.to(layer.weight.device, dtype))
        self.up = nn.Parameter(up.to(layer.weight.device, dtype))
        self.layer = layer.requires_grad_(False)

    def forward(self, x: Float[Tensor, "... d_in"]) -> Float[Tensor, "... d_out"]:
        """Apply layer and correction: the x with r numbers in the middle, never the whole B A."""
        y = self.layer(x)
        change = self.scale * (x.to(self.down.dtype) @ self.down.mT @ self.up.mT)
        return y + change.to(y.dtype)

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

    A layer that stands in the model under several names gets one LoRA for all of them, if a pattern fits any.

    Args:
        model: any model; of a `Classifier` give the body, so that the head is trained as well.
        names: patterns of layer names as in `model.named_modules()`, where * stands for anything:
            "*.attention.to_query", "*.query" (BERT), "*.c_attn" (GPT-2), "*.q_proj" (Llama).
        generator: draws each A; PyTorch's own unless given.

    Returns:
        The names of the layers.

    Raises:
        ValueError: rank or alpha cannot be, a pattern fits no linear layer, a layer shares its weight with another or
            is never called, or the model has LoRA already. The model is as it was.
    """
    if any(isinstance(module, LoRA) or hasattr(module, "lora_A") for module in model.modules()):  # lora_A: of PEFT
        raise ValueError("this model has LoRA already: lora.merge or lora.remove comes first")
    chosen = _choose(model, names)
    _refuse_shared(model, chosen)
    _refuse_uncalled(model, chosen)
    adapters = {layer: LoRA(layer, rank, alpha, generator) for layer in dict.fromkeys(chosen.values())}
    model.requires_grad_(False)
    for name, layer in chosen.items():
        model.set_submodule(name, adapters[layer])
    return list(chosen)


@torch.no_grad()
def merge(model: nn.Module) -> None:
    """Add each correction to the weight it belongs to, and take the adapters off: the model computes the same, faster.

    The weights stay frozen. If they have 16 bits, the sum is rounded to them.
    """
    for adapter in set(_adapters(model).values()):
        _matrix(adapter.layer).add_(adapter.correction())
    remove(model)


def remove(model: nn.Module) -> None:
    """Take the adapters off: the model is what it was before, bit for bit, and frozen."""
    for name, adapter in _adapters(model).items():
        model.set_submodule(name, adapter.layer)


def _adapters(model: nn.Module) -> dict[str, LoRA]:
    found = {name: module for name, module in _named(model) if isinstance(module, LoRA)}
    if not found:
        raise ValueError("this model has no LoRA: lora.add puts it in")
    return found


def _named(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """List all modules within a model, one that stands in it under several names under each of them."""
    return ((name, module) for name, module in model.named_modules(remove_duplicate=False) if name)


def _choose(model: nn.Module, patterns: Sequence[str]) -> dict[str, nn.Module]:
    if isinstance(patterns, str) or not patterns:
        raise ValueError(f"names is {patterns!r}, but must be a list of patterns, such as ['*.to_query', '*.to_value']")
    linear = {name: layer for name, layer in _named(model) if _is_linear(layer)}
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in linear):
            endings = ", ".join(sorted({"*." + ".".join(name.split(".")[-2:]) for name in linear}))
            raise ValueError(f"no linear layer is called {pattern!r}; there are: {endings or 'none in this model'}")
    fitting = {layer for name, layer in linear.items() if any(fnmatchcase(name, pattern) for pattern in patterns)}
    return {name: layer for name, layer in linear.items() if layer in fitting}


def _is_linear(module: nn.Module) -> bool:
    return isinstance(module, nn.Linear) or type(module).__name__ == "Conv1D"  # by name: transformers may be absent


def _matrix(layer: nn.Module) -> Float[Tensor, "d_out d_in"]:
    """See the weight of a layer as (d_out, d_in)."""
    return layer.weight if isinstance(layer, nn.Linear) else layer.weight.mT


def _check(layer: nn.Module, rank: int, alpha: float) -> None:
    check_whole("rank", rank, 1)
    check_number("alpha", alpha, lambda x: x > 0, "above 0 and finite")
    if not _is_linear(layer) or not layer.weight.is_floating_point():
        raise ValueError(
            f"LoRA goes around an nn.Linear or a Conv1D that holds floating-point numbers, not around a "
            f"{type(layer).__name__}"
        )


def _refuse_shared(model: nn.Module, layers: dict[str, nn.Module]) -> None:
    owners = Counter(id(weight) for module in model.modules() for weight in module.parameters(recurse=False))
    for name, layer in layers.items():
        if owners[id(layer.weight)] > 1:
            raise ValueError(f"the layer {name} shares its weight with another, which would change too: leave it out")


def _refuse_uncalled(model: nn.Module, layers: dict[str, nn.Module]) -> None:
    for reader, module in model.named_modules(remove_duplicate=False):
        inside = [name for name in layers if name.startswith(f"{reader}." if reader else "")]
        if inside and isinstance(module, nn.MultiheadAttention | nn.TransformerEncoderLayer):
            raise ValueError(
                f"the {type(module).__name__} around the layer {inside[0]} reads its weight and "
                "need not call it, so that an adapter would be passed over: leave it out"
            )
