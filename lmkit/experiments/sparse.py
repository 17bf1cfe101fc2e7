"""Does a sparse autoencoder find in the stream of `book` what Storyworld is made of?

It is trained on the stream before block 2, on 1,000 stories, without a label: 512 latents, of which 16 may be on at a
token; three times, from other random directions. For each of thirteen things that are known of every token, the best
latent is sought on 200 held-out stories, with the threshold above which it counts as on, and its F1 measured on 200
others. Beside it the best of the 512 neurons of block 1, chosen and scored in the same way; the best of the latents of
an autoencoder that was trained on a model that was never trained; and what always saying yes would give. Recorded too:
the share of the variance that is kept, how many latents are on, and the loss of the model that reads on from what the
autoencoder wrote, beside the loss with the mean of the stream in its place.

Expected, before it ran: names, things and feeling words are found with an F1 above .9, in the trained model and in the
fresh one, for these are questions about single words; the best latents beat the best neurons. What must be followed
through the story, such as whether the person named has something, is not found above .6.

About six minutes of one core.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from lmkit.inside import sites, sparse
from lmkit.inside.copied_names import costs
from lmkit.inside.tracing import Trace, trace
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import Pretrained, load
from lmkit.text import storyworld
from lmkit.text.storyworld.lexicon import FEELINGS
from lmkit.text.storyworld.story import Story

LAYER, LATENTS, K, STEPS = 2, 512, 16, 1000
STORIES, HELD_OUT, SEEDS = 1000, 400, 3
SHARES = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995)  # of the tokens lie below a threshold


def run() -> dict:
    """Train on the trained model and on fresh ones, and score both, and the neurons, against the truth."""
    torch.set_num_threads(1)
    book = load("book")
    held_out = list(storyworld.stories("test", HELD_OUT))
    truth = torch.cat([known(story, book) for story in held_out])
    found = {"things": list(THINGS), "share": _rounded(truth.float().mean(dim=0)), "runs": []}
    for seed in range(SEEDS):
        fresh = Transformer(book.model.config, torch.Generator().manual_seed(seed)).eval()
        for name, model in {"trained": book.model, "fresh": fresh}.items():
            found["runs"].append({"model": name, "seed": seed, **_run(model, book, held_out, truth, seed)})
            print(found["runs"][-1], flush=True)
    found["neurons"] = _rounded(best(_read(book.model, book, held_out).neurons, truth))
    found["always yes"] = _rounded(2 * truth.float().mean(dim=0) / (1 + truth.float().mean(dim=0)))
    return found


def _run(model: nn.Module, book: Pretrained, held_out: list[Story], truth: Tensor, seed: int) -> dict:
    x = _read(model, book, list(storyworld.stories("train", STORIES))).stream
    coder = sparse.fit(x, LATENTS, K, steps=STEPS, generator=torch.Generator().manual_seed(seed))
    read = _read(model, book, held_out)
    latents = coder.encode(read.stream)
    return {
        "f1": _rounded(best(latents, truth)),
        "explained": round(sparse.explained(read.stream, coder(read.stream)), 4),
        "on": round(float((latents > 0).sum(dim=1).float().mean()), 2),
        "never on": int((latents == 0).all(dim=0).sum()),
        "loss": losses(model, book, held_out[:100], coder, x.mean(dim=0)),
    }


class _Read(NamedTuple):
    stream: Float[Tensor, "token d_model"]
    neurons: Float[Tensor, "token neuron"]


def _read(model: nn.Module, book: Pretrained, stories: list[Story]) -> _Read:
    """The stream before the layer, and the neurons of the block that wrote to it last, without the mark of a story."""
    seen: Iterator[Trace] = (trace(model, book.encode(story.text)) for story in stories)
    parts = [(one.residual[LAYER][0, 1:], one.activations[LAYER - 1][0, 1:]) for one in seen]
    return _Read(*(torch.cat(part) for part in zip(*parts, strict=True)))


@torch.no_grad()
def losses(model: nn.Module, book: Pretrained, stories: list[Story], coder: nn.Module, mean: Tensor) -> list[float]:
    """Give the loss of the model as it is, reading on from the autoencoder, and from the mean of the stream."""
    site, texts = sites.find(model)[LAYER], [book.encode(story.text) for story in stories]

    def loss() -> float:
        return round(float(torch.cat([costs(model, text)[0, :-1] for text in texts]).mean()), 4)

    whole = loss()
    with sites.edit(site, "residual", coder):
        written = loss()
    with sites.edit(site, "residual", lambda x: mean.expand_as(x)):
        return [whole, written, loss()]


# --- Against the truth. ---


def best(units: Float[Tensor, "token unit"], truth: Bool[Tensor, "token thing"]) -> Float[Tensor, " thing"]:
    """Choose for each thing the unit and threshold with the best F1 on the first half, and score it on the second."""
    half = len(units) // 2
    above = units[:half].sort(dim=0).values[[int(share * half) for share in SHARES]]
    thresholds = torch.cat([torch.zeros(1, units.shape[1]), above])  # (threshold, unit)
    chosen, scored = (
        torch.stack([f1(units[part] > line, truth[part]) for line in thresholds])
        for part in (slice(half), slice(half, None))
    )  # (threshold, unit, thing)
    return scored.flatten(0, 1).gather(0, chosen.flatten(0, 1).argmax(dim=0)[None])[0]


def f1(said: Bool[Tensor, "token unit"], truth: Bool[Tensor, "token thing"]) -> Float[Tensor, "unit thing"]:
    r"""Hold each unit against each thing: $2 n_{both} / (n_{said} + n_{true})$."""
    said, truth = said.float(), truth.float()
    return 2 * (said.T @ truth) / (said.sum(dim=0)[:, None] + truth.sum(dim=0)).clamp_min(1)


Span = tuple[int, int]


def known(story: Story, book: Pretrained) -> Bool[Tensor, "token thing"]:
    """What is known of every token of a story but the mark that it begins with, one column for each of THINGS."""
    ids = book.encode(story.text)[0, 1:].tolist()
    ends = torch.tensor([len(book.tokenizer.tokenizer.decode([i])) for i in ids]).cumsum(dim=0)
    starts = torch.cat([torch.zeros(1, dtype=torch.long), ends[:-1]])
    columns = []
    for find in THINGS.values():
        spans = list(find(story))
        columns.append(sum(((starts < end) & (ends > start) for start, end in spans), torch.zeros(len(ids))) > 0)
    return torch.stack(columns, dim=1)


def _words(words: Iterable[str], story: Story) -> Iterator[Span]:
    some = "|".join(map(re.escape, words))
    return (found.span() for found in re.finditer(rf"\b(?:{some})\b", story.text)) if some else iter(())


def _names(story: Story, **about: object) -> Iterator[Span]:
    people = [p.name for p in story.people if all(getattr(p, name) == value for name, value in about.items())]
    return _words(people, story)


def _mentions(story: Story, *roles: str) -> Iterator[tuple[Span, int, object]]:
    """Where somebody or something is mentioned, in which sentence, and as what."""
    start = 0
    for number, sentence in enumerate(story.sentences):
        for mention in sentence.mentions:
            if mention.role in roles:
                yield (start + mention.start, start + mention.start + len(mention.text)), number, mention
        start += len(sentence.text) + 1


def _spans(story: Story, *roles: str) -> Iterator[Span]:
    return (span for span, *_ in _mentions(story, *roles))


def _owners(story: Story) -> Iterator[Span]:
    """Names of people who have something when they are named."""
    for span, number, mention in _mentions(story, "who", "whom"):
        if number and mention.text in story.sentences[number - 1].holder.values():
            yield span


def _matching(pattern: str, story: Story) -> Iterator[Span]:
    return (found.span() for found in re.finditer(pattern, story.text))


def _good_end(story: Story) -> Iterator[Span]:
    """The last sentence of a story that ends well, before any question."""
    told = " ".join(sentence.text for sentence in story.narrative)
    return iter([(len(told) - len(story.narrative[-1].text), len(told))] if story.ends_well else [])


THINGS = {
    "a name": lambda story: _names(story),
    "an invented name": lambda story: _names(story, made_up=True),
    "a girl's known name": lambda story: _names(story, made_up=False, gender="girl"),
    "an invented girl's name": lambda story: _names(story, made_up=True, gender="girl"),
    "a thing": lambda story: _spans(story, "thing", "other"),
    "kite": lambda story: _words(["kite", "kites"], story),
    "a place": lambda story: _spans(story, "place"),
    "a feeling": lambda story: _words(FEELINGS, story),
    "she, her": lambda story: _words(["She", "she", "her", "Her"], story),
    "in a question": lambda story: _matching(r"(?:Who|Where|Is|Was|Did|Does|How)\b[^.?\"]*\?", story),
    "in speech": lambda story: _matching(r'"[^"]*"', story),
    "somebody who has something": _owners,
    "the end, and it is good": _good_end,
}


def _rounded(numbers: Tensor) -> list[float]:
    return [round(number, 4) for number in numbers.tolist()]
