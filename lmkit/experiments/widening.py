"""What is more room worth to a model that is trained already? It gets more neurons, or more heads, and trains on.

The new parts lie beside the old ones and write nothing at first, so each model begins as it was. All train on with the
same stories, for as many steps; so does the model as it is, since more training alone may lower the loss too.
"""

import copy
from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor, nn

from lmkit.learning.training import TrainingConfig, evaluate, fit
from lmkit.learning.training.presets import tokens_of
from lmkit.model.attention import MultiHeadAttention
from lmkit.model.feedforward import FeedForward
from lmkit.model.transformer import Block, Transformer
from lmkit.shelf.pretrained import load

STEPS = 400
TRAINING = TrainingConfig(steps=STEPS, learning_rate=3e-4, start_token=0, evaluate_every=STEPS)
SEEDS = (0, 1)
MODELS = ("tiny", "book")
N_STORIES, N_HELD_OUT = 20_000, 400


class Beside(nn.Module):
    """Two parts that read the same, and whose answers are added: for networks, one network of the neurons of both."""

    def __init__(self, old: nn.Module, new: nn.Module):
        super().__init__()
        self.old, self.new = old, new

    def forward(self, x: Tensor, *others: object) -> Tensor:
        """Add both answers."""
        return self.old(x, *others) + self.new(x, *others)


def more_neurons(block: Block) -> None:
    """Widen the feed-forward network of a block by half: 4 · d_model² weights, if it has 4 · d_model neurons."""
    old = block.feed_forward
    new = FeedForward(old.d_model, old.read.out_features // 2, old.activation, bias=False)
    block.feed_forward = Beside(old, _silent(new, new.write, old.read.weight))


def more_heads(block: Block) -> None:
    """Give the attention of a block twice the heads, of the same size: 4 · d_model² weights."""
    old = block.attention
    new = MultiHeadAttention(old.d_model, old.n_heads, bias=False, rotary=old.rotary)
    block.attention = Beside(old, _silent(new, new.to_output, old.to_query.weight))


def _silent(new: nn.Module, writes: nn.Linear, like: Tensor) -> nn.Module:
    """Draw weights that are as large as those of an old matrix, but for those that write."""
    for weight in new.parameters():
        nn.init.normal_(weight, std=like.std().item())
    nn.init.zeros_(writes.weight)
    return new


WAYS: dict[str, Callable[[Block], None]] = {
    "as it is": lambda block: None,
    "half as many neurons again": more_neurons,
    "twice as many heads": more_heads,
}


def build(name: str, way: str, seed: int) -> Transformer:
    """Make a copy of a trained model with the room that a way gives it."""
    torch.manual_seed(seed)
    model = copy.deepcopy(load(name).model)
    for block in model.blocks:
        WAYS[way](block)
    return model


def run() -> dict:
    """Train all on, from both seeds, and give their losses on held-out stories before and after."""
    torch.set_num_threads(1)
    models = {name: compare(name) for name in MODELS}
    return {"steps": STEPS, "tokens_a_step": TRAINING.batch_size * (TRAINING.row_length - 1), "models": models}


def compare(name: str) -> dict[str, dict]:
    """Train one model on in every way."""
    tokenizer = load(name).tokenizer.tokenizer
    train, test = tokens_of("train", N_STORIES, tokenizer), tokens_of("test", N_HELD_OUT, tokenizer)
    ways = {}
    for way in WAYS:
        runs = [_train_on(build(name, way, seed), train, test, seed) for seed in SEEDS]
        weights = sum(weight.numel() for weight in build(name, way, 0).parameters())
        ways[way] = {"weights": weights, "before": runs[0][0], "after": [after for _, after in runs]}
        print(name, way, ways[way], flush=True)
    return ways


def _train_on(model: Transformer, train: Tensor, test: Tensor, seed: int) -> tuple[float, float]:
    before = evaluate(model, test, TRAINING)
    fit(model, train, test, replace(TRAINING, seed=seed), show=False)
    return round(before, 4), round(evaluate(model, test, TRAINING), 4)
