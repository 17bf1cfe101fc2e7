"""Is it the beginning that hurts a model with the norm last, or the rate? A warm-up cures the one, a lower rate both.

Each way trains models of 8 blocks from three seeds, once with the norm first and once with the norm last: at a high
learning rate from the first step, at the same rate after a warm-up of a quarter of the run, and at a quarter of the
rate without one. One more way trains models of 2 blocks at the high rate.

Written down before it ran: at the high rate the norm last stays at word frequencies, warm-up or not; at the lower rate,
and with 2 blocks, both orders learn.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.learning.objectives import loss, next_token_labels
from lmkit.learning.training.presets import VOCAB_SIZE, tokens_of
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.shelf.pretrained import load

STEPS = 300
BATCH, ROW = 4, 48
MEAN_OF = 10  # steps, for each point of a curve
SEEDS = (0, 1, 2)
N_STORIES = 1000


@dataclass(frozen=True)
class Way:
    """One way to begin."""

    says: str
    rate: float
    warmup: int = 0
    n_layers: int = 8


WAYS = {
    "high": Way("8 blocks, rate 0.02 at once", 0.02),
    "warmup": Way("8 blocks, rate 0.02 after a warm-up", 0.02, warmup=STEPS // 4),
    "lower": Way("8 blocks, rate 0.005 at once", 0.005),
    "shallow": Way("2 blocks, rate 0.02 at once", 0.02, n_layers=2),
}


def build(way: Way, norm_first: bool, seed: int) -> Transformer:
    """Make a fresh model, with weights drawn from a seed."""
    config = TransformerConfig(
        vocab_size=VOCAB_SIZE, n_layers=way.n_layers, n_heads=4, d_model=32, init_std=0.14, norm_first=norm_first
    )
    return Transformer(config, torch.Generator().manual_seed(seed))


def rate_at(step: int, way: Way) -> float:
    """Give the learning rate of a step, counted from 0: it grows evenly over the warm-up, then stays."""
    return way.rate * min(1.0, (step + 1) / max(way.warmup, 1))


def curve(way: Way, norm_first: bool, seed: int, tokens: Int[Tensor, "token"], steps: int) -> list[float]:
    """Train, and give the loss in nats a token, each number a mean of 10 steps."""
    model = build(way, norm_first, seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=way.rate, fused=True)
    generator, losses = torch.Generator().manual_seed(seed), []
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate_at(step, way)
        starts = torch.randint(len(tokens) - ROW, (BATCH,), generator=generator)
        rows = torch.stack([tokens[start : start + ROW] for start in starts])
        nats = loss(model(rows), next_token_labels(rows))
        optimizer.zero_grad()
        nats.backward()
        optimizer.step()
        losses.append(nats.item())
    return [round(sum(losses[i : i + MEAN_OF]) / MEAN_OF, 3) for i in range(0, steps, MEAN_OF)]


def nats_of_frequencies(tokens: Int[Tensor, "token"]) -> float:
    r"""Give the loss of a model that knows how frequent each token is, and nothing else: $-\sum_t p_t \ln p_t$."""
    shares = tokens.bincount() / len(tokens)
    return torch.special.entr(shares).sum().item()


def run() -> dict:
    """Train every way from every seed."""
    tokens = tokens_of("train", N_STORIES, load("tiny").tokenizer.tokenizer)
    ways = {}
    for name, way in WAYS.items():
        ways[name] = {"says": way.says}
        for order in ("norm first", "norm last"):
            curves = [curve(way, order == "norm first", seed, tokens, STEPS) for seed in SEEDS]
            ways[name][order] = curves
            print(name, order, [one[-1] for one in curves], flush=True)
    return {
        "steps": STEPS,
        "tokens_a_step": BATCH * ROW,
        "mean_of": MEAN_OF,
        "frequencies": round(nats_of_frequencies(tokens), 3),
        "ways": ways,
    }
