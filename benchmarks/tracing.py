"""Tracing: what it costs to see the attention maps, in lmkit, transformers and TransformerLens, on the same weights."""

from collections.abc import Callable
from importlib.util import find_spec

import torch

import lmkit
from benchmarks import peers, rounds
from benchmarks.peers import Shape
from benchmarks.training import SHAPES
from lmkit.model.attention import Attend
from lmkit.shelf.conversion import from_transformers

SHAPE = SHAPES["0.8 M"]
SIZES = {"1 × 64": (1, 64), "16 × 128": (16, 128)}  # texts × tokens
ROUNDS = {"1 × 64": 40, "16 × 128": 11}
PLAIN = {  # what each is compared with: the forward of the same model without maps
    "lmkit": "lmkit",
    "lmkit, readable path": "lmkit",
    "lmkit.trace": "lmkit",
    "Hugging Face": "Hugging Face",
    "Hugging Face, output_attentions": "Hugging Face",
    "Hugging Face, lmkit.trace": "Hugging Face",
    "TransformerLens": "TransformerLens",
    "TransformerLens, run_with_cache": "TransformerLens",
}


def measure(shape: Shape = SHAPE, sizes: dict = SIZES, n_rounds: dict[str, int] = ROUNDS) -> dict:
    """Give milliseconds of a forward, and how many times those of the plain forward they are."""
    return {name: _measure_size(name, shape, size, n_rounds[name]) for name, size in sizes.items()}


def _measure_size(name: str, shape: Shape, size: tuple[int, int], n_rounds: int) -> dict:
    tokens = torch.randint(shape.vocab_size, size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        times = rounds.take_turns(candidates(shape, tokens), n_rounds, f"tracing, {name}")
    return {
        "rounds": n_rounds,
        "milliseconds": {name: rounds.quartiles([1000 * t for t in measured]) for name, measured in times.items()},
        "cost": {name: rounds.factor(times[PLAIN[name]], measured) for name, measured in times.items()},
        "of_peers": {
            name: rounds.factor(measured, times["lmkit.trace"])
            for name, measured in times.items()
            if "lmkit" not in name and PLAIN[name] != name
        },
    }


def candidates(shape: Shape, tokens: torch.Tensor) -> dict[str, Callable[[], object]]:
    """Name every forward that is measured, and bring all models to the same weights."""
    sdpa = peers.hugging_face(shape).eval()
    eager = peers.hugging_face(shape, "eager").eval()
    plain, readable = (from_transformers(sdpa).eval() for _ in range(2))  # as lmkit.load gives a model
    for module in readable.modules():
        if isinstance(module, Attend):
            module.explicit = True
    return {
        "lmkit": lambda: plain(tokens),
        "lmkit, readable path": lambda: readable(tokens),
        "lmkit.trace": lambda: lmkit.trace(plain, tokens),
        "Hugging Face": lambda: sdpa(tokens, use_cache=False),
        "Hugging Face, output_attentions": lambda: eager(tokens, use_cache=False, output_attentions=True),
        "Hugging Face, lmkit.trace": lambda: lmkit.trace(sdpa, tokens),
    } | (_lens_candidates(shape, tokens) if find_spec("transformer_lens") else {})


def _lens_candidates(shape: Shape, tokens: torch.Tensor) -> dict[str, Callable[[], object]]:
    lens = peers.transformer_lens(peers.hugging_face(shape))
    return {
        "TransformerLens": lambda: lens(tokens),
        "TransformerLens, run_with_cache": lambda: lens.run_with_cache(tokens),
    }
