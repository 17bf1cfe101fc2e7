"""What is a feed-forward network worth? The same budget of weights, spent in other ways, and the loss that follows.

Every model has the width of `tiny`, and in the matrices of its blocks as many weights as 2 usual blocks have: where a
block holds less, there are more blocks. All read the same stories, for as many steps, at the same learning rate.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.learning.training import TrainingConfig, fit
from lmkit.learning.training.presets import VOCAB_SIZE, tokens_of
from lmkit.model.feedforward import FeedForward
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.shelf.pretrained import load

TRAINING = TrainingConfig(steps=400, learning_rate=4e-3, start_token=0, evaluate_every=400)
SEEDS = (0, 1)
D_MODEL = 64
N_STORIES, N_HELD_OUT = 6_000, 200


class NoFeedForward(nn.Module):
    """Writes nothing: a block is its attention alone."""

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        """Give zeros."""
        return torch.zeros_like(x)


class LinearFeedForward(FeedForward):
    """Without a function between its two matrices, which makes them one."""

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        """Read, and write what was read."""
        return self.write(self.read(x))


class TwiceReLU(FeedForward):
    """With a ReLU after `write` as well: it can only ever add to the stream, never take away."""

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        """Keep what is positive of the usual answer."""
        return F.relu(super().forward(x))


@dataclass(frozen=True)
class Variant:
    """One way to spend the budget."""

    says: str
    n_layers: int
    d_hidden: int
    activation: str = "gelu"
    feed_forward: Callable[..., nn.Module] = FeedForward


def without(*_: object) -> NoFeedForward:
    """Make a feed-forward network that is none, whatever its sizes."""
    return NoFeedForward()


VARIANTS = {
    "gelu": Variant("the usual: 2 blocks, 256 neurons each", 2, 256),
    "relu": Variant("the usual with ReLU", 2, 256, activation="relu"),
    "swiglu": Variant("the usual with SwiGLU, 171 neurons each", 2, 171, activation="swiglu"),
    "linear": Variant("the usual without an activation", 2, 256, feed_forward=LinearFeedForward),
    "twice relu": Variant("the usual with ReLU inside and outside", 2, 256, activation="relu", feed_forward=TwiceReLU),
    "64 neurons": Variant("4 blocks, 64 neurons each", 4, 64),
    "128 neurons": Variant("3 blocks, 128 neurons each", 3, 128),
    "640 neurons": Variant("1 block, 640 neurons", 1, 640),
    "attention": Variant("6 blocks of attention alone", 6, 1, feed_forward=without),
}


def build(variant: Variant, seed: int) -> Transformer:
    """Make a model of a variant, with weights drawn from a seed."""
    config = TransformerConfig(
        vocab_size=VOCAB_SIZE,
        n_layers=variant.n_layers,
        n_heads=4,
        d_model=D_MODEL,
        d_hidden=variant.d_hidden,
        activation=variant.activation,
        rotary_base=1000.0,
        init_std=0.1,
    )
    model = Transformer(config)
    for block in model.blocks:
        block.feed_forward = variant.feed_forward(D_MODEL, variant.d_hidden, variant.activation)
        if isinstance(block.feed_forward, NoFeedForward):
            block.feed_forward_norm = nn.Identity()  # nobody listens to it
    model.initialize(torch.Generator().manual_seed(seed))
    return model


def block_weights(model: Transformer) -> int:
    """Count the weights in the matrices of the blocks, which is what the variants have in common."""
    return sum(parameter.numel() for parameter in model.blocks.parameters() if parameter.ndim == 2)


def measure(
    variant: Variant, seed: int, train_tokens: Int[Tensor, "train"], test_tokens: Int[Tensor, "test"]
) -> tuple[Transformer, float]:
    """Train a variant from a seed; give the model, and its loss on held-out stories, in nats a token."""
    model = build(variant, seed)
    history = fit(model, train_tokens, test_tokens, TRAINING, show=False)
    return model, round(history.evaluations[-1].valid_loss, 4)


def run() -> dict:
    """Measure every variant from every seed."""
    tokenizer = load("tiny").tokenizer.tokenizer
    train_tokens, test_tokens = tokens_of("train", N_STORIES, tokenizer), tokens_of("test", N_HELD_OUT, tokenizer)
    results = {}
    for name, variant in VARIANTS.items():
        runs = [measure(variant, seed, train_tokens, test_tokens) for seed in SEEDS]
        model = runs[0][0]
        results[name] = {
            "says": variant.says,
            "layers": variant.n_layers,
            "block_weights": block_weights(model),
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "losses": [loss for _, loss in runs],
        }
        print(name, results[name]["losses"], flush=True)
    tokens = TRAINING.batch_size * (TRAINING.row_length - 1)
    return {"steps": TRAINING.steps, "tokens_a_step": tokens, "variants": results}
