"""Does a small model overfit, and what helps? How a story ends, learned from few labels, with and without cures.

Models from scratch in two sizes, on two numbers of labels, with each cure, all crossed, on three draws of labels; and
the larger one from pretrained weights; beside them a bag of words. Recorded are losses, and counts of right answers,
at each evaluation. Stopping early needs no run of its own: `stopped` reads from a run what it would have given.
"""

import copy
import math
from itertools import product

import torch
from torch import Tensor

from lmkit.experiments.finetuning import FEELINGS, SENTIMENT, bag_of_words, count_right, fit
from lmkit.learning import finetuning, training
from lmkit.learning.training.presets import PRESETS
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text.labelled import Labelled

SMALL = {"n_layers": 2, "n_heads": 2, "d_model": 32}
CAPACITIES = ("small", "tiny")  # 2 layers of 32, and the sizes of the book's tiny model: 4 layers of 64
LABELS = (50, 200)
DECAYS = {"weight decay 3": 3.0, "weight decay 30": 30.0}  # 0.1 otherwise
CURES = ("none", *DECAYS, "dropout 0.3", "4 swapped copies")
SEEDS = (0, 1, 2)
STEPS, EVERY = 240, 40
VALID, TEST = 100, 200  # stories, the same for all draws


def run() -> dict:
    """Train on few labels for long."""
    torch.set_num_threads(1)
    tiny = load("tiny")
    plans = [*product(CAPACITIES, LABELS, CURES), *product(("tiny",), LABELS, ("pretrained",))]
    held_out = draw_held_out()
    rows = finetuning.rows(held_out, tiny.tokenizer, SENTIMENT.tokens)
    runs = [
        {
            **{"capacity": capacity, "labels": labels, "cure": cure, "seed": seed},
            "curve": _overfit(tiny, rows[:VALID], rows[VALID:], capacity, labels, cure, seed),
        }
        for (capacity, labels, cure), seed in product(plans, SEEDS)
    ]
    counted = {labels: count_words(held_out, labels) for labels in LABELS}
    return {"valid": VALID, "test": TEST, "bag of words": counted, "runs": runs}


def draw_held_out() -> Labelled:
    """Draw the stories of validation, then those of the test."""
    return SENTIMENT.draw(VALID + TEST, 0, "validation", **FEELINGS)


def count_words(held_out: Labelled, labels: int) -> list[int]:
    """Give the right answers on the test of a bag of words, for each draw of labels: the baseline of all runs."""
    test = {"test": held_out.take(range(VALID, VALID + TEST))}
    return [bag_of_words(SENTIMENT.draw(labels, seed, **FEELINGS), test)["test"] for seed in SEEDS]


def stopped(curve: list[dict], by: str) -> dict:
    """Give the evaluation at which early stopping would have taken the model: its step is chosen on validation alone.

    Args:
        by: "loss", the lowest on validation, or "answers", the most right ones on validation; the first of equals.
    """
    badness = {
        "loss": lambda at: at["valid_loss"],
        "answers": lambda at: -at["valid_right"],
    }
    return min(curve, key=badness[by])


def outcomes(results: dict, capacity: str, labels: int) -> dict[str, list[dict]]:
    """Give by cure the evaluation at which each of the three draws ends, or to which early stopping takes it.

    Before the first step no loss of training was taken: there it is that of a head that knows nothing, ln 2.
    """
    names = {"none": "nothing", "dropout 0.3": "dropout", "4 swapped copies": "augmentation"}
    curves: dict[str, list[list[dict]]] = {}
    for run in results["runs"]:
        if (run["capacity"], run["labels"]) == (capacity, labels):
            cure = "pretrained weights" if run["cure"] == "pretrained" else names.get(run["cure"], run["cure"])
            curves.setdefault(cure, []).append(run["curve"])
    ends = {cure: [curve[-1] for curve in own] for cure, own in curves.items()}
    for by in ("loss", "answers"):
        ends[f"stopped by {by}"] = [stopped(curve, by) for curve in curves["nothing"]]
    at_first = {"train_loss": math.log(2)}
    return {cure: [at | (at_first if at["step"] == 0 else {}) for at in own] for cure, own in ends.items()}


def _overfit(
    tiny: Pretrained, valid: Tensor, test: Tensor, capacity: str, labels: int, cure: str, seed: int
) -> list[dict]:
    """Train, and give at each evaluation the losses and the right answers on validation and test."""
    generator = torch.Generator().manual_seed(seed)
    body = _body(tiny, capacity, cure, generator)
    if cure.startswith("dropout"):
        torch.manual_seed(seed)
        finetuning.add_dropout(body, 0.3)
    model = finetuning.Classifier(body, n_classes=2, generator=generator)
    data = SENTIMENT.draw(labels, seed, copies=4 if "copies" in cure else 0, **FEELINGS)
    train = finetuning.rows(data, tiny.tokenizer, SENTIMENT.tokens)
    right = []

    def watch(step: int, weights: finetuning.Classifier) -> None:
        right.append({"valid_right": count_right(weights, valid), "test_right": count_right(weights, test)})

    decay = DECAYS.get(cure, 0.1)
    history = fit(model, train, valid, 2e-3, STEPS, seed, weight_decay=decay, evaluate_every=EVERY, watch=watch)
    return [
        {"step": at.step, "train_loss": _recent(history, at.step), "valid_loss": round(at.valid_loss, 4), **counts}
        for at, counts in zip(history.evaluations, right, strict=True)
    ]


def _body(tiny: Pretrained, capacity: str, cure: str, generator: torch.Generator) -> Transformer:
    """Make a body with weights at random, unless they shall be pretrained."""
    config = PRESETS["tiny"].model
    if capacity == "small":
        sizes = {"vocab_size": config.vocab_size, "init_std": config.init_std, "max_positions": config.max_positions}
        return Transformer(TransformerConfig(**sizes, **SMALL), generator)
    body = copy.deepcopy(tiny.model)
    if cure != "pretrained":
        body.initialize(generator)
    return body


def _recent(history: training.History, step: int) -> float | None:
    """Give the mean loss of the ten steps before this one."""
    losses = [taken.loss for taken in history.steps if step - 10 < taken.step <= step]
    return round(sum(losses) / len(losses), 4) if losses else None
