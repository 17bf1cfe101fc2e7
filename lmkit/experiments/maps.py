"""Can attention look elsewhere, and the model say the same? One row at a time, and as a model that is trained to.

First, rows. For every head of `book`, on 40 stories of 80 tokens, at the last token: the weight of the key that gets
most, and how little it can get while the head mixes exactly the same (`lmkit.inside.other_maps`).

Second, models. From `book`, 60 more steps on stories: as before; with the heads of layer 2 asked to look elsewhere than
they did (the distance between both maps, from 0 to 1, is taken off the loss with a weight of 0.5); and with the heads
of layer 2 looking evenly at all that they may see, for good. Three times each, on other stories. Recorded are the loss
on held-out stories, at all tokens and at pieces of names that must be copied, and how far the maps of layer 2 are from
those of `book`.

Expected, before it ran: for most rows of most heads the top key can lose all its weight, but not for L2 · H0. A model
that looks elsewhere can be trained, at a small cost; looking evenly costs far more, and most of it at copies.

About three minutes of one core.
"""

import copy

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.inside.copied_names import Rows, by_text, costs, mean_and_reach, rows
from lmkit.inside.other_maps import another
from lmkit.inside.tracing import Trace, trace
from lmkit.learning.objectives import loss, next_token_labels
from lmkit.learning.training.presets import tokens_of
from lmkit.model.attention import scaled_dot_product_attention
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import load
from lmkit.text import storyworld

LAYER, STEPS, SEEDS, BATCH, LENGTH = 2, 60, 3, 8, 128
RATE, WEIGHT = 5e-4, 0.5
ROWS, HELD_OUT, N_STORIES = 40, 100, 3_000


def run() -> dict:
    """Look for other rows, and train other models."""
    torch.set_num_threads(1)
    book = load("book")
    held_out = rows(storyworld.stories("test"), book.encode, HELD_OUT, 80)
    before = trace(book.model, held_out.tokens)
    found = {"rows": other_rows(before), "before": _measured(book.model, held_out, before), "trained": []}
    for seed in range(SEEDS):
        stories = tokens_of("train", N_STORIES, book.tokenizer.tokenizer)[seed * STEPS * BATCH * LENGTH :]
        batches = stories[: STEPS * BATCH * LENGTH].view(STEPS, BATCH, LENGTH)
        for way in ("as before", "elsewhere", "evenly"):
            model = _trained(book.model, batches, way)
            found["trained"].append({"way": way, "seed": seed, **_measured(model, held_out, before)})
            print(found["trained"][-1], flush=True)
    return found


# --- One row at a time. ---


def other_rows(seen: Trace) -> list[list[dict[str, float]]]:
    """The mean weight of the top key of each head at the last token, and the least that it can have."""
    found = []
    for weights, values in zip(seen.attentions, seen.values, strict=True):
        heads = []
        for head in range(weights.shape[1]):
            told = [(weights[i, head, -1], values[i, head]) for i in range(ROWS)]
            least = [float(another(row, value)[row.argmax()]) for row, value in told]
            most = [float(row.max()) for row, _ in told]
            heads.append({"most": round(sum(most) / ROWS, 4), "least": round(sum(least) / ROWS, 4)})
        found.append(heads)
    return found


# --- Trained to look elsewhere. ---


def _trained(start: Transformer, batches: Int[Tensor, "step batch position"], way: str) -> Transformer:
    """Train a copy for as many steps as there are batches."""
    model = copy.deepcopy(start).train().requires_grad_(True)
    attention = model.blocks[LAYER].attention
    if way == "evenly":
        attention.attend.forward = _evenly
    optimizer = torch.optim.AdamW(model.parameters(), RATE)
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=STEPS)
    for tokens in batches:
        read: list[Tensor] = []
        with attention.register_forward_pre_hook(lambda _, inputs, read=read: read.append(inputs[0])):
            cost = loss(model(tokens), next_token_labels(tokens))
        if way == "elsewhere":
            cost = cost - WEIGHT * _apart(_weights(attention, read[0]), trace(start, tokens).attentions[LAYER])
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()
        falling.step()
    return model.eval()


def _weights(attention: nn.Module, x: Float[Tensor, "batch position d_model"]) -> Float[Tensor, "batch head query key"]:
    """The attention that a layer gives, with gradients."""
    query, key, value = attention.project(x)
    may_attend = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()
    return scaled_dot_product_attention(*attention.place(query, key), value, may_attend)[1]


def _evenly(query: Tensor, key: Tensor, value: Tensor, may_attend: Tensor | None = None) -> Tensor:
    """Mix all that may be seen alike."""
    n = value.shape[2]
    return value.cumsum(dim=2) / torch.arange(1, n + 1)[:, None]


Maps = Float[Tensor, "batch head query key"]


def _apart(one: Maps, other: Maps) -> Float[Tensor, ""]:
    """How far two maps are from each other: 0 where they are the same, 1 where they share nothing."""
    return (one - other).abs().sum(dim=-1).mean() / 2


def _measured(model: Transformer, read: Rows, before: Trace) -> dict:
    cost = costs(model, read.tokens)
    kinds = {"all": torch.ones_like(read.copies), "copies": read.copies}
    found = {kind: [round(x, 4) for x in mean_and_reach(by_text(cost, at))] for kind, at in kinds.items()}
    if "forward" in vars(model.blocks[LAYER].attention.attend):
        return found  # it looks evenly, and a trace would let it attend
    after = trace(model, read.tokens).attentions[LAYER]
    return found | {"apart": round(float(_apart(after, before.attentions[LAYER])), 4)}
