"""What readers of a model of transformers share: our names for its weights and activations, and what lmkit lacks."""

import re

from torch import Tensor

ACTIVATION_NAMES = {
    "relu": "relu",
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
}


def rename(weights: dict[str, Tensor], names: dict[str, str]) -> dict[str, Tensor]:
    """Give every weight our name. One without a name belongs to a part that we lack (ValueError)."""
    ours = {}
    for name, tensor in weights.items():
        module, _, kind = name.rpartition(".")  # "transformer.h.3.ln_1", "weight"
        layer = re.search(r"\.(\d+)\.", module)
        pattern = re.sub(r"\.\d+\.", ".#.", module, count=1)
        require(pattern in names, f"the part that owns the weight {name!r}")
        ours[f"{names[pattern]}.{kind}".replace("#", layer[1] if layer else "")] = tensor
    return ours


def read_activation(name: str) -> str:
    """Give our name of an activation."""
    require(name in ACTIVATION_NAMES, f"the activation {name!r}")
    return ACTIVATION_NAMES[name]


def require(has: bool, feature: str) -> None:
    """Name the feature that lmkit lacks (ValueError)."""
    if not has:
        raise ValueError(f"this model uses {feature}, which lmkit's Transformer does not have")
