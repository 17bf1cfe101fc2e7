"""Checkpoints: files that a run can go on from, whatever happens while they are written.

A checkpoint is a safetensors file: tensors, and a few facts as text. No pickle, so reading one runs no code. It is
written under another name, and gets its own when the disk has all of it; a kill or a full disk leaves the one before.
"""

import hashlib
import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

KEPT = 2  # checkpoints in a folder: the newest, and the one before should the newest be damaged


class CheckpointError(Exception):
    """A checkpoint cannot be written, cannot be read, or belongs to another run. The text says what to do."""


def path_of(folder: Path, step: int) -> Path:
    """Say where the checkpoint of a step lies."""
    return folder / f"step-{step:08d}.safetensors"


def all_of(folder: Path) -> list[Path]:
    """List the checkpoints of a folder, the oldest first."""
    return sorted(folder.glob("step-????????.safetensors"))


def save(folder: Path, step: int, tensors: dict[str, Tensor], facts: dict) -> None:
    """Write a checkpoint whole or not at all, then remove all but the newest two.

    Raises:
        OSError: the disk does not take it. The checkpoints of before are as they were.
    """
    text = json.dumps(facts)
    said = json.dumps({"facts": text, "sha256": _digest(tensors, text)})
    # One entry: safetensors writes several in an order that is another each time, and the same shall give the same.
    _write_atomically(path_of(folder, step), to_bytes(tensors, {"said": said}))
    for old in all_of(folder)[:-KEPT]:
        old.unlink()


def load(path: Path) -> tuple[dict[str, Tensor], dict]:
    """Read a checkpoint and verify every byte of it.

    Raises:
        CheckpointError: the file is cut short or changed.
    """
    try:
        with safe_open(path, framework="pt") as file:
            said = json.loads((file.metadata() or {}).get("said", "{}"))
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
    except (SafetensorError, ValueError) as error:
        raise _damaged(path, str(error)) from error
    if said.get("sha256") != _digest(tensors, said.get("facts", "")):
        raise _damaged(path, "its SHA-256 is not the one written in it")
    return tensors, json.loads(said["facts"])


def _damaged(path: Path, why: str) -> CheckpointError:
    others = [other.name for other in all_of(path.parent) if other < path]
    cure = f"go on from {others[-1]} with resume=True" if others else "start anew"
    return CheckpointError(f"the checkpoint {path} is damaged ({why}): delete it, then {cure}")


def _write_atomically(path: Path, data: bytes) -> None:
    unfinished = path.with_suffix(".unfinished")
    try:
        with unfinished.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())  # on the disk before it gets its name
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _digest(tensors: dict[str, Tensor], facts: str) -> str:
    digest = hashlib.sha256(facts.encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy())
    return digest.hexdigest()
