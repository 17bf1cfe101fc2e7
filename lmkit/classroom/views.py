"""Views of a chapter: the notebook that students get, the one with every exercise solved, and one for other graders.

Each cell is made anew, of the few things that it must have. So what a solution cell left elsewhere in the file, in an
output, in metadata or in the name of a cell, is not there, whatever it was.
"""

import re
from collections.abc import Iterable

from lmkit.classroom.notebooks import Cell, Notebook, exercise_of, role_of, text_of

FROM_ANYWHERE = re.compile(r'^ +url = "git\+.*?^ +source = [^\n]*$', flags=re.MULTILINE | re.DOTALL)
FROM_THE_WHEEL = """\
    source = "{wheel}"
    assert Path(source).exists(), (
        f"Lay {{source}} beside this notebook (on Colab: upload it), "
        "and run this cell again."
    )\
"""
SOLUTION = "\n# BEGIN SOLUTION NO PROMPT\n\n\n{}\n# END SOLUTION"


def for_students(chapter: Notebook, wanted: Iterable[str], wheel: str) -> Notebook:
    """The chapter without solutions. Stubs, checks and hints stay; its first cell installs lmkit from the wheel.

    Args:
        wanted: The names of the exercises that are handed out. Those of all others are left out.
        wheel: The name of a file that lies beside the notebook.

    Raises:
        ValueError: The first code cell is not that of a chapter.
    """
    cells = [cell for cell in _chosen(chapter, wanted) if role_of(cell) != "solution"]
    return _installed(_anew(chapter, [(cell, text_of(cell)) for cell in cells]), wheel)


def solved(chapter: Notebook, wanted: Iterable[str]) -> Notebook:
    """The chapter with the code of each solution in place of its stub. What is folded stays, with its explanations."""
    cells = _chosen(chapter, wanted)
    answers = _answers(cells)
    texts = [answers[exercise_of(cell)] if role_of(cell) == "stub" else text_of(cell) for cell in cells]
    return _anew(chapter, list(zip(cells, texts, strict=True)))


def for_graders(chapter: Notebook, wanted: Iterable[str], wheel: str) -> Notebook:
    """The exercises alone, after the cells that set up. A stub is followed, in its cell, by its solution.

    nbgrader and otter find the solution by the lines around it, and take it out for students. The rest of the chapter
    is left out: they would run all of it for each student.

    Args:
        wanted: The names of the exercises that are handed out.
        wheel: The name of a file that lies beside the notebook.

    Raises:
        ValueError: The first code cell is not that of a chapter.
    """
    chosen, first = _chosen(chapter, wanted), chapter["cells"][0]
    answers = _answers(chosen)
    cells = [(first, text_of(first).split("\n")[0] + ": exercises")]
    for cell in chosen:
        if role_of(cell) == "stub":
            cells.append((cell, text_of(cell) + SOLUTION.format(answers[exercise_of(cell)])))
        elif _sets_up(cell) or role_of(cell) not in {None, "solution"}:
            cells.append((cell, text_of(cell)))
    return _installed(_anew(chapter, cells), wheel)


def code_of(solution: str) -> str:
    """The Python in a folded solution."""
    return "\n".join(re.findall(r"```python\n(.*?)\n```", solution, flags=re.DOTALL))


def _chosen(chapter: Notebook, wanted: Iterable[str]) -> list[Cell]:
    return [cell for cell in chapter["cells"] if exercise_of(cell) in {None, *wanted}]


def _answers(cells: list[Cell]) -> dict[str | None, str]:
    return {exercise_of(cell): code_of(text_of(cell)) for cell in cells if role_of(cell) == "solution"}


def _sets_up(cell: Cell) -> bool:
    return "set-up" in cell["metadata"].get("tags", [])


def _anew(chapter: Notebook, cells: list[tuple[Cell, str]]) -> Notebook:
    """Make a notebook of these cells, each with the text beside it."""
    return {
        "cells": [_cell(number, cell, text) for number, (cell, text) in enumerate(cells)],
        "metadata": {"kernelspec": chapter["metadata"]["kernelspec"], "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(number: int, cell: Cell, text: str) -> Cell:
    metadata = {"tags": cell["metadata"]["tags"]} if "tags" in cell["metadata"] else {}
    if cell["metadata"].get("jupyter", {}).get("source_hidden"):
        metadata["jupyter"] = {"source_hidden": True}
    if role_of(cell):
        metadata["lmkit"] = {"id": exercise_of(cell), "role": role_of(cell)}
    made = {"cell_type": cell["cell_type"], "id": f"cell-{number}", "metadata": metadata, "source": text}
    return {**made, "execution_count": None, "outputs": []} if cell["cell_type"] == "code" else made


def _installed(view: Notebook, wheel: str) -> Notebook:
    """The view, whose first code cell installs lmkit from the wheel."""
    first = next(cell for cell in view["cells"] if cell["cell_type"] == "code")
    first["source"] = _from_the_wheel(first["source"], wheel)
    return view


def _from_the_wheel(first_cell: str, wheel: str) -> str:
    text, changed = FROM_ANYWHERE.subn(lambda _: FROM_THE_WHEEL.format(wheel=wheel), first_cell)
    if not changed or '"{source}"' not in text or "git+" in text:
        raise ValueError("the first code cell is not the one that every chapter has, which installs lmkit")
    return text
