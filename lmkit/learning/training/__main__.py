"""The command line.

    python -m lmkit.learning.training --preset tiny
    torchrun --nproc-per-node=2 -m lmkit.learning.training --preset book
"""

import argparse
import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import nn

from lmkit.learning.training import CheckpointError, Diverged, History, fit
from lmkit.learning.training.presets import PRESETS, make_tokenizer, tokens_of
from lmkit.model.transformer import Transformer

VALIDATION_STORIES = 500


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line says, and give the exit status: 0 when done, 130 when interrupted."""
    options = _parse(arguments)
    folder = options.folder or Path("runs") / options.preset
    try:
        history = train(options.preset, folder, options.resume, options.precision, options.sharded)
    except (CheckpointError, Diverged) as error:
        sys.exit(f"{type(error).__name__}: {error}")
    return 130 if history.interrupted else 0


def train(
    name: str,
    folder: Path,
    resume: bool,
    precision: str,
    sharded: bool,
    watch: Callable[[int, nn.Module], None] = lambda step, model: None,
) -> History:
    """Train the model of a preset. Its tokenizer is written beside the checkpoints."""
    preset = PRESETS[name]
    tokenizer = make_tokenizer()
    config = dataclasses.replace(preset.training, precision=precision, sharded=sharded)
    model = Transformer(preset.model, torch.Generator().manual_seed(config.seed))
    history = fit(
        model,
        tokens_of("train", preset.n_stories, tokenizer),
        tokens_of("validation", VALIDATION_STORIES, tokenizer),
        config,
        objective=preset.objective,
        folder=folder,
        resume=resume,
        watch=watch,
    )
    tokenizer.save(folder / "tokenizer.json")
    return history


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    command = "python -m lmkit.learning.training"
    parser = argparse.ArgumentParser(prog=command, description="Train one of the book's models.")
    parser.add_argument("--preset", choices=PRESETS, required=True)
    parser.add_argument("--folder", type=Path, help="for checkpoints and log.jsonl; runs/PRESET unless given")
    parser.add_argument("--resume", action="store_true", help="go on from the newest checkpoint in the folder")
    parser.add_argument("--precision", choices=("float32", "auto"), default="float32", help="auto: 16 bits if faster")
    parser.add_argument("--sharded", action="store_true", help="several processes share the weights (FSDP)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
