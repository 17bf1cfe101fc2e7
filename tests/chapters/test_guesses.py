"""Where a chapter asks for a guess, the cells right after it find the answer, and are covered until then."""

import re
from pathlib import Path

import nbformat
import pytest

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb"))


def asking(path: Path):
    """Each cell that makes a Guess, with the code cells right after it, which the page covers."""
    cells = nbformat.read(path, as_version=4).cells
    for i, cell in enumerate(cells):
        if cell.cell_type == "code" and re.search(r"\bGuess\.\w+\(", cell.source):
            after = cells[i + 1 :]
            end = next((j for j, one in enumerate(after) if one.cell_type != "code" or "Guess." in one.source), None)
            yield cell, after[:end]


GUESSES = [
    pytest.param(cell, after, id=f"{path.stem}-{cell.id}") for path in CHAPTERS for cell, after in asking(path)
]


@pytest.mark.parametrize(("cell", "after"), GUESSES)
def test_the_cells_right_after_a_guess_find_its_answer(cell, after):
    assert {"guess", "remove-input"} <= set(cell.metadata.tags)
    assert cell.source.endswith("\nguess")
    assert len(re.findall(r"^ *guess\.answer = ", "\n".join(one.source for one in after), re.M)) == 1
