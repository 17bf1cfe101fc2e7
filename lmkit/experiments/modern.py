"""What a model of 2026 does otherwise, each switched on by itself: does it pay in a model as small as ours?

A model as the book's own are (norms of layers, gelu), and the same with rms norms; with SwiGLU, in two thirds of the
neurons so that the parameters stay as many; with norms of queries and keys; with four experts of which each token is
read by one, so that the multiplications stay as many; and with all of these. As many steps, on the same stories, from
three seeds. It takes about 4 minutes of one core.

Written before it ran: rms norms change nothing; SwiGLU gains a few hundredths of a nat; norms of queries and keys
change nothing at this learning rate, which is not too high without them; the experts, with three times the parameters
and no more multiplications, gain most, about a tenth.
"""

import time
from dataclasses import replace

import torch
from torch import Tensor

from lmkit.experiments.scaling import build, plan
from lmkit.learning import costs
from lmkit.learning.training import evaluate, fit
from lmkit.learning.training.presets import tokens_of
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import load

D_MODEL, STEPS = 32, 200
N_STORIES, N_HELD_OUT = 8_000, 200
SEEDS = (0, 1, 2)
CHANGES = {
    "as ours are": {},
    "rms norm": {"norm": "rms"},
    "SwiGLU": {"activation": "swiglu", "d_hidden": 8 * D_MODEL // 3},
    "qk norm": {"qk_norm": True},
    "4 experts": {"n_experts": 4},
}
CHANGES["all of them"] = {name: value for changes in CHANGES.values() for name, value in changes.items()}


def model_with(changes: dict, seed: int) -> Transformer:
    """Make a fresh model with some changes."""
    config = replace(build(D_MODEL, seed).config, **changes)
    return Transformer(config, torch.Generator().manual_seed(seed))


def run() -> dict:
    """Train each from each seed."""
    torch.set_num_threads(1)
    tokenizer = load("tiny").tokenizer.tokenizer
    texts = tokens_of("train", N_STORIES, tokenizer), tokens_of("validation", N_HELD_OUT, tokenizer)
    found = {}
    for name, changes in CHANGES.items():
        config = model_with(changes, 0).config
        runs = [_train(changes, seed, *texts) for seed in SEEDS]
        found[name] = {
            "parameters": costs.count_parameters(config),
            "active_parameters": costs.count_parameters(config, active=True),
            "flops_a_step": costs.training_flops(config, 8, 128),
            "losses": [loss for loss, _ in runs],
            "cpu_seconds": [seconds for _, seconds in runs],
        }
        print(name, found[name], flush=True)
    return {"steps": STEPS, "models": found}


def _train(changes: dict, seed: int, train: Tensor, held_out: Tensor) -> tuple[float, float]:
    model, config = model_with(changes, seed), plan(D_MODEL, STEPS, seed)
    began = time.process_time()
    fit(model, train, held_out, config, show=False)
    return round(evaluate(model, held_out, config), 4), round(time.process_time() - began, 1)
