"""What does bigger buy? Five sizes of a model, each trained on four amounts of text, from three seeds: 60 runs.

Each run has a schedule of its own, made for its length, as Hoffmann et al. do: a long run that is cut short says
nothing about a short one. Rows are drawn from 40,000 stories, so hardly one is read twice; the amount of text is also
the number of steps, at one batch size. The learning rate falls with the root of the width, as those of `tiny` and
`book` do. Then a model twice as large as the largest is trained on the most text: what the curve says of that one was
not fitted to it. It takes about 17 minutes of one core.

Written before it ran: the loss falls along every row and every column. The exponents of the fit lie above Hoffmann's
0.34 and 0.28, since these runs end where large ones have hardly begun. The model that was not fitted is predicted to
within 0.05 nats.
"""

import math

import torch
from torch import Tensor

from lmkit.learning.training import TrainingConfig, evaluate, fit
from lmkit.learning.training.presets import VOCAB_SIZE, tokens_of
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.shelf.pretrained import load

WIDTHS = (16, 24, 32, 48, 64)
STEPS = (100, 200, 400, 800)
NEXT = (96, 800)  # about twice the parameters of the largest
SEEDS = (0, 1, 2)
N_STORIES, N_HELD_OUT = 40_000, 200


def build(d_model: int, seed: int) -> Transformer:
    """Make a fresh model of four blocks, as the book's own are, of any width."""
    config = TransformerConfig(
        vocab_size=VOCAB_SIZE,
        n_layers=4,
        n_heads=4,
        d_model=d_model,
        rotary_base=1000.0,
        init_std=round(0.8 / math.sqrt(d_model), 3),
    )
    return Transformer(config, torch.Generator().manual_seed(seed))


def plan(d_model: int, steps: int, seed: int = 0) -> TrainingConfig:
    """Say how a model of this width is trained: 1,024 tokens a step."""
    return TrainingConfig(
        steps=steps,
        row_length=129,
        start_token=0,
        learning_rate=round(4e-3 * math.sqrt(64 / d_model), 5),
        evaluate_every=steps,
        seed=seed,
    )


def one_run(d_model: int, steps: int, seed: int, train: Tensor, held_out: Tensor) -> dict:
    """Train a model, and say how large it was, how much it read, and what it pays on held-out stories."""
    model, config = build(d_model, seed), plan(d_model, steps, seed)
    fit(model, train, held_out, config, show=False)
    result = {
        "d_model": d_model,
        "parameters": sum(weight.numel() for weight in model.parameters()),
        "tokens": steps * config.batch_size * (config.row_length - 1),
        "seed": seed,
        "loss": round(evaluate(model, held_out, config), 4),
    }
    print(result, flush=True)
    return result


def run() -> dict:
    """Train the grid, and then the model that it shall predict."""
    torch.set_num_threads(1)
    tokenizer = load("tiny").tokenizer.tokenizer
    texts = tokens_of("train", N_STORIES, tokenizer), tokens_of("validation", N_HELD_OUT, tokenizer)
    cells = [(seed, d_model, steps) for seed in SEEDS for d_model in WIDTHS for steps in STEPS]
    grid = [one_run(d_model, steps, seed, *texts) for seed, d_model, steps in cells]
    return {"grid": grid, "next": [one_run(*NEXT, seed, *texts) for seed in SEEDS]}
