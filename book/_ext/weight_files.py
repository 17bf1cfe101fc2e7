"""The weights of models lie in files of their own, which all pages share; a page's state names the file.

MyST-NB would write a megabyte of bytes into every page that runs a model. A script that sets a value is what a page can
load from a server and from a folder alike, and it loads it only when a reader comes near a figure that needs it.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path

FOLDER = "_static/weights"


def move(models: dict, book: Path, address: Callable[[str], str]) -> dict:
    """Put the bytes of each holder into its file, and its address in their place.

    Args:
        models: Saved widgets by name, as in the state of a page. A holder is one that has a trait `file`.
        book: The folder of the built book.
        address: Gives the address, as the page needs it, of a file of the book.
    """
    return {name: _move_one(model, book, address) if _holds(model) else model for name, model in models.items()}


def _holds(model: dict) -> bool:
    return "file" in model["state"] and any(buffer["path"] == ["weights"] for buffer in model.get("buffers", []))


def _move_one(model: dict, book: Path, address: Callable[[str], str]) -> dict:
    (buffer,) = (one for one in model["buffers"] if one["path"] == ["weights"])
    others = [one for one in model["buffers"] if one is not buffer]
    file = f"{FOLDER}/{_write(model['state']['name'], buffer['data'], book / FOLDER)}"
    return {**model, "state": {**model["state"], "file": address(file)}, "buffers": others}


def _write(name: str, data: str, folder: Path) -> str:
    """Write the bytes, unless they are there; their hash is in the name, so that no browser keeps old ones.

    Raises:
        ValueError: A name that could lead out of the folder.
    """
    if not re.fullmatch(r"[\w-]+", name):
        raise ValueError(f"{name!r} is no name for a model: letters, digits, _ and - only")
    key = hashlib.sha256(base64.b64decode(data)).hexdigest()[:12]
    file = folder / f"{name}-{key}.js"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(f"(globalThis.lmkitWeights ??= {{}})[{json.dumps(key)}] = {json.dumps(data)};\n")
    return file.name
