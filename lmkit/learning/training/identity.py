"""Identity: what makes a run this run and no other. Only the same run can be resumed."""

import hashlib
from dataclasses import asdict, is_dataclass

from torch import Tensor, nn

from lmkit.learning.training.batches import Objective
from lmkit.learning.training.checkpoint import CheckpointError
from lmkit.learning.training.config import TrainingConfig


def identity(
    model: nn.Module, config: TrainingConfig, objective: Objective, train_tokens: Tensor, valid_tokens: Tensor
) -> dict[str, str]:
    """Say by name what makes a run this run."""
    architecture = getattr(model, "config", None)
    parts = {f"config.{name}": value for name, value in asdict(config).items()}
    if is_dataclass(architecture):
        parts |= {f"model.config.{name}": value for name, value in asdict(architecture).items()}
    parts["objective"] = getattr(objective, "__qualname__", objective)  # the name of a function has no address in it
    for name, module in model.named_modules():  # what a Classifier and a LoRA do besides their weights
        for fact in ("read", "scale"):
            if isinstance(value := getattr(module, fact, None), str | float):
                parts[f"{name or 'model'}.{fact}"] = value
    if frozen := [name for name, weight in model.named_parameters() if not weight.requires_grad]:
        parts["frozen"] = ", ".join(frozen)
    parts |= {"train_tokens": _fingerprint(train_tokens), "valid_tokens": _fingerprint(valid_tokens)}
    return {name: str(part) for name, part in parts.items()}


def check_identity(path: object, before: dict[str, str], now: dict[str, str]) -> None:
    """Refuse to go on with another run, and say what differs (CheckpointError)."""
    names = [name for name in before | now if before.get(name) != now.get(name)]
    if names:
        listed = "; ".join(f"{name} was {before.get(name)} and is now {now.get(name)}" for name in names)
        raise CheckpointError(
            f"{path} belongs to another run: {listed}. Go on with what it was, or start anew in another folder."
        )


def _fingerprint(tokens: Tensor) -> str:
    digest = hashlib.sha256(tokens.long().contiguous().numpy()).hexdigest()[:16]
    return f"{len(tokens)} tokens, SHA-256 {digest}..."
