"""Training: one step of `fit` beside one step of the same model in transformers and in nanoGPT."""

from collections.abc import Callable
from pathlib import Path

import torch
from jaxtyping import Int
from torch import Tensor, nn

from benchmarks import peers, rounds
from benchmarks.peers import Shape
from lmkit.learning.training import TrainingConfig, bfloat16_is_faster, next_token
from lmkit.learning.training.loop import Run

SHAPES = {
    "0.2 M": Shape(n_layers=4, n_heads=4, d_model=64, n_positions=128, batch_size=16),
    "0.8 M": Shape(n_layers=4, n_heads=4, d_model=128, n_positions=128, batch_size=16),
    "10 M": Shape(n_layers=6, n_heads=6, d_model=384, n_positions=256, batch_size=4),
}
ROUNDS = {"0.2 M": 15, "0.8 M": 11, "10 M": 7}

Step = Callable[[], object]


def measure(shapes: dict[str, Shape] = SHAPES, n_rounds: dict[str, int] = ROUNDS, checkout: Path | None = None) -> dict:
    """Give tokens a second, and factors to each peer, for every shape."""
    in_16_bits = bfloat16_is_faster(torch.device("cpu"))
    return {
        "bfloat16_is_faster": in_16_bits,
        "shapes": {
            name: _measure_shape(name, shape, n_rounds[name], in_16_bits, checkout) for name, shape in shapes.items()
        },
    }


def _measure_shape(name: str, shape: Shape, n_rounds: int, in_16_bits: bool, checkout: Path | None) -> dict:
    steps = candidates(shape, in_16_bits, checkout)
    times = rounds.take_turns(steps, n_rounds, f"training, {name}")
    return {
        "parameters": sum(weights.numel() for weights in peers.ours(shape, "learned").parameters()),
        "batch": [shape.batch_size, shape.n_positions],
        "rounds": n_rounds,
        "tokens_a_second": rounds.rates(times, shape.n_tokens),
        "factors": {peer: rounds.factors(times, peer) for peer in steps if not peer.startswith("lmkit")},
    }


def candidates(shape: Shape, in_16_bits: bool, checkout: Path | None) -> dict[str, Step]:
    """Name every step that is measured. The text is random: what it says does not change how long a step takes."""
    text = torch.randint(shape.vocab_size, (100_000,), generator=torch.Generator().manual_seed(0))
    steps = {
        "lmkit, learned positions": our_step(shape, text, "learned"),
        "lmkit, rotary positions": our_step(shape, text, "rotary"),
    }
    if in_16_bits:
        steps["lmkit, learned positions, bfloat16"] = our_step(shape, text, "learned", "auto")
        steps["lmkit, rotary positions, bfloat16"] = our_step(shape, text, "rotary", "auto")
    steps["Hugging Face"] = hugging_face_step(shape, text)
    if checkout is not None:
        steps["nanoGPT"] = nano_gpt_step(shape, text, checkout)
    return steps


def our_step(shape: Shape, text: Int[Tensor, "token"], positions: str, precision: str = "float32") -> Step:
    """Give the step that `fit` takes: rows, loss, gradients, clipping, AdamW, and a note of how it went."""
    config = TrainingConfig(
        steps=100_000, batch_size=shape.batch_size, row_length=shape.n_positions + 1, precision=precision
    )
    return Run(peers.ours(shape, positions), text, text, config, next_token, None).take_step


def hugging_face_step(shape: Shape, text: Int[Tensor, "token"]) -> Step:
    """Give a step as the Trainer of transformers takes it by default: AdamW, fused; gradients clipped at 1.

    The model shifts the labels itself, so it is asked for one token a row less than the others.
    """
    model = peers.hugging_face(shape).train()
    optimizer = torch.optim.AdamW(model.parameters(), fused=True)
    return _step(model, lambda x, _: model(x, labels=x, use_cache=False).loss, optimizer, shape, text)


def nano_gpt_step(shape: Shape, text: Int[Tensor, "token"], checkout: Path) -> Step:
    """Give a step as nanoGPT's train.py takes it on a CPU: its own optimizer settings; gradients clipped at 1."""
    model = peers.nano_gpt(shape, checkout).train()
    with peers.silent():
        optimizer = model.configure_optimizers(
            weight_decay=0.1, learning_rate=6e-4, betas=(0.9, 0.95), device_type="cpu"
        )
    return _step(model, lambda x, y: model(x, y)[1], optimizer, shape, text)


def _step(
    model: nn.Module,
    loss: Callable[[Tensor, Tensor], Tensor],
    optimizer: torch.optim.Optimizer,
    shape: Shape,
    text: Int[Tensor, "token"],
) -> Step:
    generator = torch.Generator().manual_seed(0)

    def step() -> float:
        starts = torch.randint(len(text) - shape.n_positions, (shape.batch_size, 1), generator=generator)
        rows = text[starts + torch.arange(shape.n_positions + 1)]
        value = loss(rows[:, :-1].contiguous(), rows[:, 1:].contiguous())
        value.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return value.item()

    return step
