"""Does the rank of LoRA matter, and may it be changed without tuning alpha again? Who has a thing, from 200 labels."""

import torch

from lmkit import finetuning
from lmkit.experiments.answering import HOLDER
from lmkit.experiments.finetuning import ALPHA, RATES, SEEDS, count_right, fit, prepare
from lmkit.pretrained import Pretrained, load

LABELS = 200
RANKS = (1, 4, 16)


def run() -> dict:
    """Train at each rank on each draw of labels, and count right answers on the same test."""
    torch.set_num_threads(1)
    book = load("book")
    test = finetuning.rows(HOLDER.draw_tests()["test"], book.tokenizer, HOLDER.tokens)
    found = []
    for rank in RANKS:
        models = [_train(book, rank, seed) for seed in SEEDS]
        right = [count_right(model, test) for model in models]
        found.append({"rank": rank, "trained": finetuning.count_trained(models[0]), "right": right})
        print(found[-1], flush=True)
    return {"labels": LABELS, "alpha": ALPHA, "test": len(test), "ranks": found}


def _train(book: Pretrained, rank: int, seed: int) -> finetuning.Classifier:
    model = prepare(book, "LoRA", seed, rank)
    train = finetuning.rows(HOLDER.draw(LABELS, seed), book.tokenizer, HOLDER.tokens)
    fit(model, train, train[:8], RATES["LoRA"], HOLDER.steps[LABELS], seed)
    return model
