"""Surveying: what it costs to survey every head of `book` over a corpus, beside the plain forward of the same texts."""

import time
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from tqdm import tqdm

import lmkit
from benchmarks import rounds
from lmkit.inside.batches import TOGETHER, batches
from lmkit.inside.head_survey import survey
from lmkit.text import storyworld

PARTS = 20  # of TOGETHER stories each, which are put in order and read before the next is asked for


def measure(n_parts: int = PARTS) -> dict:
    """Give the milliseconds a story, how many times the plain forward they are, and the memory in the meantime.

    It is one survey, so that its memory can be watched. Before it is given a part of the stories, these are read alone,
    in the same batches: both are timed within the same moments.
    """
    book = lmkit.load("book")
    times: rounds.Times = {"lmkit": [], "head_survey": []}
    megabytes = []

    def told() -> Iterator[Tensor]:
        stories = storyworld.stories("train", n_parts * TOGETHER)
        for _ in tqdm(range(n_parts), desc="surveying"):
            part = [book.encode(next(stories).text)[0] for _ in range(TOGETHER)]
            times["lmkit"].append(rounds.cpu_seconds(lambda texts=part: _read(book.model, texts)))
            began = time.process_time()
            yield from part
            times["head_survey"].append(time.process_time() - began)
            megabytes.append(_resident())

    survey(book.model, told(), special=[0])
    return {
        "stories": n_parts * TOGETHER,
        "milliseconds": {name: rounds.quartiles([1000 * t / TOGETHER for t in each]) for name, each in times.items()},
        "cost": {name: rounds.factor(times["lmkit"], each) for name, each in times.items()},
        "megabytes": [megabytes[0], megabytes[-1]],
    }


@torch.no_grad()
def _read(model: nn.Module, texts: list[Tensor]) -> None:
    for tokens, _ in batches(texts):
        model(tokens)


def _resident() -> float:
    """How much memory this process holds, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6
