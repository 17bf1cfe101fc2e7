"""Train the book's own models by their presets, measure what they know, and pack them into lmkit/shelf/weights.

`make weights` does this for all; `python tools/make_weights.py tiny` for one. It goes on from a run that was begun. The
translator is that of the first seed of the experiment `translation`, which measures it.
The same weights and card give the same bytes. But another machine gives other last digits, and the card tells how many
seconds it took: the SHA-256 that is printed belongs into lmkit/shelf/pretrained.py.
"""

import hashlib
import sys
from pathlib import Path
from statistics import mean

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from lmkit.experiments import translation
from lmkit.inside import story_knowledge
from lmkit.learning.training import History, checkpoint
from lmkit.learning.training.__main__ import train
from lmkit.learning.training.presets import PRESETS, make_tokenizer
from lmkit.learning.training.state import named
from lmkit.model.transformer import Transformer
from lmkit.shelf import packing
from lmkit.text.tokenizer import Tokenizer

ROOT = Path(__file__).parents[1]
WEIGHTS = ROOT / "lmkit" / "shelf" / "weights"
N_PAIRS, N_WRITTEN = 400, 300
TRANSLATOR = "translator"
GROWING = "tiny"  # the model of which snapshots are shipped
SNAPSHOTS = (0, 50, 100, 200, 400, 700, 1100, 1800, 2900)
WINDOW = 10  # steps whose losses are averaged into one point of the curve


def make(name: str) -> None:
    """Train one model, measure it as it is shipped, in 8 bits, and pack it with its card."""
    folder = ROOT / "runs" / name

    def keep(step: int, model: nn.Module) -> None:
        if name == GROWING and step in SNAPSHOTS:
            save_file(_copy(named(model)), snapshot_path(folder, step))

    folder.mkdir(parents=True, exist_ok=True)
    begun = bool(checkpoint.all_of(folder))
    history = train(name, folder, begun, precision="auto", sharded=False, watch=keep)
    tokenizer, path = make_tokenizer(), WEIGHTS / f"{name}.safetensors"
    newest, _ = checkpoint.load(checkpoint.all_of(folder)[-1])
    weights = {key.removeprefix("model."): tensor for key, tensor in newest.items() if key.startswith("model.")}
    packing.pack(model_with(name, weights), tokenizer, {}, path)
    model, _, _ = packing.unpack(path)
    packing.pack(model, tokenizer, make_card(name, model, tokenizer, history), path)
    _say(path)
    if name == GROWING:
        make_snapshots(name, folder, tokenizer, history)


def make_translator() -> None:
    """Train the translator of the first seed, and pack it."""
    torch.set_num_threads(1)
    pack_translator(*translation.train(translation.SEEDS[0]))


def pack_translator(model: nn.Module, tokenizer: Tokenizer, losses: list[float]) -> None:
    """Pack a translator with its card."""
    path = WEIGHTS / f"{TRANSLATOR}.safetensors"
    pairs = len(translation.training_pairs())
    card = {"pairs": pairs, "steps": len(losses), "loss": round(mean(losses[-WINDOW:]), 4)}
    packing.pack(model, tokenizer, card, path)
    _say(path)


def make_card(name: str, model: Transformer, tokenizer: Tokenizer, history: History) -> dict:
    """Say how a model came to be, and what it knows."""
    last, encode = history.evaluations[-1], story_knowledge.encode_with(tokenizer)
    card = {
        "preset": name,
        "steps": last.step,
        "stories": PRESETS[name].n_stories,
        "tokens": last.tokens,
        "seconds": round(last.seconds),
        "loss": round(last.valid_loss, 4),
        "valid": {str(one.step): round(one.valid_loss, 4) for one in history.evaluations},
        "pairs": story_knowledge.knowledge(model, encode, N_PAIRS),
    }
    if not model.config.causal:
        return card
    return card | {
        "bits_per_character": round(story_knowledge.bits_per_character(last.valid_loss, tokenizer), 4),
        "pairs_in_whole_sentences": story_knowledge.knowledge(model, encode, N_PAIRS, sees_all=True),
        "names_known": story_knowledge.cost_of_names(model, encode, story_knowledge.KNOWN),
        "names_typed": story_knowledge.cost_of_names(model, encode, story_knowledge.NEVER_TOLD),
        "written": story_knowledge.judged(story_knowledge.write_stories(model, tokenizer, N_WRITTEN)),
    }


def make_snapshots(name: str, folder: Path, tokenizer: Tokenizer, history: History) -> None:
    """Pack a model as it was along its training, with its loss curve and what it knew when."""
    path, encode = WEIGHTS / f"{name}-snapshots.safetensors", story_knowledge.encode_with(tokenizer)
    models = {step: model_with(name, load_file(snapshot_path(folder, step))) for step in SNAPSHOTS}
    packing.pack_snapshots(models, {}, path)
    models, _ = packing.unpack_snapshots(path)
    known = [story_knowledge.knowledge(model, encode, N_PAIRS // 2) for model in models.values()]
    written = [story_knowledge.judged(story_knowledge.write_stories(model, tokenizer, 50)) for model in models.values()]
    each = [knows | writes for knows, writes in zip(known, written, strict=True)]
    packing.pack_snapshots(models, {"curve": curve_of(history), "measures": each}, path)
    _say(path)


def curve_of(history: History) -> dict[str, list]:
    """Give the losses at every tenth step: in training the mean since the point before, held out where it was asked."""
    steps = list(range(0, history.steps[-1].step + 1, WINDOW))
    valid = {one.step: round(one.valid_loss, 4) for one in history.evaluations}
    train = [round(mean(one.loss for one in history.steps[step - WINDOW : step]), 4) for step in steps[1:]]
    return {"step": steps, "train": [None, *train], "valid": [valid.get(step) for step in steps]}


def model_with(name: str, weights: dict[str, torch.Tensor]) -> Transformer:
    """The model of a preset with these weights."""
    model = Transformer(PRESETS[name].model)
    with torch.no_grad():
        for key, tensor in named(model).items():
            tensor.copy_(weights[key])
    return model.eval()


def snapshot_path(folder: Path, step: int) -> Path:
    """Where the weights of a step wait to be packed."""
    return folder / f"snapshot-{step:05d}.safetensors"


def _copy(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


def _say(path: Path) -> None:
    print(path, hashlib.sha256(path.read_bytes()).hexdigest(), sep="\n")


if __name__ == "__main__":
    for name in sys.argv[1:] or (*PRESETS, TRANSLATOR):
        make_translator() if name == TRANSLATOR else make(name)
