"""A figure is seen once: what `figures.show` gives is the last value of its cell, and nothing else shows the figure."""

import ast
import json
from pathlib import Path

import pytest

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb"))


def code_of(cell):
    """The statements of a cell, without the lines that only IPython reads."""
    lines = "".join(cell["source"]).splitlines()
    return ast.parse("\n".join("pass" if line.lstrip().startswith("%") else line for line in lines if line))


def calls(node, name):
    return [one for one in ast.walk(node) if isinstance(one, ast.Call) and ast.unparse(one.func) == name]


def cells(path):
    found = json.loads(path.read_text())["cells"]
    plain = [cell for cell in found if cell["cell_type"] == "code" and "set-up" not in cell["metadata"].get("tags", [])]
    return [(cell["id"], cell["metadata"].get("tags", []), code_of(cell)) for cell in plain]


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_shows_a_figure_stands_last_in_its_cell(path):
    for name, _, code in cells(path):
        if calls(code, "figures.show"):
            last = code.body[-1]
            assert isinstance(last, ast.Expr) and calls(last, "figures.show"), name


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_no_figure_is_left_open_for_jupyter_to_show_it_again(path):
    for name, tags, code in cells(path):
        if calls(code, "plt.subplots"):
            assert calls(code, "figures.show") or "remove-output" in tags, name
