"""What does each neuron of `book` fire on among all stories from which its rows were drawn? Is a thousand enough?

The survey of the whole is recorded beside the numbers, so that the chapter can show what each neuron fires on:
passages of the book's own stories. Reading them all takes the better part of an hour, too long for a build.
"""

from pathlib import Path

import torch
from torch import Tensor

from lmkit.experiments import RESULTS
from lmkit.inside.survey import BEFORE, Survey, survey
from lmkit.learning.training.presets import PRESETS
from lmkit.shelf import packing
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld

SAMPLE = 1_000  # held-out stories, as in the chapter
WHOLE = RESULTS / "neurons.safetensors"
# How they are stored: the vocabulary has 768 tokens, and three digits are enough for how strongly a neuron fires.
KINDS = {"passages": torch.int16, "levels": torch.float16, "loudness": torch.float32, "kurtosis": torch.float32}


def run() -> dict:
    """Survey both, record the survey of the whole, and compare them."""
    torch.set_num_threads(1)
    book = load("book")
    record_survey(read(book, "train", PRESETS["book"].n_stories), WHOLE)
    return compare(read(book, "test", SAMPLE), recorded_survey(WHOLE))


def read(book: Pretrained, split: str, n_stories: int) -> Survey:
    """Let the model read the first stories of a split."""
    texts = (book.encode(story.text)[0] for story in storyworld.stories(split, n_stories))
    return survey(book.model, texts, show=True)


def record_survey(seen: Survey, path: Path) -> None:
    """Write a survey into a safetensors file."""
    tensors = {name: getattr(seen, name).to(kind) for name, kind in KINDS.items()}
    packing.write(path, tensors, {"n_texts": seen.n_texts, "n_tokens": seen.n_tokens})


def recorded_survey(path: Path = WHOLE) -> Survey:
    """Read the survey that was recorded: of the whole, unless another file is named."""
    tensors, counts = packing.read(path)
    return Survey(
        **counts,
        passages=tensors.pop("passages").long(),
        **{name: tensor.float() for name, tensor in tensors.items()},
    )


def compare(sample: Survey, whole: Survey) -> dict:
    """Say how much was read, and how far the one survey gives what the other does.

    Returns:
        "read": texts and tokens of both. "peak": the share of its highest activation on the whole that a neuron reaches
        on the sample; a tenth of the neurons reach less than the first number, half less than the second. "same": of
        each layer, the share of the neurons that fire hardest on the same token in both.
    """
    shares = (sample.peak / whole.peak)[whole.peak > 0]
    return {
        "read": {name: [one.n_texts, one.n_tokens] for name, one in {"sample": sample, "whole": whole}.items()},
        "peak": [round(float(share), 3) for share in shares.quantile(torch.tensor([0.1, 0.5]))],
        "same": [round(float(share), 3) for share in (_heard(sample) == _heard(whole)).float().mean(dim=1)],
    }


def _heard(seen: Survey) -> Tensor:
    """The token that each neuron fires hardest on."""
    return seen.passages[:, :, 0, BEFORE]
