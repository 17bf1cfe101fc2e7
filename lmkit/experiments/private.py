"""What does differential privacy cost, and what does it buy? DP-SGD by Opacus on the planted stories of `canaries`.

The stories of each seed are read in 60 steps, each story with the chance 1/20 a step, so three times on average. Every
gradient of a story is clipped; then noise is added for an epsilon of 8 or of 2, or none. Beside them, the same 60
steps without clipping, by plain AdamW. The accountant is PRV, delta is 1e-5, and what is protected is one story.

Expected before anything ran: clipping alone already lowers the exposure of 64 copies, to some 5 bits, and costs
0.05 nats on fresh stories. Noise for an epsilon of 8 leaves exposures that lots would give, even for 64 copies, for
which nothing is promised; it learns half of what plain training learns. At 2, a third.

It takes 5 minutes on one core.
"""

import copy
import time

import torch

from lmkit.experiments.canaries import (
    LONGEST,
    N_FRESH,
    SEEDS,
    ask,
    base_model,
    draw_canaries,
    planted_stories,
    short_stories,
)
from lmkit.learning import finetuning, training
from lmkit.learning.privacy.dp_sgd import epsilon_of, fit_privately, noise_for
from lmkit.learning.privacy.texts import losses, next_tokens
from lmkit.learning.training import TrainingConfig
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained

DELTA, SHARE, STEPS, CLIP, RATE = 1e-5, 0.05, 60, 1.0, 4e-3
WAYS = {"plain": None, "clipped": 0.0, "epsilon 8": 8.0, "epsilon 2": 2.0}


def run() -> dict:
    """Train in each way with each seed, and ask."""
    torch.set_num_threads(1)
    base = base_model()
    noises = {way: noise_for(target, DELTA, SHARE, STEPS) if target else 0.0 for way, target in WAYS.items()}
    spent = {
        way: {name: epsilon_of(noise, DELTA, SHARE, STEPS, name) for name in ("prv", "rdp")}
        for way, noise in noises.items()
        if noise
    }
    fresh = finetuning.encode(short_stories(base, N_FRESH, "test"), base.tokenizer, LONGEST)
    before = losses(base.model, fresh).mean().item()
    runs = [measure(base, fresh, way, noises[way], seed) for way in WAYS for seed in SEEDS]
    facts = {"delta": DELTA, "share": SHARE, "steps": STEPS, "clip": CLIP}
    return {**facts, "noise": noises, "spent": spent, "fresh loss before": before, "runs": runs}


def measure(base: Pretrained, fresh: torch.Tensor, way: str, noise: float, seed: int) -> dict:
    """Train one model, and ask for the codes."""
    groups = draw_canaries(seed)
    rows = finetuning.encode(planted_stories(base, groups, seed), base.tokenizer, LONGEST)
    model = copy.deepcopy(base.model)
    began = time.process_time()
    if way == "plain":
        _fit_plainly(model, rows, seed)
    else:
        fit_privately(model, rows, steps=STEPS, share=SHARE, clip=CLIP, noise=noise, rate=RATE, seed=seed)
    result = {
        "way": way,
        "seed": seed,
        "cpu seconds": round(time.process_time() - began, 1),
        "fresh loss": losses(model, fresh).mean().item(),
        "groups": ask(model, base, groups),
    }
    print({**result, "groups": {n: sorted(g["ranks"]) for n, g in result["groups"].items()}}, flush=True)
    return result


def _fit_plainly(model: Transformer, rows: torch.Tensor, seed: int) -> None:
    config = TrainingConfig(
        steps=STEPS,
        batch_size=round(SHARE * len(rows)),
        learning_rate=RATE,
        warmup_steps=min(10, STEPS // 2),
        evaluate_every=STEPS,
        seed=seed,
    )
    training.fit(model, rows, rows[:8], config, objective=next_tokens, show=False)
