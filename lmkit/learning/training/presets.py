"""Presets: the recipes of the book's own models, from the stories to the last step."""

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.learning.training.batches import Masked, Objective, next_token
from lmkit.learning.training.config import TrainingConfig
from lmkit.model.transformer import TransformerConfig
from lmkit.text import storyworld, tokenizer

STORY, MASK = "<|story|>", "<|mask|>"  # where a story starts, and what stands for a hidden token
VOCAB_SIZE = 768


@dataclass(frozen=True)
class Preset:
    """A model, how it is trained, and how many stories it may read."""

    model: TransformerConfig
    training: TrainingConfig
    n_stories: int

    @property
    def objective(self) -> Objective:
        """What the stories ask of the model: the next token if it is causal, hidden tokens if it is not."""
        if self.model.causal:
            return next_token
        return Masked(mask_id=1, special_ids=(0, 1), vocab_size=VOCAB_SIZE)


def _model(d_model: int, init_std: float, causal: bool = True) -> TransformerConfig:
    return TransformerConfig(
        vocab_size=VOCAB_SIZE,
        n_layers=4,
        n_heads=4,
        d_model=d_model,
        rotary_base=1000.0,  # the texts are short
        init_std=init_std,  # 0.02 suits a d_model of 768; about 0.8 / √d_model suits a small one
        causal=causal,
    )


def _training(steps: int, learning_rate: float, evaluate_every: int, row_length: int = 161) -> TrainingConfig:
    return TrainingConfig(
        steps=steps,
        learning_rate=learning_rate,
        evaluate_every=evaluate_every,
        row_length=row_length,  # 160 tokens hold nearly every story to its end, where the questions are
        start_token=0,
    )


PRESETS = {
    "tiny": Preset(_model(64, 0.1), _training(2900, 4e-3, 50), n_stories=40_000),
    "book": Preset(_model(128, 0.08), _training(12_000, 2.5e-3, 500), n_stories=200_000),
    "book-masked": Preset(
        _model(128, 0.08, causal=False), _training(12_000, 2.5e-3, 500, row_length=160), n_stories=200_000
    ),
}


def make_tokenizer() -> tokenizer.Tokenizer:
    """Train the tokenizer that all of the book's models share. Its ids 0 and 1 are STORY and MASK."""
    return tokenizer.train(_texts("train", 20_000), VOCAB_SIZE, (STORY, MASK))


def tokens_of(split: str, n_stories: int, its_tokenizer: tokenizer.Tokenizer) -> Int[Tensor, "token"]:
    """Put stories one after the other, each after a STORY token."""
    fast = tokenizer.to_fast(its_tokenizer)
    ids = [i for encoded in fast.encode_batch(list(_texts(split, n_stories))) for i in (0, *encoded.ids)]
    return torch.tensor(ids)


def _texts(split: str, n: int) -> Iterable[str]:
    return (story.text for story in storyworld.stories(split, n))
