"""What does depth do to a fresh model: to the length of its stream, and to the gradient of its last block?

Models of 6 and of 54 blocks, with the norm first and last, with lines drawn as long as they are and shortened by
1/√(2L). It takes a few seconds.

What the argument of chapter 04 says must come out: with the norm first, nine times the blocks make the stream three
times as long and the gradient a third; shortened, neither changes; with the norm last, the stream has one length.
"""

import math
from itertools import islice

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.inside.tracing import trace
from lmkit.learning.objectives import loss, next_token_labels
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.shelf.pretrained import load
from lmkit.text import storyworld

DEPTHS = (6, 54)
SEEDS = (0, 1, 2)


def build(n_layers: int, norm_first: bool, short: bool, seed: int) -> Transformer:
    """Make a fresh model, its lines shortened by 1/√(2L) or not."""
    config = TransformerConfig(
        vocab_size=768, n_layers=n_layers, n_heads=4, d_model=64, init_std=0.1, norm_first=norm_first
    )
    model = Transformer(config, torch.Generator().manual_seed(seed))
    for block in model.blocks:
        for write in (block.attention.to_output, block.feed_forward.write):
            write.weight.data *= 1 if short else math.sqrt(2 * n_layers)
    return model


def last_block(model: Transformer, tokens: Int[Tensor, "batch position"]) -> tuple[float, float]:
    """Give the mean length of the stream after the last block, and of the gradient of the last matrix that writes."""
    length = trace(model, tokens).residual[-1].norm(dim=-1).mean()
    loss(model(tokens), next_token_labels(tokens)).backward()
    pull = model.blocks[-1].feed_forward.write.weight.grad.norm()
    return length.item(), pull.item()


def some_tokens() -> Int[Tensor, "2 64"]:
    """Give the beginnings of two rows of stories that are kept for tests."""
    encode = load("book").encode
    stories = [encode(story.text)[0] for story in islice(storyworld.stories("test"), 20)]
    return torch.cat(stories)[: 2 * 512].view(2, 512)[:, :64]


def run() -> dict:
    """Measure each kind at each depth, each number a mean over three fresh models."""
    torch.set_num_threads(1)
    tokens, found = some_tokens(), {}
    for norm_first in (True, False):
        for short in (False, True):
            name = ("norm first" if norm_first else "norm last") + ", × 1/√(2L)" * short
            found[name] = {}
            for n_layers in DEPTHS:
                models = [build(n_layers, norm_first, short, seed) for seed in SEEDS]
                measured = torch.tensor([last_block(model, tokens) for model in models])
                length, pull = measured.mean(dim=0).tolist()
                found[name][str(n_layers)] = {"length": round(length, 3), "gradient": round(pull, 4)}
    return found
