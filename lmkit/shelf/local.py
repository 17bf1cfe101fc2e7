"""Folders of this machine that hold a model. Only what is written as a path is one: a bare name is one of the hub."""

import re
from pathlib import Path

from lmkit.shelf import hub

_PATH = re.compile(r"\.{1,2}([/\\].*)?|[/\\~].*|[A-Za-z]:[/\\].*", re.DOTALL)


def is_path(name: str | Path) -> bool:
    """Say whether it is written as a path: "./x", "../x", "/x", "~/x", "C:\\\\x" or a pathlib.Path."""
    return isinstance(name, Path) or _PATH.fullmatch(name) is not None


def find(path: str | Path) -> Path:
    """Give the folder of a model.

    Raises:
        ValueError: there is no such folder, or it lacks a file.
    """
    folder = Path(path).expanduser().resolve()
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}: check the path; it begins at {Path.cwd()} if it is not whole")
    files = hub.find(lambda file: folder / file if (folder / file).is_file() else None)
    if lacking := [kind for kind, found in files.items() if not found]:
        known = ", ".join(" and ".join(group) for group in hub.NEEDED[lacking[0]])
        raise ValueError(
            f"the folder {folder} has no {lacking[0]} ({known}). With transformers, model.save_pretrained(folder) and "
            f"tokenizer.save_pretrained(folder) write all that is needed{_pickled(folder)}"
        )
    return folder


def _pickled(folder: Path) -> str:
    found = next(folder.glob("pytorch_model*.bin"), None)
    return f"; {found.name} is pickled, and is not read, since a pickle can run code" if found else ""
