"""Which heads copy invented names, in `book` and in SmolLM2? By the same code, found on some stories, proven on others.

The induction score of every head at copied pieces of invented names: on stories of the validation split, where the
three (of SmolLM2: eight) keenest heads are chosen, and on stories of the test split, which choose nothing. There these
heads are switched off to their means, and beside them, three times, as many others of the same layers, drawn by chance.
Recorded is the loss at copies and at all other tokens, with intervals over stories. Beside it the induction score on
random tokens that come twice.

Expected: in `book` the three heads of chapter 04 again, at home only. SmolLM2 has never read these names either, but is
a model of many texts: its heads show on random tokens too, and switching off eight of 270 costs more than eight others.

About four minutes of one core, nearly all of it SmolLM2.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmkit.inside import heads, interventions
from lmkit.inside.copied_names import Rows, by_text, costs, mean_and_reach, rows
from lmkit.inside.tracing import trace
from lmkit.shelf.conversion import from_transformers
from lmkit.shelf.pretrained import load
from lmkit.text import storyworld

STORIES = {"book": 100, "smollm2": 12}
LENGTH = {"book": 80, "smollm2": 64}
CHOSEN = {"book": 3, "smollm2": 8}
DRAWS = 3
Heads = list[tuple[int, int]]


def run() -> dict:
    """Find and prove, in both models."""
    torch.set_num_threads(1)
    return {name: found_and_proven(name) for name in STORIES}


def found_and_proven(name: str) -> dict:
    """Choose the heads on one set of stories, and switch them off on another."""
    loaded = load(name)
    model = from_transformers(loaded.model) if name == "smollm2" else loaded.model
    start = "" if name == "book" else "\n"  # book puts its own mark before a story

    def encode(text: str) -> Tensor:
        return loaded.encode(start + text)

    def read(split: str) -> Rows:
        return rows(storyworld.stories(split), encode, STORIES[name], LENGTH[name])

    search, proof = read("validation"), read("test")
    scores = [heads.induction(trace(model, one.tokens), one.copies) for one in (search, proof)]
    chosen = heads.ranked(scores[0])[: CHOSEN[name]]
    random = _on_random(model)
    means = interventions.means(model, search.tokens)
    off = {"none": [], "found": chosen} | {f"drawn {i}": _drawn(chosen, model, i) for i in range(DRAWS)}
    return {
        "places": [int(one.copies.sum()) for one in (search, proof)],
        "chosen": [list(head) for head in chosen],
        "scores": [[round(float(score[head]), 4) for head in chosen] for score in scores],
        "median": [round(float(score.median()), 4) for score in scores],
        "again": sorted(chosen) == sorted(heads.ranked(scores[1])[: CHOSEN[name]]),
        "random": [round(float(random[head]), 4) for head in chosen],
        "without": {who: _without(model, proof, which, means) for who, which in off.items()},
    }


def _drawn(chosen: Heads, model: nn.Module, draw: int) -> Heads:
    """As many other heads of the same layers."""
    generator, drawn = torch.Generator().manual_seed(draw), []
    for layer, _ in chosen:
        others = [(layer, head) for head in range(model.config.n_heads)]
        others = [head for head in others if head not in chosen and head not in drawn]
        drawn.append(others[int(torch.randint(len(others), (), generator=generator))])
    return drawn


def _without(model: nn.Module, read: Rows, which: Heads, means: interventions.Values) -> dict:
    """What copies cost, and all other tokens, with intervals over stories."""
    with interventions.changed(model, off={"heads": which}, to=means):
        cost = costs(model, read.tokens)
    kinds = {"copies": read.copies, "others": ~read.copies}
    found = {kind: mean_and_reach(by_text(cost, at)) for kind, at in kinds.items()}
    return {kind: [round(number, 4) for number in pair] for kind, pair in found.items()}


def _on_random(model: nn.Module) -> Float[Tensor, "layer head"]:
    """The induction score on 30 tokens drawn at random, twice one after the other."""
    tokens = torch.randint(256, 768, (4, 30), generator=torch.Generator().manual_seed(0))
    second = torch.arange(60).expand(4, -1) >= 30
    return heads.induction(trace(model, tokens.repeat(1, 2)), second)
