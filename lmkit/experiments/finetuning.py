"""What does fine-tuning buy, and what does it cost? How a story ends, from 50, 200 and 1,000 labelled stories.

Four ways to train `book`, and a bag of words beside them, on three draws of labels each; and what the model still knows
of stories afterwards. Recorded are counts of right answers, so that a page can draw intervals around them. Other tasks
go through the same code: see `answering`.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from lmkit.learning import finetuning, lora, training
from lmkit.learning.training import TrainingConfig
from lmkit.learning.training.presets import tokens_of
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.labelled import Labelled

SEEDS = (0, 1, 2)
RATES = {"scratch": 2e-3, "head only": 2e-2, "LoRA": 4e-3, "full": 1e-3}
ADAPTED = ["*.attention.to_query", "*.attention.to_value", "*.feed_forward.read"]
RANK, ALPHA = 4, 8.0
WARMUP = 10  # steps


@dataclass(frozen=True)
class Task:
    """What is asked of a story, and how.

    Args:
        label: gives n labelled texts of a split: label(n, split, **options).
        tests: by name, how many texts, and with which options. The first is like the texts of training.
        known: options for training.
        steps: how many steps to train, by number of labels.
        characters: longer texts are left out, to save time.
        tokens: where texts are cut off. Of the short ones, about one in a thousand is longer.
    """

    label: Callable[..., Labelled]
    tests: dict[str, tuple[int, dict]]
    known: dict = field(default_factory=dict)
    steps: dict[int, int] = field(default_factory=lambda: {50: 40, 200: 60, 1000: 150})
    characters: int = 350
    tokens: int = 160

    def draw(self, n: int, seed: int, split: str = "train", copies: int = 0, **options) -> Labelled:
        """Draw n short texts, other ones for each seed, each with its copies right after it."""
        group = 1 + copies
        options |= {"copies": copies, "seed": seed} if copies else {}
        data = self.label(4 * n * (seed + 1), split, **options)
        starts = range(4 * n * seed * group, len(data), group)
        groups = (range(start, start + group) for start in starts)
        chosen = [each for each in groups if all(len(data.texts[i]) <= self.characters for i in each)][:n]
        if len(chosen) < n:
            raise ValueError(f"only {len(chosen)} of {n} texts are short enough: allow more characters")
        return data.take(i for each in chosen for i in each)

    def draw_tests(self) -> dict[str, Labelled]:
        """Draw the texts of each test."""
        return {name: self.draw(n, 0, "test", **options) for name, (n, options) in self.tests.items()}


FEELINGS = {"without": storyworld.HELD_OUT}
SENTIMENT = Task(
    storyworld.sentiment,
    {"test": (200, FEELINGS), "unseen words": (100, {"only": storyworld.HELD_OUT})},
    known=FEELINGS,
    characters=300,
    tokens=128,
)


def run() -> dict:
    """Train all, and give counts of right answers."""
    return compare(SENTIMENT)


def compare(task: Task) -> dict:
    """Train in all ways on all draws of labels, and count right answers on the tests, which are the same for all."""
    torch.set_num_threads(1)
    book = load("book")
    tests = task.draw_tests()
    test_rows = {name: finetuning.rows(data, book.tokenizer, task.tokens) for name, data in tests.items()}
    stories = tokens_of("validation", 30, book.tokenizer.tokenizer)
    grid = []
    for seed in SEEDS:
        for size, steps in task.steps.items():
            data = task.draw(size, seed, **task.known)
            train = finetuning.rows(data, book.tokenizer, task.tokens)
            grid.append({"way": "bag of words", "labels": size, "seed": seed, **bag_of_words(data, tests)})
            for way, rate in RATES.items():
                model = prepare(book, way, seed)
                fit(model, train, train[:8], rate, steps, seed)  # nothing is chosen by what it evaluates on
                right = {name: count_right(model, rows) for name, rows in test_rows.items()}
                loss = round(story_loss(model.body, stories), 3)
                grid.append({"way": way, "labels": size, "seed": seed, **right, "story_loss": loss})
    return {
        "tests": {name: len(data) for name, data in tests.items()},
        "steps": task.steps,
        "grid": grid,
        "trained": {way: finetuning.count_trained(prepare(book, way, 0)) for way in RATES},
        "story_loss_before": round(story_loss(book.model, stories), 3),
    }


def prepare(
    base: Pretrained, way: str, seed: int, rank: int = RANK, alpha: float = ALPHA, n_classes: int = 2
) -> finetuning.Classifier:
    """Make a classifier, with everything frozen that this way does not train."""
    generator = torch.Generator().manual_seed(seed)
    body = copy.deepcopy(base.model)
    if way == "scratch":
        body.initialize(generator)
    model = finetuning.Classifier(body, n_classes=n_classes, generator=generator)
    if way == "head only":
        model.body.requires_grad_(False)
    elif way == "LoRA":
        lora.add(model.body, ADAPTED, rank=rank, alpha=alpha, generator=generator)
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
    objective: Callable = finetuning.classify,
) -> training.History:
    """Train quietly, with batches of 8."""
    config = TrainingConfig(
        steps=steps,
        batch_size=8,
        learning_rate=rate,
        warmup_steps=WARMUP,
        weight_decay=weight_decay,
        evaluate_every=evaluate_every,
        seed=seed,
    )
    return training.fit(model, train, valid, config, objective=objective, watch=watch, show=False)


def count_right(model: finetuning.Classifier, rows: Tensor) -> int:
    """Count the rows whose most probable class is their label."""
    return (finetuning.probabilities(model, rows[:, 1:]).argmax(dim=1) == rows[:, 0]).sum().item()


def story_loss(body: Transformer, stories: Tensor) -> float:
    """Give the loss of next-token prediction on stories, in nats a token."""
    return training.evaluate(body, stories, TrainingConfig(steps=1, row_length=129, start_token=0))


def bag_of_words(train: Labelled, tests: dict[str, Labelled]) -> dict[str, int]:
    """Count the right answers of a logistic regression on how often each word occurs."""
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(CountVectorizer(), LogisticRegression(max_iter=1000)).fit(train.texts, train.labels)
    return {name: int((model.predict(test.texts) == test.labels).sum()) for name, test in tests.items()}
