"""Read a model of transformers from a folder: its own architecture, in 32 bits, from safetensors, and no code."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

_AS_IT_IS = {"local_files_only": True, "trust_remote_code": False}


def read(name: str, folder: Path, cure: str) -> tuple[nn.Module, Any]:
    """Give the model and its tokenizer. Whoever loads from the model's `name_or_path` loads the same again.

    Args:
        cure: what to do where a file was cut short or changed.

    Raises:
        ValueError: a file cannot be read, weights are missing, or transformers does not have the architecture.
    """
    model = _read_model(name, folder, cure)
    with _readable(name, cure):
        import transformers

        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **_AS_IT_IS)
    model.name_or_path = str(folder)
    return model, tokenizer


def _read_model(name: str, folder: Path, cure: str) -> nn.Module:
    import transformers

    with _readable(name, cure):
        config = transformers.AutoConfig.from_pretrained(folder, **_AS_IT_IS)
    architecture = getattr(transformers, (config.architectures or ["none"])[0], None)
    if not (isinstance(architecture, type) and issubclass(architecture, transformers.PreTrainedModel)):
        raise ValueError(f"{name} is a {config.architectures}, which transformers does not have: choose another")
    with _readable(name, cure):
        model, found = architecture.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **_AS_IT_IS
        )
    if found["missing_keys"]:
        raise ValueError(f"{name} lacks weights of its {architecture.__name__}: {sorted(found['missing_keys'])[:3]}")
    return model.eval()


@contextmanager
def _readable(name: str, cure: str) -> Iterator[None]:
    """Name the cause and the cure, whichever library finds that a file is none of its kind."""
    try:
        yield
    except Exception as error:  # that of a tokenizer that is cut short has no other class
        why = str(error).strip().partition("\n")[0]
        raise ValueError(
            f"the files of {name} cannot be read ({type(error).__name__}: {why}). "
            f"If one was cut short or changed, {cure}"
        ) from error


@contextmanager
def quietly() -> Iterator[None]:
    """Without the progress bars of transformers, and its report of weights that the model has no use for."""
    from transformers.utils import logging

    bars, verbosity = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
