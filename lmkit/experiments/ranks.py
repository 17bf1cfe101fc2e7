"""Does the rank of LoRA matter, and does the division of alpha by it? Who has a thing, from 200 labels.

Alpha stays as it is, so that alpha / rank falls as the rank grows. As a control, ranks 1 and 16 are trained again with
alpha / rank as it is at rank 4, which is what LoRA would do if nothing were divided by the rank.

Expected, before the control was run: 4 times too weak at rank 1, 4 times too strong at rank 16, and neither to be seen
among three draws of labels, since the size of a step of AdamW does not grow with the gradient.
"""

import torch
from torch import Tensor

from lmkit.experiments.answering import HOLDER
from lmkit.experiments.finetuning import ALPHA, RANK, RATES, SEEDS, count_right, fit, prepare
from lmkit.learning import finetuning
from lmkit.shelf.pretrained import Pretrained, load

LABELS = 200
RANKS = (1, 4, 16)


def run() -> dict:
    """Train at each rank on each draw of labels, and count right answers on the same test."""
    torch.set_num_threads(1)
    book = load("book")
    test = finetuning.rows(HOLDER.draw_tests()["test"], book.tokenizer, HOLDER.tokens)
    divided = [_measure(book, test, rank, ALPHA) for rank in RANKS]
    control = [_measure(book, test, rank, rank * ALPHA / RANK) for rank in RANKS if rank != RANK]
    return {"labels": LABELS, "test": len(test), "ranks": divided, "not divided": control}


def _measure(book: Pretrained, test: Tensor, rank: int, alpha: float) -> dict:
    """Train on each draw of labels, and count right answers."""
    models = [_train(book, rank, alpha, seed) for seed in SEEDS]
    right = [count_right(model, test) for model in models]
    measured = {"rank": rank, "alpha": alpha, "trained": finetuning.count_trained(models[0]), "right": right}
    print(measured, flush=True)
    return measured


def _train(book: Pretrained, rank: int, alpha: float, seed: int) -> finetuning.Classifier:
    model = prepare(book, "LoRA", seed, rank, alpha)
    train = finetuning.rows(HOLDER.draw(LABELS, seed), book.tokenizer, HOLDER.tokens)
    fit(model, train, train[:8], RATES["LoRA"], HOLDER.steps[LABELS], seed)
    return model
