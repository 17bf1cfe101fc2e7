"""Packing: a trained model as one small file. Each number takes 8 bits, and each row of a matrix a scale.

The file is safetensors, so reading it runs no code. It holds the weights, and as text the configuration, the
tokenizer and a card that says how the model came to be. What is the same gives the same bytes: the text is one entry,
since safetensors writes several in an order that is another each time.
"""

import dataclasses
import json
from pathlib import Path

import torch
from jaxtyping import Float, Int8
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from lmkit.model.encoder_decoder import EncoderDecoder
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.text.tokenizer import Tokenizer

FACTS = "facts"  # the only entry beside the tensors
SCALE = ".scale"  # the name of a matrix's scales is its own name and this


def quantize(matrix: Float[Tensor, "row column"]) -> tuple[Int8[Tensor, "row column"], Float[Tensor, "row"]]:
    r"""Write each row in whole numbers from -127 to 127, times a scale of its own.

    $$s_r = \max_c |W_{rc}| / 127, \qquad q_{rc} = \mathrm{round}(W_{rc} / s_r)$$

    No number moves by more than half a scale. A row of zeros keeps the scale 1.

    Raises:
        ValueError: a weight is infinite or NaN.

    Source: symmetric quantization by rows; Jacob et al. 2018, section 2.1, with a zero point of 0.
    """
    scale = matrix.abs().amax(dim=1) / 127
    if len(wrong := (~scale.isfinite()).nonzero()):
        raise ValueError(f"weights are not finite in row {wrong[0].item()}: a training that went wrong is not packed")
    scale = torch.where(scale == 0, torch.ones_like(scale), scale)
    return (matrix / scale[:, None]).round().to(torch.int8), scale


def dequantize(
    quantized: Int8[Tensor, "row column"], scale: Float[Tensor, "row"]
) -> Float[Tensor, "row column"]:
    r"""Turn whole numbers into weights again: $W_{rc} \approx s_r\,q_{rc}$."""
    return quantized.float() * scale[:, None]


def pack(model: Transformer | EncoderDecoder, tokenizer: Tokenizer, card: dict, path: Path) -> None:
    """Write a model, its tokenizer and its card into one file. Vectors, such as biases, stay as they are."""
    facts = {
        "config": dataclasses.asdict(model.config),
        "special_tokens": tokenizer.special_tokens,
        "merges": [[left.hex(), right.hex()] for left, right in tokenizer.merges],
        "card": card,
    }
    if isinstance(model, EncoderDecoder):
        facts["stacks"] = 2
    write(path, _packed(model), facts)


def unpack(path: Path) -> tuple[Transformer | EncoderDecoder, Tokenizer, dict]:
    """Read what `pack` wrote: the model with its dequantized weights, the tokenizer, the card."""
    tensors, facts = read(path)
    merges = [(bytes.fromhex(left), bytes.fromhex(right)) for left, right in facts["merges"]]
    architecture = EncoderDecoder if facts.get("stacks") == 2 else Transformer
    model = _unpacked(architecture, TransformerConfig(**facts["config"]), tensors)
    return model, Tokenizer(merges, facts["special_tokens"]), facts["card"]


def pack_snapshots(models: dict[int, Transformer], card: dict, path: Path) -> None:
    """Write one model as it was after several steps into one file, without its tokenizer. The keys are the steps."""
    tensors = {f"{step}/{name}": tensor for step, model in models.items() for name, tensor in _packed(model).items()}
    config = dataclasses.asdict(next(iter(models.values())).config)
    write(path, tensors, {"config": config, "steps": list(models), "card": card})


def unpack_snapshots(path: Path) -> tuple[dict[int, Transformer], dict]:
    """Read what `pack_snapshots` wrote: the models by their steps, in the same order, and the card."""
    tensors, facts = read(path)
    config = TransformerConfig(**facts["config"])
    models = {}
    for step in facts["steps"]:
        start = f"{step}/"
        its = {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}
        models[step] = _unpacked(Transformer, config, its)
    return models, facts["card"]


def _packed(model: nn.Module) -> dict[str, Tensor]:
    tensors, again = {}, _again(model)
    for name, tensor in model.state_dict().items():
        if name in again:
            continue
        if tensor.ndim == 2:
            tensors[name], tensors[name + SCALE] = quantize(tensor.float())
        else:
            tensors[name] = tensor.float()
    return tensors


def _unpacked(architecture: type[nn.Module], config: TransformerConfig, tensors: dict[str, Tensor]) -> nn.Module:
    weights = {
        name: dequantize(tensor, tensors[name + SCALE]) if name + SCALE in tensors else tensor
        for name, tensor in tensors.items()
        if not name.endswith(SCALE)
    }
    with torch.random.fork_rng(devices=[]):  # a new model draws weights; nobody else shall notice
        model = architecture(config)
    model.load_state_dict(weights | {name: weights[first] for name, first in _again(model).items()})
    return model.eval()


def _again(model: nn.Module) -> dict[str, str]:
    """Of each weight that has a second name, such as a tied unembedding: that name, and the first."""
    names: dict[int, str] = {}
    firsts = {name: names.setdefault(tensor.data_ptr(), name) for name, tensor in model.state_dict().items()}
    return {name: first for name, first in firsts.items() if name != first}


def write(path: Path, tensors: dict[str, Tensor], facts: dict) -> None:
    """Write tensors, and beside them facts: all that JSON can say."""
    save_file(tensors, path, {FACTS: json.dumps(facts, sort_keys=True)})


def read(path: Path) -> tuple[dict[str, Tensor], dict]:
    """Read what `write` wrote.

    Raises:
        ValueError: the file holds something else.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
            return tensors, json.loads(file.metadata()[FACTS])
    except (SafetensorError, KeyError, TypeError) as error:
        raise ValueError(f"{path} was not written by lmkit.shelf.packing, or is cut short: get it again") from error
