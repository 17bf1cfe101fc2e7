"""Packing: a trained model as one small file. Each number takes 8 bits, and each row of a matrix a scale.

The file is safetensors, so reading it runs no code. It holds the weights, and as text the configuration, the
tokenizer and a card that says how the model came to be.
"""

import dataclasses
import json
from pathlib import Path

import torch
from jaxtyping import Float, Int8
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from lmkit.tokenizer import Tokenizer
from lmkit.transformer import Transformer, TransformerConfig

SCALE = ".scale"  # the name of a matrix's scales is its own name and this


def quantize(matrix: Float[Tensor, "row column"]) -> tuple[Int8[Tensor, "row column"], Float[Tensor, "row"]]:
    r"""Write each row in whole numbers from -127 to 127, times a scale of its own.

    $$s_r = \max_c |W_{rc}| / 127, \qquad q_{rc} = \mathrm{round}(W_{rc} / s_r)$$

    No number moves by more than half a scale. A row of zeros keeps the scale 1.

    Source: symmetric quantization by rows; Jacob et al. 2018, section 2.1, with a zero point of 0.
    """
    scale = matrix.abs().amax(dim=1) / 127
    scale = torch.where(scale == 0, torch.ones_like(scale), scale)
    return (matrix / scale[:, None]).round().to(torch.int8), scale


def dequantize(
    quantized: Int8[Tensor, "row column"], scale: Float[Tensor, "row"]
) -> Float[Tensor, "row column"]:
    r"""Turn whole numbers into weights again: $W_{rc} \approx s_r\,q_{rc}$."""
    return quantized.float() * scale[:, None]


def pack(model: Transformer, tokenizer: Tokenizer, card: dict, path: Path) -> None:
    """Write a model, its tokenizer and its card into one file. Vectors, such as biases, stay as they are."""
    tensors = {}
    for name, tensor in model.state_dict().items():
        if name == "unembed.weight" and model.config.tied:
            continue  # it is the embedding again
        if tensor.ndim == 2:
            tensors[name], tensors[name + SCALE] = quantize(tensor.float())
        else:
            tensors[name] = tensor.float()
    facts = {
        "config": dataclasses.asdict(model.config),
        "special_tokens": tokenizer.special_tokens,
        "merges": [[left.hex(), right.hex()] for left, right in tokenizer.merges],
        "card": card,
    }
    save_file(tensors, path, {name: json.dumps(fact, sort_keys=True) for name, fact in facts.items()})


def unpack(path: Path) -> tuple[Transformer, Tokenizer, dict]:
    """Read what `pack` wrote: the model with its dequantized weights, the tokenizer, the card."""
    with safe_open(path, framework="pt") as file:
        facts = {name: json.loads(text) for name, text in file.metadata().items()}
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
    weights = {
        name: dequantize(tensor, tensors[name + SCALE]) if name + SCALE in tensors else tensor
        for name, tensor in tensors.items()
        if not name.endswith(SCALE)
    }
    config = TransformerConfig(**facts["config"])
    if config.unembed and config.tied:
        weights["unembed.weight"] = weights["embed.weight"]
    with torch.random.fork_rng(devices=[]):  # a new model draws weights; nobody else shall notice
        model = Transformer(config)
    model.load_state_dict(weights)
    merges = [(bytes.fromhex(left), bytes.fromhex(right)) for left, right in facts["merges"]]
    return model.eval(), Tokenizer(merges, facts["special_tokens"]), facts["card"]
