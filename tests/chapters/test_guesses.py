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


INVITATION = r"\bGuess\b|\bguess (?:before|first|then)\b|, guess[:,]"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_what_the_prose_invites_to_guess_is_asked_by_a_figure(path):
    """The question stands in the figure, so the prose holds no invitation of its own."""
    prose = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    assert len(list(asking(path))) > 2
    assert [found for text in prose for found in re.findall(INVITATION, text)] == []


# What must be printed below a guess whose answer is written in words: these words are then right, and no other choice.
PRINTED = {
    "guess-masks": r"\['0.24', '0.67', '0.09'\], sum 1.00\n.*sum 0.33\n.*'0.00'\], sum 1.00",
    "guess-alone": r"feed-forward \['·', '·', 'changed', '·', '·', '·'\]",
    "guess-norms": r"layer norm 0.0 apart at most\nRMS norm   [1-9]",
    "guess-matrices": r"nothing  additive: True\nReLU     additive: False",
    "guess-lead": r"It costs 1.2 of the lead of was",
    "guess-adds": r"before \+ attention \+ feed-forward = after",
    "guess-shuffled": r"the predictions are shuffled along",
    "guess-mistakes": r"should be +1.0 .*\n.* 1.0 .*\n.* 1.0 .*\nmean kept \(RMSNorm\) +1.0 .*\nover the positions +3",
    "guess-forms": r"right or wrong\?  head only +51 \(46-56\)\n.* 49 \(44-54\)\n.* 52 \(47-56\)\nMia has it.",
}
BY_NAME = {parameter.values[0].id: parameter.values[1] for parameter in GUESSES}


@pytest.mark.parametrize("name", PRINTED)
def test_an_answer_in_words_is_what_the_cells_below_it_print(name):
    printed = "".join(output.get("text", "") for cell in BY_NAME[name] for output in cell.outputs)
    assert re.search(PRINTED[name], printed)
