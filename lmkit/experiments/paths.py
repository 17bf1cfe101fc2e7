"""How does L2 · H0 of `book` find the piece of a name to copy? And where in the stream is it, who has the kite?

First, paths: what each earlier head, and each earlier feed-forward network, says into the queries, keys and values of
L2 · H0 is taken from another story, and the rise of the loss at copied pieces is recorded; on three sets of 60 stories.
Beside it: where the earlier heads look at pieces of names, and the composition scores.

Second, the stream: two stories, in one of which one child takes the kite from the other, and in the other it is the
other way round. The stream of the one is put into the other, at one position before one block at a time. The effect is
0 where the answer stays as it was, and 1 where it becomes that of the other story; averaged over those of 200 pairs of
names for which both are answered right. The same for what each head says at the last token. (In a first form of the
stories nobody took anything, and the model named the first child, whoever had the kite: of 96 pairs it had 16 right.)

Expected, before it ran: the path from L0 · H1, which looks at the piece before, into the keys of L2 · H0 matters most,
as in the textbook; who has the kite stands at the name of the taker before block 0, at the last token before block 3,
and somewhere between, at the thing.

About a minute of one core.
"""

from itertools import permutations
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.inside import circuits, interventions, paths
from lmkit.inside.copied_names import Rows, costs, earlier_pieces, rows
from lmkit.inside.tracing import trace
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.storyworld.lexicon import BOYS, GIRLS

RECEIVER = (2, 0)
SENDERS = [*((0, head) for head in range(4)), 0, *((1, head) for head in range(4)), 1]
SIDES = {"query": ["query"], "key": ["key"], "value": ["value"]}
SETS, STORIES, LENGTH = 3, 60, 80
PAIRS = 200
TOLD = "One day, {} met {} in the park. {} had a kite. {} took the kite from {}. Who has the kite?"


def run() -> dict:
    """Patch paths into the head that copies, and the stream of stories about a kite."""
    torch.set_num_threads(1)
    book = load("book")
    read = rows(storyworld.stories("test"), book.encode, SETS * STORIES, LENGTH)
    sets = [Rows(*(part[i::SETS] for part in read)) for i in range(SETS)]
    return {
        "senders": [list(sender) if isinstance(sender, tuple) else sender for sender in SENDERS],
        "rise": {name: [into_head(book.model, one, sides) for one in sets] for name, sides in SIDES.items()},
        "off": [_off(book.model, one) for one in sets],
        "looks": looks(book.model, read),
        "composition": {side: _composition(book.model, side) for side in SIDES},
        "kite": kite(book),
    }


# --- Paths. ---


def into_head(model: nn.Module, read: Rows, sides: list[str]) -> list[float]:
    """By how much copies cost more when the head hears, from one sender after the other, what it says elsewhere."""
    other = interventions.values(model, read.tokens.roll(1, dims=0))
    rises = []
    for sender in SENDERS:
        patch = paths.along(model, read.tokens, sender, RECEIVER, sides, to=other)
        with interventions.changed(model, patch=[patch]):
            rises.append(_at_copies(model, read))
    whole = _at_copies(model, read)
    return [round(rise - whole, 4) for rise in rises]


def _at_copies(model: nn.Module, read: Rows) -> float:
    return float(costs(model, read.tokens)[read.copies].mean())


def _off(model: nn.Module, read: Rows) -> float:
    """The same when the head itself says what it says elsewhere."""
    whole, other = _at_copies(model, read), interventions.values(model, read.tokens.roll(1, dims=0))
    with interventions.changed(model, off={"heads": [RECEIVER]}, to=other):
        return round(_at_copies(model, read) - whole, 4)


def looks(model: nn.Module, read: Rows) -> list[list[float]]:
    """The attention of each head below the receiver, at pieces that go on with a name, to earlier pieces of it."""
    earlier, later = earlier_pieces(read.pieces)[:, None], read.pieces > 1
    layers = trace(model, read.tokens).attentions[: RECEIVER[0]]
    return [
        [round(float(share), 4) for share in (weights * earlier).sum(dim=-1).transpose(0, 1)[:, later].mean(dim=1)]
        for weights in layers
    ]


def _composition(model: nn.Module, side: str) -> list[list[float]]:
    heads_of = range(model.config.n_heads)
    return [
        [round(circuits.composition(model, (layer, head), RECEIVER, side), 4) for head in heads_of]
        for layer in range(RECEIVER[0])
    ]


# --- Who has the kite. ---


class Pairs(NamedTuple):
    """Stories in which the first child takes the kite from the second, the same the other way round, and both names."""

    told: Int[Tensor, "pair position"]
    others: Int[Tensor, "pair position"]
    answers: Int[Tensor, "pair 2"]


def pairs(book: Pretrained) -> Pairs:
    """Tell PAIRS of them, and keep those of which the model answers both right."""
    names = [name for name in (*GIRLS, *BOYS) if len(book.tokenizer.tokenizer.encode(f" {name}")) == 1]
    every = list(permutations(names, 2))
    drawn = torch.randperm(len(every), generator=torch.Generator().manual_seed(0))[:PAIRS]

    def tell(first: str, second: str, taker: str, other: str) -> Tensor:
        return book.encode(TOLD.format(first, second, other, taker, other))[0]

    both = [every[place] for place in drawn.tolist()]
    told = torch.stack([tell(a, b, a, b) for a, b in both])
    others = torch.stack([tell(a, b, b, a) for a, b in both])
    answers = torch.stack([book.encode(f"? {a}? {b}")[0, [2, 4]] for a, b in both])
    right = (_lead(book.model, told, answers) > 0) & (_lead(book.model, others, answers) < 0)
    return Pairs(told[right], others[right], answers[right])


def kite(book: Pretrained) -> dict:
    """Patch the stream of each story into its pair, at each position before each block; and what each head says."""
    model, (told, others, answers) = book.model, pairs(book)
    source = interventions.values(model, others)
    ends = [_lead(model, text, answers).mean() for text in (told, others)]

    def effect(**patch) -> float:
        with interventions.changed(model, patch=[interventions.Patch(values=source, **patch)]):
            lead = _lead(model, told, answers).mean()
        return round(float((ends[0] - lead) / (ends[0] - ends[1])), 4)

    layers, places = range(model.config.n_layers), range(told.shape[1])
    return {
        "words": book.words(told[0]),
        "names": [i for i in places if (told[:, i] != others[:, i]).any()],
        "kept": [len(told), PAIRS],
        "leads": [round(float(end), 3) for end in ends],
        "stream": [[effect(layer=i, what="residual", position=at) for at in places] for i in layers],
        "heads": [[effect(layer=i, head=h, position=places[-1]) for h in range(model.config.n_heads)] for i in layers],
    }


@torch.no_grad()
def _lead(model: nn.Module, tokens: Tensor, answers: Tensor) -> Float[Tensor, " pair"]:
    """By how many logits the owner of the first story leads that of the other, at the end."""
    one, other = model(tokens)[:, -1].gather(1, answers).T
    return one - other
