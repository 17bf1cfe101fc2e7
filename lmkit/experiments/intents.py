"""Does it take a language model to tell what a speaker intends? 14 intents, from 50, 200 and 1,000 labelled sentences.

Beside `book`, trained by LoRA, stand what needs no network: the commonest intent; rules written by hand, a pattern for
each intent, after reading 70 sentences of training (`RULES`, not changed after the first count); a logistic regression
on counts of words; and one on TF-IDF of words and of pairs of words. Recorded are right answers out of 400 sentences of
held-out stories, on three draws of labels, and the CPU seconds that training and 400 answers take.

Expected, before it ran: with 1,000 labels all three that learn above .95, and TF-IDF not worse than `book` by more than
a point, at less than a hundredth of the cost; with 50, `book` ahead.

About a minute of one core.
"""

import re
import time
from collections.abc import Callable, Sequence

import torch

from lmkit.experiments.finetuning import RATES, SEEDS, Task, fit, prepare
from lmkit.learning import finetuning
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.labelled import Labelled

N_TEST = 400
INTENT = Task(storyworld.intents, {"test": (N_TEST, {})}, tokens=40)
RULES = (  # the first that is found decides
    ("tell_who", r'"\w+ has it'),
    ("ask_who", r"who has"),
    ("thank", r"thank|kind of you"),
    ("sorry", r"sorry|forgive|did not mean"),
    ("ask_help", r"help me"),
    ("propose", r"trade"),
    ("refuse", r"is mine|can not have|will not give"),
    ("offer", r"here, take|do you want the"),
    ("request", r"may i have|can i have|give me"),
    ("invite", r"friend\?|play with|let us play"),
    ("decline", r"go away|do not want to"),
    ("where", r"where is|did you see"),
    ("cheer_up", r"do not be|will be home|am here with you"),
    ("greet", r"hello|good morning|nice to see"),
)


def run() -> dict:
    """Train in all ways on all draws of labels, and count right answers."""
    torch.set_num_threads(1)
    book, test = load("book"), INTENT.draw_tests()["test"]
    grid = []
    for seed in SEEDS:
        for size in INTENT.steps:
            train = INTENT.draw(size, seed)
            for way, learn in WAYS.items():
                grid.append({"way": way, "labels": size, "seed": seed, **_measure(learn, book, train, test, seed)})
                print(grid[-1], flush=True)
    return {"tests": {"test": len(test)}, "steps": INTENT.steps, "grid": grid}


Answer = Callable[[Labelled], list[int]]


def _measure(learn: Callable[..., Answer], book: Pretrained, train: Labelled, test: Labelled, seed: int) -> dict:
    start = time.process_time()
    answer = learn(book, train, seed)
    trained = time.process_time()
    right = sum(guess == label for guess, label in zip(answer(test), test.labels, strict=True))
    return {
        "test": right,
        "training": round(trained - start, 4),
        "answering": round(time.process_time() - trained, 4),
    }


def commonest(book: Pretrained | None, train: Labelled, seed: int) -> Answer:
    """Always give the commonest intent of the training sentences."""
    label = max(set(train.labels), key=train.labels.count)
    return lambda data: [label] * len(data)


def by_rules(book: Pretrained, train: Labelled, seed: int) -> Answer:
    """Give the intent of the first pattern that is found, or the commonest."""
    numbers = {name: i for i, name in enumerate(train.classes)}
    rules = [(numbers[name], re.compile(pattern, re.IGNORECASE)) for name, pattern in RULES]
    otherwise = numbers["request"]
    return lambda data: [
        next((label for label, pattern in rules if pattern.search(text)), otherwise) for text in data.texts
    ]


def _regression(vectorizer: object, train: Labelled) -> Answer:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    model = make_pipeline(vectorizer, LogisticRegression(max_iter=1000, C=10)).fit(train.texts, train.labels)
    return lambda data: model.predict(data.texts).tolist()


def on_counts(book: Pretrained, train: Labelled, seed: int) -> Answer:
    """Learn from how often each word occurs."""
    from sklearn.feature_extraction.text import CountVectorizer

    return _regression(CountVectorizer(), train)


def on_tfidf(book: Pretrained | None, train: Labelled, seed: int) -> Answer:
    """Learn from words and pairs of words, rare ones counting more."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return _regression(TfidfVectorizer(ngram_range=(1, 2)), train)


def with_lora(book: Pretrained, train: Labelled, seed: int) -> Answer:
    """Train `book` by LoRA."""
    model = prepare(book, "LoRA", seed, n_classes=len(train.classes))
    rows = finetuning.rows(train, book.tokenizer, INTENT.tokens)
    fit(model, rows, rows[:8], RATES["LoRA"], INTENT.steps[len(train)], seed)

    def answer(data: Labelled) -> list[int]:
        asked = finetuning.rows(data, book.tokenizer, INTENT.tokens)
        return finetuning.probabilities(model, asked[:, 1:]).argmax(dim=1).tolist()

    return answer


WAYS: dict[str, Callable[[Pretrained, Labelled, int], Answer]] = {
    "commonest": commonest,
    "rules": by_rules,
    "counts": on_counts,
    "TF-IDF": on_tfidf,
    "LoRA": with_lora,
}


def rights(grid: Sequence[dict], way: str, labels: int) -> list[int]:
    """Give the right answers of a way with so many labels, one count for each draw."""
    return [one["test"] for one in grid if (one["way"], one["labels"]) == (way, labels)]
