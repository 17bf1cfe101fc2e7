"""Does it help to leave out what a text holds twice? The planted stories of `canaries`, cleaned in two ways.

*letter by letter* leaves out each sentence of 8 words or more that stood before; *nearly* also those whose runs of
three words are half or more the same. Trained is as in `canaries`, by all weights, on the same seeds; whole stories
never repeat, so to look for repeated stories would find nothing.

Expected before anything ran: a sentence of 64 copies, now read once, is exposed by as little as one of one copy, two
bits at most. What is said in 16 ways is not found letter by letter and stays exposed; nearly finds it. Both leave out
harmless sentences too, nearly some 6 %, which the loss on fresh stories does not show.

It takes 3 minutes on one core.
"""

import torch

from lmkit.experiments.canaries import (
    LONGEST,
    N_FRESH,
    SEEDS,
    STEPS,
    ask,
    base_model,
    draw_canaries,
    planted_stories,
    short_stories,
    tune,
)
from lmkit.learning import finetuning
from lmkit.learning.privacy import duplicates
from lmkit.learning.privacy.texts import losses
from lmkit.shelf.pretrained import Pretrained
from lmkit.text.storyworld import split_sentences

WAYS = {"letter by letter": duplicates.without_repeated, "nearly": duplicates.without_nearly_repeated}


def run() -> dict:
    """Clean the stories of each seed in both ways, train on what is left, and ask."""
    torch.set_num_threads(1)
    base = base_model()
    return {"runs": [measure(base, way, seed) for way in WAYS for seed in SEEDS]}


def measure(base: Pretrained, way: str, seed: int) -> dict:
    """Train on cleaned stories, and ask for the codes."""
    groups = draw_canaries(seed)
    texts = planted_stories(base, groups, seed)
    cleaned = [text for text in WAYS[way](texts) if text]
    model = tune(base, finetuning.encode(cleaned, base.tokenizer, LONGEST), "full", seed, STEPS)
    fresh = finetuning.encode(short_stories(base, N_FRESH, "test"), base.tokenizer, LONGEST)
    result = {
        "way": way,
        "seed": seed,
        "whole texts that repeat": len(texts) - len(set(texts)),
        "sentences": count(texts),
        "left": count(cleaned),
        "fresh loss": losses(model, fresh).mean().item(),
        "groups": ask(model, base, groups),
    }
    print({**result, "groups": {n: sorted(g["ranks"]) for n, g in result["groups"].items()}}, flush=True)
    return result


def count(texts: list[str]) -> dict[str, int]:
    """Count the sentences, and those of them that hold a code."""
    sentences = [sentence for text in texts for sentence in split_sentences(text)]
    return {"all": len(sentences), "with a code": sum("secret code" in each for each in sentences)}
