"""What does fine-tuning buy, and what does it cost? How a story ends, from 50, 200 and 1,000 labelled stories.

Four ways to train, and a bag of words beside them, on three draws of labels each: `grid`. What the model still knows of
stories afterwards: `forgetting`. And small models from scratch, with and without four cures for overfitting: `cures`.
Recorded are counts of right answers, so that a page can draw intervals around them.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from lmkit import finetuning, lora, storyworld, training
from lmkit.labelled import Labelled
from lmkit.pretrained import Pretrained, load
from lmkit.training import TrainingConfig
from lmkit.training.presets import PRESETS, tokens_of
from lmkit.transformer import Transformer, TransformerConfig

SEEDS = (0, 1, 2)
STEPS = {50: 60, 200: 80, 1000: 120}  # by number of labels
RATES = {"scratch": 2e-3, "head only": 2e-2, "LoRA": 4e-3, "full": 1e-3}
ADAPTED = ["*.attention.to_query", "*.attention.to_value", "*.feed_forward.read"]
TESTS = {"test": 300, "unseen words": 200}
SHORT = 300  # characters; longer stories are left out, to save time
LONGEST = 128  # tokens, more than 300 characters ever give


def run() -> dict:
    """Train all, and give counts of right answers."""
    torch.set_num_threads(1)
    return {"tests": TESTS, "steps": STEPS, **_grid(load("book")), "cures": _cures(load("tiny"))}


# --- Four ways to train, and how much each forgets. ---


def _grid(book: Pretrained) -> dict:
    tests = {name: finetuning.rows(data, book.tokenizer, LONGEST) for name, data in test_sets().items()}
    stories = tokens_of("validation", 30, book.tokenizer.tokenizer)
    grid = []
    for seed in SEEDS:
        for size in STEPS:
            data = labelled_stories(size, seed)
            grid.append({"way": "bag of words", "labels": size, "seed": seed, **_bag_of_words(data)})
            for way in RATES:
                model = prepare(book, way, seed)
                fit(model, finetuning.rows(data, book.tokenizer, LONGEST), tests["test"], RATES[way], STEPS[size], seed)
                right = {name: count_right(model, rows) for name, rows in tests.items()}
                loss = story_loss(model.body, stories)
                grid.append({"way": way, "labels": size, "seed": seed, **right, "story_loss": round(loss, 3)})
    counts = {way: finetuning.count_trained(prepare(book, way, 0)) for way in RATES}
    return {"grid": grid, "trained": counts, "story_loss_before": round(story_loss(book.model, stories), 3)}


def labelled_stories(size: int, seed: int, copies: int = 0) -> Labelled:
    """Draw labelled stories for training, other ones for each seed, without the feelings that are kept for a test."""
    data = storyworld.sentiment(4 * size * (seed + 1), "train", without=storyworld.HELD_OUT, copies=copies, seed=seed)
    return short(data.take(range(4 * size * seed * (1 + copies), len(data))), size, copies)


def test_sets() -> dict[str, Labelled]:
    """Give stories with the feelings of training, and stories that end with a feeling never seen in it."""
    known = storyworld.sentiment(4 * TESTS["test"], "test", without=storyworld.HELD_OUT)
    unseen = storyworld.sentiment(4 * TESTS["unseen words"], "test", only=storyworld.HELD_OUT)
    return {"test": short(known, TESTS["test"]), "unseen words": short(unseen, TESTS["unseen words"])}


def short(data: Labelled, n: int, copies: int = 0) -> Labelled:
    """Take the first n stories that are short, each with its copies, which come right after it."""
    groups = (range(first, first + 1 + copies) for first in range(0, len(data), 1 + copies))
    chosen = [group for group in groups if all(len(data.texts[i]) <= SHORT for i in group)][:n]
    return data.take(i for group in chosen for i in group)


def prepare(base: Pretrained, way: str, seed: int) -> finetuning.Classifier:
    """Make a classifier, with everything frozen that this way does not train."""
    generator = torch.Generator().manual_seed(seed)
    body = copy.deepcopy(base.model)
    if way == "scratch":
        body.initialize(generator)
    model = finetuning.Classifier(body, n_classes=2, generator=generator)
    if way == "head only":
        model.body.requires_grad_(False)
    elif way == "LoRA":
        lora.add(model.body, ADAPTED, rank=4, alpha=8, generator=generator)
    return model


def fit(
    model: nn.Module,
    train: Tensor,
    valid: Tensor,
    rate: float,
    steps: int,
    seed: int,
    weight_decay: float = 0.1,
    evaluate_every: int = 1000,
    watch: Callable = lambda step, model: None,
) -> training.History:
    """Train quietly, with batches of 8."""
    config = TrainingConfig(
        steps=steps,
        batch_size=8,
        learning_rate=rate,
        warmup_steps=10,
        weight_decay=weight_decay,
        evaluate_every=evaluate_every,
        seed=seed,
    )
    return training.fit(model, train, valid, config, objective=finetuning.classify, watch=watch, show=False)


def count_right(model: finetuning.Classifier, rows: Tensor) -> int:
    """Count the rows whose most probable class is their label."""
    return (finetuning.probabilities(model, rows[:, 1:]).argmax(dim=1) == rows[:, 0]).sum().item()


def story_loss(body: Transformer, stories: Tensor) -> float:
    """Give the loss of next-token prediction on stories, in nats a token."""
    return training.evaluate(body, stories, TrainingConfig(steps=1, row_length=129, start_token=0))


def _bag_of_words(data: Labelled) -> dict[str, int]:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(CountVectorizer(), LogisticRegression(max_iter=1000)).fit(data.texts, data.labels)
    return {name: int((model.predict(test.texts) == test.labels).sum()) for name, test in test_sets().items()}


# --- Overfitting: capacity, data, and cures. ---

SMALL = {"n_layers": 2, "n_heads": 2, "d_model": 32}
CURE_SEEDS = (0, 1)
CURE_STEPS, EVERY = 120, 40


def _cures(tiny: Pretrained) -> list[dict]:
    """Train on few labels for long. `capacity` is "small" (2 layers of 32) or "tiny" (the book's tiny model)."""
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
    held_out = short(storyworld.sentiment(1600, "validation", without=storyworld.HELD_OUT), 400)
    rows = finetuning.rows(held_out, tiny.tokenizer, LONGEST)
    return [
        {**plan, "seed": seed, "curve": _overfit(tiny, rows[:200], rows[200:], seed, **plan)}
        for plan in plans
        for seed in CURE_SEEDS
    ]


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
    history = fit(model, train, valid, 2e-3, CURE_STEPS, seed, weight_decay=decay, evaluate_every=EVERY, watch=watch)
    return [
        {"step": at.step, "train_loss": _recent(history, at.step), "valid_loss": round(at.valid_loss, 4), **counts}
        for at, counts in zip(history.evaluations, right, strict=True)
    ]


def _recent(history: training.History, step: int) -> float | None:
    """Give the mean loss of the ten steps before this one."""
    losses = [taken.loss for taken in history.steps if step - 10 < taken.step <= step]
    return round(sum(losses) / len(losses), 4) if losses else None
