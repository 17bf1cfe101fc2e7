"""Claims of the article's questions and answers: better models, long texts, overfitting, and what is it for?"""

import copy
from collections import defaultdict
from itertools import pairwise
from statistics import mean

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.experiments import recorded
from lmkit.experiments.claims.claim import Claim, Found
from lmkit.experiments.overfitting import outcomes
from lmkit.experiments.scaling import SEEDS, STEPS, WIDTHS
from lmkit.experiments.shown.tables import dearer, mean_right
from lmkit.learning.evaluation import wilson
from lmkit.learning.objectives import loss, next_token_labels
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import load


def _falls_along(what: str, others: tuple[str, ...]) -> tuple[int, int]:
    """Count at how many steps to the next larger `what` the loss falls, all else being equal; and the steps."""
    lines = defaultdict(list)
    for run in sorted(recorded("scaling")["results"]["grid"], key=lambda run: run[what]):
        lines[tuple(run[name] for name in others)].append(run["loss"])
    fell = [after < before for losses in lines.values() for before, after in pairwise(losses)]
    return sum(fell), len(fell)


def more_parameters() -> Found:
    """Walk along the grid of sizes and texts, from each size to the next."""
    fell, n = _falls_along("parameters", ("tokens", "seed"))
    says = (
        f"{len(WIDTHS)} sizes, {len(STEPS)} amounts of text, {len(SEEDS)} seeds: from a size to the next, the loss "
        f"fell in {fell} of {n} cases."
    )
    return Found(says, fell == n)


def more_text() -> Found:
    """Walk along the grid of sizes and texts, from each amount of text to the next."""
    fell, n = _falls_along("tokens", ("parameters", "seed"))
    copies, fresh = (
        mean(recorded("data")["results"]["collections"][name]["unread"])
        for name in ("every other one of the same 20", "8,000 stories")
    )
    says = (
        f"With twice the text, the loss fell in {fell} of {n} cases. But where every other story is one of the same "
        f"20, it is {copies:.2f} nats after as many steps, and {fresh:.2f} where all are new."
    )
    return Found(says, fell == n and copies > fresh)


def better_architecture() -> Found:
    """Compare each change that recent models have made with the model as it is, seed by seed."""
    models = recorded("modern")["results"]["models"]
    plain = models["as ours are"]["losses"]
    gains = {name: [a - b for a, b in zip(plain, one["losses"], strict=True)] for name, one in models.items()}
    always = [name for name, gained in gains.items() if min(gained) > 0]
    told = ", ".join(f"{name}: by {mean(gains[name]):.2f} nats" for name in always)
    says = (
        f"Of {len(models) - 1} changes that recent models have made, {len(always)} lowered the loss from each of "
        f"{len(plain)} seeds ({told}). The others did not."
    )
    return Found(says, 0 < len(always) < len(models) - 2)


def more_processors() -> Found:
    """Let two copies read half of a batch each, and hold their mean gradient against that of the whole batch."""
    tiny = load("tiny")
    rows = torch.randint(tiny.model.config.vocab_size, (8, 32), generator=torch.Generator().manual_seed(0))
    whole = _gradient(tiny.model, rows)
    halves = torch.stack([_gradient(tiny.model, half) for half in rows.chunk(2)]).mean(dim=0)
    apart = ((halves - whole).norm() / whole.norm()).item()
    says = (
        "The mean gradient of two processes that read half of the texts each is that of one which reads all, to less "
        "than a millionth of its length."
    )
    return Found(says, apart < 1e-6)


def _gradient(model: Transformer, rows: Tensor) -> Float[Tensor, "parameter"]:
    own = copy.deepcopy(model).requires_grad_()
    loss(own(rows), next_token_labels(rows)).backward()
    return torch.cat([weight.grad.flatten() for weight in own.parameters()])


def long_texts() -> Found:
    """Read what models pay further back than they were trained to look, as they are and with a window."""
    results = recorded("long")["results"]["losses"]
    plain, window = results["as it is"], results["window"]
    lost = [seen[-1] - seen[0] for seen in plain]
    kept = [seen[-1] - seen[0] for seen in window]
    masks = recorded("masks")["results"]
    few, many = (mean(dearer(masks, stories)) for stories in masks["stories"])
    says = (
        f"Trained on 128 tokens, {len(plain)} models pay {mean(lost):.2f} nats more at places 512 to 1,024 than at the "
        f"first 128; with a window of 128 tokens, {mean(kept):.2f}. Masks drawn anew change a hidden token's cost by"
        f" {-few:.2f} nats where a story is read 48 times, and by {-many:+.2f} where it is read once."
    )
    return Found(says, min(lost) > 0.25 and max(kept) < 0.1)


