"""Claims on how a model is made: pretraining, its two formulas, fine-tuning."""

import inspect
import math
from statistics import mean

import torch
import torch.nn.functional as F

from lmkit.experiments import recorded
from lmkit.experiments.claims.claim import Claim, Found
from lmkit.experiments.overfitting import CAPACITIES, LABELS, outcomes, stopped
from lmkit.experiments.shown.tables import mean_right
from lmkit.inside.interventions import changed
from lmkit.learning.evaluation import wilson
from lmkit.shelf.pretrained import load


def pretrained_weights() -> Found:
    """Hold a fine-tuned `book` against the same model from random weights, on 50 labels."""
    results = recorded("finetuning")["results"]
    (pretrained, n), (fresh, _) = (mean_right(results, way, 50) for way in ("LoRA", "scratch"))
    says = f"With 50 labels, {pretrained / n:.0%} of the endings are told right; from random weights {fresh / n:.0%}."
    return Found(says, wilson(pretrained, n)[0] > wilson(fresh, n)[1])


def without_hidden_words() -> Found:
    """See what `book`, which never saw a hidden word, answers without fine-tuning."""
    results, laziest = recorded("speaking")["results"], recorded("answering")["results"]["largest"]["test"]
    asked, n = results["before"]["test"], results["tests"]["test"]
    says = (
        f"`book` never saw a hidden word, and says who has the thing for {asked} of {n} stories; the laziest answer is "
        f"right for {laziest}."
    )
    return Found(says, load("book").model.config.causal and wilson(asked, n)[0] > wilson(laziest, n)[1])


def surprise_and_mistakes() -> Found:
    """Train past the lowest loss on other stories, and count right answers there."""
    results = recorded("overfitting")["results"]
    ends = [outcomes(results, capacity, labels) for capacity in CAPACITIES for labels in LABELS]
    at_lowest, at_last = ([one for end in ends for one in end[name]] for name in ("stopped by loss", "nothing"))
    loss = [mean(one["valid_loss"] for one in those) for those in (at_lowest, at_last)]
    right = [mean(one["valid_right"] for one in those) / results["valid"] for those in (at_lowest, at_last)]
    says = (
        f"In {len(at_last)} trainings on few labels, the loss on other stories rises from {loss[0]:.2f} at its lowest "
        f"to {loss[1]:.2f} nats in the end, and the right answers with it, from {right[0]:.0%} to {right[1]:.0%}."
    )
    return Found(says, loss[1] > loss[0] and right[1] > right[0])


def attention_formula() -> Found:
    """Compute the formula as it stands, and let PyTorch compute the same."""
    generator = torch.Generator().manual_seed(0)
    q, k, v = torch.randn(3, 20, 16, generator=generator)
    apart = (torch.softmax(q @ k.T / math.sqrt(16), dim=-1) @ v - F.scaled_dot_product_attention(q, k, v)).abs().max()
    says = "On random numbers, the formula gives what PyTorch's attention gives, to five digits after the point."
    return Found(says, float(apart) < 5e-6)


def outer_relu() -> Found:
    """Count what an outer ReLU would cut off, and read what it costs a model that is trained with it."""
    negative = (_written_by_feed_forward() < 0).float().mean().item()
    losses = {name: recorded("feedforward")["results"]["variants"][name]["losses"] for name in ("relu", "twice relu")}
    worse = [twice - once for once, twice in zip(losses["relu"], losses["twice relu"], strict=True)]
    says = (
        f"Of what the feed-forward networks of `book` write, {negative:.0%} is negative, which that formula can never "
        f"give. Small models trained with it pay {mean(worse):.3f} nats a token more, on average of {len(worse)}."
    )
    return Found(says, negative > 0.25 and min(worse) > 0)


def _written_by_feed_forward() -> torch.Tensor:
    book, written = load("book"), []
    hooks = [
        block.feed_forward.register_forward_hook(lambda _module, _given, gives: written.append(gives))
        for block in book.model.blocks
    ]
    with torch.no_grad():
        book.model(book.encode("One day, Mia met Tom at the river. Mia had a kite."))
    for hook in hooks:
        hook.remove()
    return torch.stack(written)


