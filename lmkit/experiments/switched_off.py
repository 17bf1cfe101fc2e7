"""What does each head of `book` cost when it is switched off: all tokens, and the pieces of names that must be copied?

Three ways to switch a head off: it says 0, its mean over other stories, or what it said on another story (the mean of
three draws). On two sets of stories, 200 of the validation split and 200 of the test split: what is found on the first
can be proven on the second. Beside the rise of the loss stands the induction score of each head at the same places.
Intervals are over stories.

Expected, after a look at 56 stories: L1 · H3 and L2 · H0 cost most at copies, the same two on both sets. Zero and mean
agree to a tenth, since no head of `book` says much that is the same everywhere. Another story's values cost at least as
much as either at copies, for a wrong name is worse than none.

About two minutes of one core.
"""

import torch
from torch import Tensor, nn

from lmkit.inside import heads, interventions
from lmkit.inside.copied_names import Rows, by_text, costs, mean_and_reach, rows
from lmkit.inside.tracing import trace
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld

STORIES, LENGTH, DRAWS = 200, 80, 3
SETS = {"found": "validation", "proven": "test"}
WAYS = ("zero", "mean", "another story")


def run() -> dict:
    """Switch every head off in all ways, on both sets."""
    torch.set_num_threads(1)
    book = load("book")
    sets = {name: rows(storyworld.stories(split), book.encode, STORIES, LENGTH) for name, split in SETS.items()}
    return {name: measured(book, read) for name, read in sets.items()}


def measured(book: Pretrained, read: Rows) -> dict:
    """Give, for all tokens and for copies, the loss, and by how much each head raises it in each way."""
    model = book.model
    found = {"places": int(read.copies.sum())}
    found["induction"] = _rounded(heads.induction(trace(model, read.tokens), read.copies))
    kinds = {"all": torch.ones_like(read.copies), "copies": read.copies}
    whole = costs(model, read.tokens)
    found["loss"] = {kind: mean_and_reach(by_text(whole, at)) for kind, at in kinds.items()}
    instead = _instead(book, read.tokens)
    found["rise"] = {kind: {way: [] for way in WAYS} for kind in kinds}
    for way in WAYS:
        for layer in range(model.config.n_layers):
            heads_of = [(layer, head) for head in range(model.config.n_heads)]
            rises = [_rise(model, read.tokens, whole, head, instead[way]) for head in heads_of]
            for kind, at in kinds.items():
                found["rise"][kind][way].append([_pair(by_text(rise, at)) for rise in rises])
    return found


def _instead(book: Pretrained, tokens: Tensor) -> dict[str, list]:
    """What a head says when it is off, in each way."""
    others = (book.encode(story.text)[0] for story in storyworld.stories("train", STORIES))
    return {
        "zero": [None],
        "mean": [interventions.means(book.model, others)],
        "another story": [interventions.values(book.model, tokens.roll(k + 1, dims=0)) for k in range(DRAWS)],
    }


def _rise(model: nn.Module, tokens: Tensor, whole: Tensor, head: tuple[int, int], instead: list) -> Tensor:
    """By how much each token costs more, averaged over what the head may say instead."""
    each = []
    for to in instead:
        with interventions.changed(model, off={"heads": [head]}, to=to):
            each.append(costs(model, tokens) - whole)
    return torch.stack(each).mean(dim=0)


def _pair(rises: Tensor) -> list[float]:
    return [round(number, 4) for number in mean_and_reach(rises)]


def _rounded(numbers: Tensor) -> list:
    return [[round(number, 4) for number in row] for row in numbers.tolist()]
