"""What does fine-tuning buy, and what does it cost? How a story ends, from 50, 200 and 1,000 labelled stories.

Four ways to train `book`, and a bag of words beside them, on three draws of labels each; and what the model still knows
of stories afterwards. Recorded are counts of right answers, so that a page can draw intervals around them.
"""

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from lmkit import finetuning, lora, storyworld, training
from lmkit.labelled import Labelled
from lmkit.pretrained import Pretrained, load
from lmkit.training import TrainingConfig
from lmkit.training.presets import tokens_of
from lmkit.transformer import Transformer

SEEDS = (0, 1, 2)
STEPS = {50: 40, 200: 60, 1000: 150}  # by number of labels
RATES = {"scratch": 2e-3, "head only": 2e-2, "LoRA": 4e-3, "full": 1e-3}
ADAPTED = ["*.attention.to_query", "*.attention.to_value", "*.feed_forward.read"]
TESTS = {"test": 200, "unseen words": 100}
SHORT = 300  # characters; longer stories are left out, to save time
LONGEST = 128  # tokens; of a thousand short stories, about one has a few more


def run() -> dict:
    """Train all, and give counts of right answers."""
    torch.set_num_threads(1)
    book = load("book")
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
    before = round(story_loss(book.model, stories), 3)
    return {"tests": TESTS, "steps": STEPS, "grid": grid, "trained": counts, "story_loss_before": before}


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
