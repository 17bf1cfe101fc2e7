"""A model that was trained on 128 tokens reads 1,024: what it pays at each place, and what helps.

Small models with rotary positions are trained on rows of 128 tokens, from three seeds, and read held-out stories in
rows of 1,024: as they are; with a window of 128 tokens; with positions divided by 8; with a base for 8 times the
length; and with positions divided by 8 after 40 more steps on long rows, beside as many such steps with nothing
divided. What comes late needs no far look, since each story is short: a model that is not confused pays the same at
every place. `tiny` and `book`, trained on 160 tokens, read the same rows. It takes about 3 minutes of one core.

Written before it ran: beyond their length the models as they are pay more and more, at least half a nat at the end; the
window cures it; the larger base helps more than divided positions do; with more training both are cured.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from lmkit.experiments.scaling import build, plan
from lmkit.learning.training import TrainingConfig, fit
from lmkit.learning.training.presets import tokens_of
from lmkit.model.attention import sliding_window_mask
from lmkit.model.longer import interpolated, with_larger_base
from lmkit.model.transformer import Transformer
from lmkit.shelf.pretrained import load

D_MODEL, STEPS, MORE_STEPS = 32, 200, 40
N_STORIES, N_HELD_OUT = 8_000, 200
SEEDS = (0, 1, 2)
TRAINED, READ = 128, 1024
FACTOR = READ // TRAINED
PLACES = ((0, 128), (128, 256), (256, 512), (512, 1024))  # from, up to: what the losses are averaged over


@torch.no_grad()
def losses_by_place(
    model: Transformer, rows: Int[Tensor, "row position"], may_attend: Bool[Tensor, "query key"] | None = None
) -> list[float]:
    """Give the mean loss in each range of places, in nats a token."""
    nats = torch.zeros(rows.shape[1] - 1)
    for row in rows:
        log_p = model(row[None, :-1], may_attend).log_softmax(dim=-1)[0]
        nats -= log_p.gather(-1, row[1:, None])[:, 0] / len(rows)
    return [round(nats[first:until].mean().item(), 4) for first, until in PLACES]


def trained_on(model: Transformer, train: Tensor, held_out: Tensor, seed: int) -> Transformer:
    """Train a model a little more, on long rows: one a step, so as many tokens a step as before."""
    config = TrainingConfig(
        steps=MORE_STEPS, batch_size=1, row_length=READ + 1, start_token=0, learning_rate=1e-3, warmup_steps=5,
        evaluate_every=MORE_STEPS, seed=seed,
    )  # fmt: skip
    fit(model, train, held_out, config, show=False)
    return model


def ways(model: Transformer, rows: Tensor, more: Callable[[Transformer], Transformer]) -> dict[str, list[float]]:
    """Let a model read long rows in every way."""
    window = sliding_window_mask(READ, TRAINED)
    return {
        "as it is": losses_by_place(model, rows),
        "window": losses_by_place(model, rows, window),
        "interpolated": losses_by_place(interpolated(model, FACTOR), rows),
        "larger base": losses_by_place(with_larger_base(model, FACTOR), rows),
        "trained on, as it is": losses_by_place(more(interpolated(model, 1)), rows),
        "trained on, interpolated": losses_by_place(more(interpolated(model, FACTOR)), rows),
    }


def run() -> dict:
    """Train from each seed, and read."""
    torch.set_num_threads(1)
    tokenizer = load("tiny").tokenizer.tokenizer
    train, held_out = tokens_of("train", N_STORIES, tokenizer), tokens_of("validation", N_HELD_OUT, tokenizer)
    rows = held_out[: len(held_out) // (READ + 1) * (READ + 1)].view(-1, READ + 1)
    found: dict[str, list] = {}
    for seed in SEEDS:
        model = build(D_MODEL, seed)
        fit(model, train, held_out, replace(plan(D_MODEL, STEPS, seed), evaluate_every=STEPS), show=False)

        def more(longer: Transformer, seed: int = seed) -> Transformer:
            return trained_on(longer, train, held_out, seed)

        for name, losses in ways(model, rows, more).items():
            found.setdefault(name, []).append(losses)
            print(seed, name, losses, flush=True)
    shipped = {name: losses_by_place(load(name).model, rows) for name in ("tiny", "book")}
    print(shipped, flush=True)
    return {"places": PLACES, "rows": len(rows), "losses": found, "shipped": shipped}
