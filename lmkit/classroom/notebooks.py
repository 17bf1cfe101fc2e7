"""Notebooks as the JSON that they are, and what the chapters' cells say of themselves."""

import ast
import json
from pathlib import Path
from typing import Any

Cell = dict[str, Any]
Notebook = dict[str, Any]


def read(path: Path) -> Notebook:
    """A notebook of this project: nbformat 4."""
    return json.loads(path.read_text("utf-8"))


def write(notebook: Notebook, path: Path) -> None:
    """As Jupyter writes it."""
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", "utf-8")


def text_of(cell: Cell) -> str:
    """What stands in a cell; a file may hold it as one text or as a list of lines."""
    return "".join(cell["source"])


def exercise_of(cell: Cell) -> str | None:
    """The name of the exercise that a cell belongs to."""
    return cell["metadata"].get("lmkit", {}).get("id")


def role_of(cell: Cell) -> str | None:
    """What a cell is for its exercise: exercise, stub, check, hints or solution."""
    return cell["metadata"].get("lmkit", {}).get("role")


def functions_in(check: Cell) -> list[str]:
    """The names of the functions that a check cell gives to its check."""
    return [given.id for given in ast.parse(text_of(check), mode="eval").body.args]


def code_in(notebook: Notebook) -> list[str]:
    """The texts of its code cells."""
    return [text_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "code"]
