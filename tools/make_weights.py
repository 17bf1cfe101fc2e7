"""Train the book's own models by their presets, measure what they know, and pack them into lmkit/weights.

`make weights` does this for all; `python tools/make_weights.py tiny` for one. It goes on from a run that was begun.
Another machine gives other last digits, so other bytes: the SHA-256 that is printed belongs into lmkit/pretrained.py.
"""

import hashlib
import sys
from pathlib import Path

import torch

from lmkit import packing, scoring, storyworld
from lmkit.training import checkpoint
from lmkit.training.__main__ import train
from lmkit.training.presets import PRESETS, make_tokenizer
from lmkit.training.state import named
from lmkit.transformer import Transformer

ROOT = Path(__file__).parents[1]
KINDS = ("agreement", "antecedent", "possession")
N_PAIRS = 400


def make(name: str) -> None:
    """Train one model and pack it."""
    folder = ROOT / "runs" / name
    history = train(name, folder, bool(checkpoint.all_of(folder)), precision="auto", sharded=False)
    tokenizer = make_tokenizer()
    model = trained(name, folder)
    last = history.evaluations[-1]
    card = {
        "preset": name,
        "steps": last.step,
        "stories": PRESETS[name].n_stories,
        "tokens": last.tokens,
        "seconds": round(last.seconds),
        "loss": round(last.valid_loss, 4),
        "pairs": {kind: measure(model, tokenizer, kind) for kind in KINDS},
    }
    path = ROOT / "lmkit" / "weights" / f"{name}.safetensors"
    packing.pack(model, tokenizer, card, path)
    print(path, hashlib.sha256(path.read_bytes()).hexdigest(), card, sep="\n")


def trained(name: str, folder: Path) -> Transformer:
    """The model of a preset with the weights of its newest checkpoint."""
    model = Transformer(PRESETS[name].model)
    tensors, _ = checkpoint.load(checkpoint.all_of(folder)[-1])
    with torch.no_grad():
        for key, tensor in named(model).items():
            tensor.copy_(tensors[f"model.{key}"])
    return model.eval()


def measure(model: Transformer, tokenizer, kind: str) -> float:
    """The share of minimal pairs of held-out stories in which the model prefers the right word."""
    pairs = storyworld.minimal_pairs(kind, N_PAIRS, "test")
    return round(scoring.accuracy(model, lambda text: torch.tensor([[0, *tokenizer.encode(text)]]), pairs), 3)


if __name__ == "__main__":
    for name in sys.argv[1:] or PRESETS:
        make(name)
