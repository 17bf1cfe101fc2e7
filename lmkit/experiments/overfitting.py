"""Does a small model overfit, and what helps? How a story ends, learned from few labels, with and without four cures.

Models from scratch in two sizes, on three numbers of labels; then the larger one with each cure, on 200 labels: one
draw of labels. Recorded are losses, and counts of right answers, at each evaluation.
"""

import copy

import torch
from torch import Tensor

from lmkit import finetuning, storyworld, training
from lmkit.experiments.finetuning import LONGEST, count_right, fit, labelled_stories, short
from lmkit.pretrained import Pretrained, load
from lmkit.training.presets import PRESETS
from lmkit.transformer import Transformer, TransformerConfig

SMALL = {"n_layers": 2, "n_heads": 2, "d_model": 32}
SEEDS = (0,)
STEPS, EVERY = 90, 30
VALID, TEST = 100, 200  # stories


def run() -> dict:
    """Train on few labels for long. `capacity` is "small" (2 layers of 32) or "tiny" (the book's tiny model)."""
    torch.set_num_threads(1)
    tiny = load("tiny")
    plans = [
        *(
            {"capacity": size, "labels": labels, "cure": "none"}
            for size in ("small", "tiny")
            for labels in (50, 200, 800)
        ),
        *(
            {"capacity": "tiny", "labels": 200, "cure": cure}
            for cure in ("weight decay 1.0", "dropout 0.3", "4 swapped copies", "pretrained")
        ),
    ]
    held_out = short(storyworld.sentiment(1200, "validation", without=storyworld.HELD_OUT), VALID + TEST)
    rows = finetuning.rows(held_out, tiny.tokenizer, LONGEST)
    runs = [
        {**plan, "seed": seed, "curve": _overfit(tiny, rows[:VALID], rows[VALID:], seed, **plan)}
        for plan in plans
        for seed in SEEDS
    ]
    return {"valid": VALID, "test": TEST, "runs": runs}


def _overfit(
    tiny: Pretrained, valid: Tensor, test: Tensor, seed: int, capacity: str, labels: int, cure: str
) -> list[dict]:
    """Train, and give at each evaluation the losses and the right answers on validation and test."""
    generator = torch.Generator().manual_seed(seed)
    config = PRESETS["tiny"].model
    body = copy.deepcopy(tiny.model)
    if capacity == "small":
        sizes = {"vocab_size": config.vocab_size, "init_std": config.init_std, "max_positions": config.max_positions}
        body = Transformer(TransformerConfig(**sizes, **SMALL), generator)
    elif cure != "pretrained":
        body.initialize(generator)
    if cure.startswith("dropout"):
        torch.manual_seed(seed)
        finetuning.add_dropout(body, 0.3)
    model = finetuning.Classifier(body, n_classes=2, generator=generator)
    data = labelled_stories(labels, seed, copies=4 if "copies" in cure else 0)
    train = finetuning.rows(data, tiny.tokenizer, LONGEST)
    right = []

    def watch(step: int, weights: finetuning.Classifier) -> None:
        right.append({"valid_right": count_right(weights, valid), "test_right": count_right(weights, test)})

    decay = 1.0 if "decay" in cure else 0.1
    history = fit(model, train, valid, 2e-3, STEPS, seed, weight_decay=decay, evaluate_every=EVERY, watch=watch)
    return [
        {"step": at.step, "train_loss": _recent(history, at.step), "valid_loss": round(at.valid_loss, 4), **counts}
        for at, counts in zip(history.evaluations, right, strict=True)
    ]


def _recent(history: training.History, step: int) -> float | None:
    """Give the mean loss of the ten steps before this one."""
    losses = [taken.loss for taken in history.steps if step - 10 < taken.step <= step]
    return round(sum(losses) / len(losses), 4) if losses else None
