"""What the parts of a model read and write: vectors of d_model numbers."""

import torch
from torch import Tensor, nn


def check_vectors(x: Tensor, layer: nn.Module) -> None:
    """Refuse what a layer cannot read: numbers of another type (TypeError), or another count of them (ValueError)."""
    dtype = next(layer.parameters()).dtype
    fits = x.is_floating_point() if torch.is_autocast_enabled(x.device.type) else x.dtype == dtype
    if not fits:
        raise TypeError(f"x has dtype {x.dtype}, but the weights of this layer have {dtype}: use x.to({dtype})")
    if x.shape[-1] != layer.d_model:
        raise ValueError(f"x has vectors of {x.shape[-1]} numbers, but this layer has d_model={layer.d_model}")
