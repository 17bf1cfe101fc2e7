"""Generation: one text written on greedily with a cache, by lmkit and by transformers, from the same weights."""

from dataclasses import replace

import torch

from benchmarks import peers, rounds
from benchmarks.peers import Shape
from benchmarks.training import SHAPES
from lmkit.model.generation import generate
from lmkit.shelf.conversion import from_transformers

SHAPE = replace(SHAPES["0.8 M"], n_positions=512)
LENGTHS = (128, 512)
ROUNDS = {128: 11, 512: 5}


def measure(shape: Shape = SHAPE, lengths: tuple[int, ...] = LENGTHS, n_rounds: dict[int, int] = ROUNDS) -> dict:
    """Give tokens a second, and how many times those of transformers they are, for each length."""
    theirs = peers.hugging_face(shape).eval()
    models = {
        "lmkit, the same weights": from_transformers(theirs),
        "lmkit, rotary positions": peers.ours(shape, "rotary"),
    }
    return {str(length): _measure_length(theirs, models, length, n_rounds[length]) for length in lengths}


def _measure_length(theirs, models, length: int, n_rounds: int) -> dict:
    prompt, n_new = torch.tensor([[1]]), length - 1
    candidates = {name: lambda model=model: generate(model, prompt, n_new) for name, model in models.items()}
    candidates["Hugging Face"] = lambda: theirs.generate(prompt, max_new_tokens=n_new, do_sample=False)
    times = rounds.take_turns(candidates, n_rounds, f"generation, {length} tokens")
    return {
        "rounds": n_rounds,
        "same_tokens": torch.equal(candidates["lmkit, the same weights"](), candidates["Hugging Face"]()),
        "tokens_a_second": rounds.rates(times, n_new),
        "factors": rounds.factors(times, "Hugging Face"),
    }
