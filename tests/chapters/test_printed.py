"""Each cell of a chapter ran in the last `make book`, and printed what is stored with it and what the text relies on.

The book keeps what it ran under a fingerprint of lmkit and of all pinned packages, cell by cell, so nothing has to be
run again to be compared.
"""

from functools import cache
from pathlib import Path

import nbformat
import pytest
from fresh_outputs import fingerprint
from jupyter_cache import get_cache

from tools.refresh_outputs import CHECKED, text_only

ROOT = Path(__file__).parents[2]


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@cache
def executed(path: Path):
    """The code cells of a chapter as this lmkit ran them for the book."""
    folder = ROOT / "_build" / "executed" / fingerprint(ROOT)
    assert folder.exists(), "The book was not built with this lmkit. Run `make book` first."
    ran = get_cache(folder)
    found = ran.match_cache_notebook(nbformat.read(path, as_version=4))  # KeyError: this edit was not run
    return code_cells(ran.get_cache_bundle(found.pk).nb)


def printed(cell) -> list[tuple[str, str]]:
    """The texts that a cell gave, each with its kind. What was printed in several goes is one text."""
    texts: list[tuple[str, str]] = []
    for output in filter(None, map(text_only, cell.outputs)):
        if output.output_type != "stream":
            texts += sorted(output.data.items())
        elif texts and texts[-1][0] == output.name:
            texts[-1] = (output.name, texts[-1][1] + output.text)
        else:
            texts.append((output.name, output.text))
    return texts


CELLS = [
    pytest.param(path, number, cell, id=f"{path.stem}-{number}")
    for path in sorted(ROOT.glob("chapters/*.ipynb"))
    for number, cell in enumerate(code_cells(nbformat.read(path, as_version=4)))
]


@pytest.mark.parametrize(("path", "number", "cell"), CELLS)
def test_a_cell_ran_and_printed_what_is_stored_with_it(path, number, cell):
    ran = executed(path)[number]
    assert ran.source == cell.source
    assert not any(output.output_type == "error" for output in ran.outputs)
    if CHECKED in cell.metadata.get("tags", []):
        assert printed(ran) == printed(cell)
