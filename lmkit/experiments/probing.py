"""What can be read from the stream of `book` by a linear probe, layer by layer? And would the probe learn anything?

Four things that Storyworld knows: the gender of somebody with a known name, at this name; of somebody with an invented
name, at the last piece of a later mention (the story tells it once, in another word); whether a girl or a boy has the
thing, at the mark after *Who has the kite?*; and whether a story ends well, at its end. Each beside its control task,
in which every type gets a label by chance: the name, the name, the thing, the last word. And beside models that were
never trained. 700 examples to fit to and 300 to test on; three draws of each, other stories, other fresh weights.

Expected, before it ran: the gender of known names is read at every layer, and so is its control, also from the fresh
model: there are few names. That of invented names is at chance in the embedding and above .9 in the middle, with a
control at chance. Who has it rises at block 2, and the end is read from the word before: as well in the fresh model.

About two minutes of one core.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmkit.inside import probing
from lmkit.inside.batches import padded
from lmkit.inside.scoring import Encode, mentions_of
from lmkit.inside.tracing import trace
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import load
from lmkit.text import storyworld

FIT, TEST, SEEDS = 700, 300, 3


class Example(NamedTuple):
    """A text, the token at which it is read, the label, and the type that the control task goes by."""

    tokens: Tensor
    place: int
    label: int
    type: str


def run() -> dict:
    """Probe for all four, in the trained model and in fresh ones: accuracies by layer, of the task and its control."""
    torch.set_num_threads(1)
    book = load("book")
    found = {}
    for name, make in TASKS.items():
        draws = list(_draws(make(book.encode)))
        found[name] = {
            "trained": [probed(book.model, one, seed) for seed, one in enumerate(draws)],
            "fresh": [probed(_fresh(book.model, seed), one, seed) for seed, one in enumerate(draws)],
        }
        print(name, found[name], flush=True)
    return found


def _draws(examples: Iterator[Example]) -> Iterator[list[Example]]:
    for _ in range(SEEDS):
        yield list(islice(examples, FIT + TEST))


def _fresh(model: Transformer, seed: int) -> Transformer:
    return Transformer(model.config, torch.Generator().manual_seed(seed)).eval()


def probed(model: nn.Module, examples: Sequence[Example], seed: int) -> dict[str, list[float]]:
    """Probe the stream before each block, and after the last."""
    labels, types = [one.label for one in examples], [one.type for one in examples]
    generator = torch.Generator().manual_seed(seed)
    each = [probing.probe(x, labels, types, FIT, generator) for x in _streams(model, examples)]
    return {"task": [round(one.task, 4) for one in each], "control": [round(one.control, 4) for one in each]}


def _streams(model: nn.Module, examples: Sequence[Example]) -> Float[Tensor, "page example d_model"]:
    read = []
    for first in range(0, len(examples), 16):
        some = examples[first : first + 16]
        pages = torch.stack(trace(model, padded([one.tokens for one in some])[0]).residual)
        read.append(pages[:, range(len(some)), [one.place for one in some]])
    return torch.cat(read, dim=1)


# --- The tasks. ---


def _genders(encode: Encode, made_up: bool) -> Iterator[Example]:
    """One later mention of one name from each story that has one."""
    for story in storyworld.stories("train"):
        for person in story.people:
            places = mentions_of([person.name], story.text, encode) if person.made_up == made_up else []
            if len(places) > 1:
                yield Example(encode(story.text)[0], places[1][1] - 1, int(person.gender == "girl"), person.name)
                break


def _holders(encode: Encode) -> Iterator[Example]:
    data = storyworld.holders(SEEDS * (FIT + TEST))
    for text, label in zip(data.texts, data.labels, strict=True):
        tokens = encode(text)[0]
        yield Example(tokens, len(tokens) - 1, label, text.removesuffix("?").split()[-1])


def _endings(encode: Encode) -> Iterator[Example]:
    data = storyworld.sentiment(SEEDS * (FIT + TEST))
    for text, label in zip(data.texts, data.labels, strict=True):
        tokens = encode(text)[0]
        yield Example(tokens, len(tokens) - 1, label, text.removesuffix(".").split()[-1])


TASKS: dict[str, Callable[[Encode], Iterator[Example]]] = {
    "gender of a known name": lambda encode: _genders(encode, made_up=False),
    "gender of an invented name": lambda encode: _genders(encode, made_up=True),
    "who has it": _holders,
    "how it ends": _endings,
}
