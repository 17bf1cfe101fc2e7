"""Is a thousand stories enough to see what a neuron fires on? Beside them, all from which `book`'s rows were drawn."""

import torch
from torch import Tensor

from lmkit import storyworld
from lmkit.pretrained import Pretrained, load
from lmkit.survey import BEFORE, Survey, survey
from lmkit.training.presets import PRESETS

SAMPLE = 1_000  # stories, as in the chapter


def run() -> dict:
    """Survey both, and compare them."""
    torch.set_num_threads(1)
    book = load("book")
    whole = read(book, "train", PRESETS["book"].n_stories)
    return compare(read(book, "test", SAMPLE), whole)


def read(book: Pretrained, split: str, n_stories: int) -> Survey:
    """Let the model read the first stories of a split."""
    texts = (book.encode(story.text)[0] for story in storyworld.stories(split, n_stories))
    return survey(book.model, texts, show=True)


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
