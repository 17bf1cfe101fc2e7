"""Tune `book` to follow instructions, measure what it then does, and pack it into lmkit/shelf/weights.

`python -m tools.make_instruct` trains the first of the models of `lmkit.experiments.instructions`. Another machine
gives other last digits: the SHA-256 that is printed belongs into lmkit/shelf/pretrained.py.
"""

import hashlib

import torch

from lmkit.experiments import instructions
from lmkit.experiments.finetuning import story_loss
from lmkit.learning.instruct import MARKS
from lmkit.model.transformer import Transformer
from lmkit.shelf import packing
from lmkit.shelf.pretrained import Pretrained, card, load
from tools.make_weights import WEIGHTS

NAME = "book-instruct"


def pack(book: Pretrained, model: Transformer) -> str:
    """Pack the model, measure it as it is shipped, in 8 bits, pack it with its card, and give the SHA-256."""
    path, tokenizer = WEIGHTS / f"{NAME}.safetensors", book.tokenizer.tokenizer
    packing.pack(model, tokenizer, {}, path)
    shipped, _, _ = packing.unpack(path)
    right = instructions.count(shipped, instructions.chat_of(book), instructions.draw_tests(instructions.N_TESTS))
    facts = {
        "from": "book",
        "tokens": card("book")["tokens"],
        "marks": list(MARKS),
        "dialogues": instructions.N_DIALOGUES,
        "steps": instructions.STEPS,
        "asked": instructions.N_TESTS,
        "right": right,
        "story_loss": round(story_loss(shipped, instructions.held_out_stories(book)), 4),
    }
    packing.pack(shipped, tokenizer, facts, path)
    print(facts)
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    torch.set_num_threads(1)
    base = load("book")
    print(pack(base, instructions.train(base, seed=0)))
