"""A model, a text and a run small enough to be trained many times over."""

import torch

from lmkit.learning.training import Masked, TrainingConfig
from lmkit.model.transformer import Transformer, TransformerConfig

VOCAB = 16
CONFIG = dict(steps=30, batch_size=4, row_length=9, learning_rate=0.01, warmup_steps=3, evaluate_every=10)


def build(**changes):
    """Build an untrained model, the same at each call."""
    kwargs = dict(vocab_size=VOCAB, n_layers=2, n_heads=2, d_model=8, init_std=0.1) | changes
    return Transformer(TransformerConfig(**kwargs), torch.Generator().manual_seed(0))


def text(n=1000, seed=0):
    """Make a text that can be learned: each token is the last one plus 1 or 2. Token 0 starts a document."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(1, 3, (n,), generator=generator).cumsum(0) % VOCAB


def config(**changes):
    return TrainingConfig(**CONFIG | changes)


def masked():
    """Ask for hidden tokens. The last token of the vocabulary is the mask."""
    return Masked(mask_id=VOCAB - 1, special_ids=(), vocab_size=VOCAB, share=0.3)


def tensors_of(model):
    return {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
