"""What the parts of a model read and write: vectors of d_model numbers."""

import torch
from torch import Tensor, nn


def check_vectors(x: Tensor, d_model: int, reader: nn.Module) -> None:
    """Refuse what a layer cannot read: numbers of another type (TypeError), or another count of them (ValueError).

    Args:
        reader: the projection that reads them first. It is asked at each token that is written, so in few steps.
    """
    if type(reader) is nn.Linear:
        dtype = reader.weight.dtype
    else:  # a LoRA, whose own numbers may have more bits than the layer in it; or anything else
        dtype = next(getattr(reader, "layer", reader).parameters()).dtype
    if x.dtype != dtype and not _is_cast(x):
        raise TypeError(f"x has dtype {x.dtype}, but the weights of this layer have {dtype}: use x.to({dtype})")
    if x.shape[-1] != d_model:
        raise ValueError(f"x has vectors of {x.shape[-1]} numbers, but this layer has d_model={d_model}")


def _is_cast(x: Tensor) -> bool:
    """Say whether PyTorch brings these numbers to the type that a product needs (autocast)."""
    return x.is_floating_point() and torch.is_autocast_enabled(x.device.type)