def between_positions() -> Found:
    """Change the first word, with and without attention, and see whether the last prediction notices."""
    book = load("book")
    model, config = book.model, book.model.config
    texts = [book.encode(f"{name} had a red kite. It was windy.") for name in ("Mia", "Tom")]
    heads = {"heads": [(layer, head) for layer in range(config.n_layers) for head in range(config.n_heads)]}

    @torch.no_grad()
    def moved() -> float:
        one, other = (model(text)[0, -1] for text in texts)
        return (one - other).abs().max().item()

    with_heads = moved()
    with changed(model, off=heads):
        without = moved()
    says = (
        f"Another name at the beginning moves the last logits of `book` by up to {with_heads:.1f}; with all heads off, "
        f"by {without:.1f}."
    )
    return Found(says, with_heads > 0.1 and without == 0)


def chosen_on_validation() -> Found:
    """Take each training where it was best on validation: how far is that above its own mean, there and on the test?"""
    results = recorded("overfitting")["results"]
    gained = []
    for run in results["runs"]:
        curve = [at for at in run["curve"] if at["step"] > 0]
        best = stopped(curve, "answers")
        gained.append(
            [
                (best[f"{part}_right"] - mean(at[f"{part}_right"] for at in curve)) / results[part]
                for part in ("valid", "test")
            ]
        )
    of_choosing = torch.tensor([valid - test for valid, test in gained])
    reach = 1.96 * of_choosing.std().item() / math.sqrt(len(gained))
    on_valid, on_test = (100 * mean(those) for those in zip(*gained, strict=True))
    says = (
        f"{len(gained)} trainings, each stopped where it was best on validation: {on_valid:.1f} points above its own "
        f"mean there, {on_test:.1f} on stories that chose nothing. What choosing adds is the difference, "
        f"{100 * of_choosing.mean().item():.1f} ± {100 * reach:.1f}."
    )
    return Found(says, of_choosing.mean().item() > reach)


def listing_runs() -> Found:
    """Ask transformers for what the listing uses."""
    from transformers import Trainer, TrainingArguments

    asked = {"evaluation_strategy": TrainingArguments, "tokenizer": Trainer}
    gone = [name for name, kind in asked.items() if name not in inspect.signature(kind.__init__).parameters]
    says = f"transformers no longer knows {' and '.join(f'`{name}`' for name in gone)}; the chapter lists nine faults."
    return Found(says, len(gone) == len(asked))


CLAIMS = {
    "pretraining": Claim(
        "Pretraining on much unlabelled text gives knowledge of language that later tasks can use.",
        "holds", "tested on stories, with one task", pretrained_weights,
    ),
    "hidden words": Claim(
        "In pretraining, the model has to guess words that were hidden.",
        "holds if", "you mean one objective of several: models that write learn to say the next token",
        without_hidden_words,
    ),
    "mistakes": Claim(
        "Training makes wrong predictions less probable.",
        "holds if", "you mean the loss, which is surprise; counts of mistakes may go another way",
        surprise_and_mistakes,
    ),
    "attention formula": Claim(
        "Attention is softmax(QKᵀ/√d)V, with d the dimension of the keys.",
        "holds", "executed, for one head without a mask", attention_formula,
    ),
    "between positions": Claim(
        "Attention carries information from one position to another.",
        "holds", "and in a transformer nothing else does", between_positions,
    ),
    "FFN formula": Claim(
        "The feed-forward network is ReLU(W₁ ReLU(W₂x + b₂) + b₁).",
        "does not hold", "there is no outer ReLU: W₂ f(W₁x + b₁) + b₂", outer_relu,
    ),
    "validation": Claim(
        "Measure on validation data, and adjust until the result is good enough.",
        "holds if", "a test set that chose nothing is kept for the number that you tell others", chosen_on_validation,
    ),
    "the listing": Claim(
        "A listing of forty lines fine-tunes BERT with the Hugging Face Trainer.",
        "does not hold", "it cannot be run as it stands", listing_runs,
    ),
}  # fmt: skip
