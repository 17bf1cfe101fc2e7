"""Can `book` be taught to answer questions? Who has a thing in the end, from 50, 200 and 1,000 labelled stories.

The ways of `finetuning`, on two forms of one question. HOLDER asks for a class of answers: is it a girl or a boy who
has the thing? JUDGE shows an answer, and asks whether it is right. Beside them stands what `book` says when it is only
asked, without a single label: it has read stories with such questions, and their answers, in its pretraining.
"""

import torch
from torch import Tensor

from lmkit.experiments.finetuning import Task, compare
from lmkit.inside import scoring
from lmkit.shelf.pretrained import load
from lmkit.text import storyworld
from lmkit.text.storyworld import Pair

HOLDER = Task(storyworld.holders, {"test": (400, {}), "changed hands": (150, {"changed_hands": True})})
JUDGE = Task(storyworld.answers, {"test": (400, {})}, steps={200: 60})
N_PAIRS = 10_000  # among them is every question of HOLDER's tests


def run() -> dict:
    """Train on both forms, and ask. `largest` is how often the commonest class is right: the laziest answer."""
    largest = {name: max(data.counts.values()) for name, data in HOLDER.draw_tests().items()}
    return {"asked": ask(), "largest": largest, "holder": compare(HOLDER), "judge": compare(JUDGE)}


def ask() -> dict[str, int]:
    """Count the questions of the tests of HOLDER for which `book` finds the right name more probable than the other."""
    torch.set_num_threads(1)
    book = load("book")

    def encode(text: str) -> Tensor:
        return torch.tensor([book.tokenizer(text)["input_ids"]])

    asked = draw_questions()
    return {name: round(len(those) * scoring.accuracy(book.model, encode, those)) for name, those in asked.items()}


def draw_questions() -> dict[str, list[Pair]]:
    """Draw the questions of the tests of HOLDER, each with the right name and a wrong one."""
    pairs = {pair.context: pair for pair in storyworld.minimal_pairs("possession", N_PAIRS, "test")}
    return {name: [pairs[text] for text in data.texts] for name, data in HOLDER.draw_tests().items()}