def cures() -> Found:
    """Read what four cures do to models that overfit: to their loss, and to their right answers."""
    results = recorded("overfitting")["results"]
    ends, n = outcomes(results, "tiny", 50), results["test"]
    named = {
        "no cure": "nothing", "weight decay": "weight decay 30", "names swapped": "augmentation",
        "stopped early": "stopped by loss", "dropout": "dropout",
    }  # fmt: skip
    loss = {name: mean(one["valid_loss"] for one in ends[key]) for name, key in named.items()}
    right = {name: mean(one["test_right"] for one in ends[key]) / n for name, key in named.items()}
    told = ", ".join(f"{name} {loss[name]:.2f} ({right[name]:.0%})" for name in named)
    helped = [loss[name] < loss["no cure"] - 0.1 for name in named if name != "no cure"]
    says = f"Loss on other stories, and right answers, after training on 50 labels: {told}."
    return Found(says, helped == [True, True, True, False] and right["stopped early"] < right["no cure"])


def capacity() -> Found:
    """Take away what was learned before, and keep the capacity."""
    ends = outcomes(recorded("overfitting")["results"], "tiny", 50)
    fresh, pretrained = (mean(one["valid_loss"] for one in ends[name]) for name in ("nothing", "pretrained weights"))
    learned = max(one["train_loss"] for one in ends["nothing"])
    says = (
        f"The same model, 50 labels: from random weights it learns them by heart (loss {learned:.2f} at most) and pays "
        f"{fresh:.2f} nats on others; from pretrained weights, with the same capacity, {pretrained:.2f}."
    )
    return Found(says, learned < 0.05 and fresh > 2 * pretrained)


def any_task() -> Found:
    """Hold `book` against rules and counted words where 50 labels are given."""
    results = recorded("intents")["results"]
    rights = {way: mean_right(results, way, 50) for way in ("rules", "counts", "LoRA")}
    n = rights["LoRA"][1]
    spent = {way: mean(one["answering"] for one in results["grid"] if one["way"] == way) for way in ("counts", "LoRA")}
    says = (
        f"What does a speaker want? With 50 labels, rules written by hand are right for {rights['rules'][0] / n:.0%}, "
        f"counted words for {rights['counts'][0] / n:.0%}, `book` for {rights['LoRA'][0] / n:.0%}; the words take "
        f"{spent['counts'] / spent['LoRA']:.1%} of its time to answer."
    )
    best_of_book = wilson(rights["LoRA"][0], n)[1]
    return Found(says, min(wilson(rights[way][0], n)[0] for way in ("rules", "counts")) > best_of_book)


CLAIMS = {
    "more parameters": Claim(
        "A larger model performs better.",
        "holds", "in all that was measured, at the price of as much more computing", more_parameters,
    ),
    "more text": Claim(
        "More training data make a model better.",
        "holds if", "it is new text: copies crowd it out", more_text,
    ),
    "better architecture": Claim(
        "A better architecture makes a model better.",
        "holds if", "it fits the size: at ours, little of what large models gained by is seen", better_architecture,
    ),
    "more processors": Claim(
        "Training on several processors makes a model better.",
        "does not hold", "it buys time: the gradient, and so the model, is the same", more_processors,
    ),
    "long texts": Claim(
        "Dynamic masking and attention keep the performance good on long sequences.",
        "does not hold",
        "attention is what becomes dear, and goes wrong beyond the trained length; masking draws other questions from "
        "the same text; windows help",
        long_texts,
    ),
    "cures": Claim(
        "Regularization, early stopping and augmentation reduce overfitting.",
        "holds if", "you try them: here dropout did nothing, and stopping by the loss cost right answers", cures,
    ),
    "capacity": Claim(
        "A pretrained model has enough capacity to prevent overfitting.",
        "does not hold", "capacity does the opposite; what helps is what was learned before", capacity,
    ),
    "any task": Claim(
        "Language models suit any task with language.",
        "does not hold", "where single words decide, counting them is as good and a hundred times cheaper", any_task,
    ),
}  # fmt: skip
