"""Can `book` be taught to say the answer? Who has a thing in the end: not one of two classes, but the sentence.

The model stays what it is, one that writes the next token. It learns from questions with their answers, and is asked
for the tokens of the answer alone. What it then writes, the most probable token each time, is compared with the right
sentence to the letter. The tests are the questions of `answering`.
"""

import copy
from collections.abc import Iterable

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.experiments.answering import HOLDER, draw_questions
from lmkit.experiments.finetuning import ADAPTED, ALPHA, RANK, RATES, SEEDS, fit
from lmkit.learning import lora
from lmkit.learning.objectives import IGNORE
from lmkit.model import generation
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.storyworld import Pair

WAYS = ("LoRA", "full")
LABELS = (200, 1000)
LONGEST = 160  # tokens


def run() -> dict:
    """Ask before any training, then train in each way on each number of answers, and ask again."""
    torch.set_num_threads(1)
    book = load("book")
    tests, found = draw_questions(), []
    for labels in LABELS:
        for seed in SEEDS:
            data = rows(book, draw(labels, seed))
            for way in WAYS:
                model = train(book, data, way, HOLDER.steps[labels], seed)
                found.append({"way": way, "labels": labels, "seed": seed, **count(model, book, tests)})
                print(found[-1], flush=True)
    sizes = {name: len(questions) for name, questions in tests.items()}
    return {"tests": sizes, "before": count(book.model, book, tests), "grid": found}


def draw(n: int, seed: int) -> list[Pair]:
    """Draw n short questions of training, other ones for each seed."""
    start = max(LABELS) * seed
    pairs = storyworld.minimal_pairs("possession", 3 * (start + n), "train")
    short = [pair for pair in pairs if len(pair.context) <= HOLDER.characters]
    return short[start : start + n]


def rows(book: Pretrained, questions: Iterable[Pair]) -> Int[Tensor, "question double"]:
    """Lay out questions with their answers: the tokens to read, and beside them the labels, for `answer`."""
    both = [_row(book, pair) for pair in questions]
    return torch.tensor([tokens + labels for tokens, labels in both])


def _row(book: Pretrained, pair: Pair) -> tuple[list[int], list[int]]:
    question = book.tokenizer(pair.context)["input_ids"]
    text = book.tokenizer(pair.context + pair.right + pair.after)["input_ids"]
    labels = [IGNORE] * (len(question) - 1) + text[len(question) :]
    room = LONGEST - len(labels)
    return text[:-1] + [0] * room, labels + [IGNORE] * room


def answer(
    rows: Int[Tensor, "batch double"], generator: torch.Generator
) -> tuple[Int[Tensor, "batch position"], Int[Tensor, "batch position"]]:
    """Ask for the answers: the objective for `rows`. Nothing is drawn from `generator`."""
    return rows[:, :LONGEST], rows[:, LONGEST:]


def train(book: Pretrained, data: Tensor, way: str, steps: int, seed: int) -> Transformer:
    """Train a copy of `book` to answer."""
    model = copy.deepcopy(book.model)
    if way == "LoRA":
        lora.add(model, ADAPTED, rank=RANK, alpha=ALPHA, generator=torch.Generator().manual_seed(seed))
    fit(model, data, data[:8], RATES[way], steps, seed, objective=answer)
    return model


def count(model: Transformer, book: Pretrained, tests: dict[str, list[Pair]]) -> dict[str, int]:
    """Count the answers that are right to the letter."""

    def is_right(pair: Pair) -> bool:
        return says(model, book, pair) == pair.right + pair.after

    return {name: sum(map(is_right, questions)) for name, questions in tests.items()}


def says(model: Transformer, book: Pretrained, pair: Pair) -> str:
    """What the model writes after the question, as long as the right answer is."""
    prompt = book.tokenizer(pair.context)["input_ids"]
    whole = book.tokenizer(pair.context + pair.right + pair.after)["input_ids"]
    ids = generation.stream(model, torch.tensor(prompt), len(whole) - len(prompt))
    return "".join(book.words(torch.tensor(list(ids))))
