"""A course folder for nbgrader, with an assignment for each chapter.

    nbgrader/nbgrader_config.py
    nbgrader/README.md
    nbgrader/source/02_attention/02_attention.ipynb      the exercises, solved, with tests that students do not get
    nbgrader/source/02_attention/inside_language_models-0.1.0-py3-none-any.whl
"""

from collections.abc import Mapping
from pathlib import Path

from lmkit.classroom.graders import folders
from lmkit.classroom.notebooks import Cell, Notebook, exercise_of, functions_in, role_of

CONFIG = """\
c = get_config()

# A stub is there already, and stays: nothing is put where the solution stood.
c.ClearSolutions.code_stub = {"python": ""}

# A test that a student deleted is put back.
c.OverwriteCells.add_missing_cells = True

# Seconds for a cell. A single call of an answer is ended after 10 by its check.
c.Execute.timeout = 60
"""
README = """\
# The exercises for nbgrader

In this folder, where nbgrader, and lmkit from the wheel that lies beside each notebook, are installed:

    nbgrader generate_assignment {chapter}    # release/{chapter} is what students get
    nbgrader autograde {chapter}              # marks submitted/NAME/{chapter}/{chapter}.ipynb
    nbgrader generate_feedback {chapter}

An answer that is not right yet earns a part of the points, as with `python -m lmkit.classroom grade`. But that command
withstands what nbgrader does not, and names what nbgrader does not see:

- It runs an answer as you, in the process that marks it. An answer that replaces the check, or reads the notebooks in
  `source`, gets all points; and any answer can read and change your files.
- A notebook whose Python ends, or in which cells were copied or have lost what nbgrader keeps with them, ends in an
  error of `autograde`, and has no points.
- An answer that calls the function which it should write is as good as any.
- The feedback shows the tests. Make the folder anew before an exercise is handed out a second time.
"""
TEST = """\
# Marked when you have handed in: what the check above finds, with other numbers.
### BEGIN HIDDEN TESTS
from lmkit.classroom.graders import marks
marks.points({name!r}, {answers}, seed={seed}, worth={worth})
### END HIDDEN TESTS\
"""


def lay_out(
    chapters: Mapping[str, Notebook], points: Mapping[str, int | float], seed: int, wheel: Path, folder: Path
) -> None:
    """Write the course folder.

    Args:
        chapters: The view `for_graders` of each, by the name of its file.
        points: For each exercise, what a right answer is worth.
        seed: For what the hidden tests try.
    """
    made = {file: with_tests(chapter, points, seed) for file, chapter in chapters.items()}
    folders.lay_out(made, wheel, folder / "source")
    folders.tell(README, made, folder)
    (folder / "nbgrader_config.py").write_text(CONFIG, "utf-8")


def with_tests(chapter: Notebook, points: Mapping[str, int | float], seed: int) -> Notebook:
    """The notebook with what nbgrader must know of its cells, and a hidden test after each check."""
    cells: list[Cell] = []
    for cell in chapter["cells"]:
        name = exercise_of(cell)
        if role_of(cell) == "stub":
            cell = _known(cell, name, solution=True)
        cells.append(cell)
        if role_of(cell) == "check":
            cells.append(_test(cell, points[name], seed))
    return {**chapter, "cells": cells}


def _test(check: Cell, worth: int | float, seed: int) -> Cell:
    name, answers = exercise_of(check), ", ".join(functions_in(check))
    text = TEST.format(name=name, answers=answers, seed=seed, worth=worth)
    cell = {**check, "id": f"{check['id']}-test", "metadata": {}, "source": text}
    return _known(cell, f"{name}-test", grade=True, locked=True, points=worth)


def _known(cell: Cell, grade_id: str, **more: object) -> Cell:
    """The cell with nbgrader's metadata, in the third version of their schema."""
    plain = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    return {**cell, "metadata": {**cell["metadata"], "nbgrader": {**plain, "grade_id": grade_id, **more}}}
