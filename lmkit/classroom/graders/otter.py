"""Notebooks for `otter assign`, one in a folder for each chapter.

    otter/README.md
    otter/02_attention/02_attention.ipynb      the exercises, solved, with tests: a part of them is hidden from students
    otter/02_attention/inside_language_models-0.1.0-py3-none-any.whl
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from lmkit import check
from lmkit.classroom.graders import folders
from lmkit.classroom.graders.marks import parts_of
from lmkit.classroom.notebooks import Cell, Notebook, exercise_of, functions_in, role_of

README = """\
# The exercises for otter

Where otter-grader, and lmkit from the wheel that lies beside each notebook, are installed:

    otter assign {chapter}/{chapter}.ipynb dist    # dist/student is what students get
    otter run -a dist/autograder/{chapter}-autograder_*.zip SUBMISSION.ipynb

An answer that is not right yet earns a part of the points, as with `python -m lmkit.classroom grade`: each test case is
for one part. But that command withstands what otter does not, and names what otter does not see:

- `otter run` runs an answer as you, in the process that marks it. An answer that replaces the check, or reads a solved
  copy of the notebook, gets all points; and any answer can read and change your files.
- An answer that calls the function which it should write is as good as any.
- `otter run` has no limit of time but that of the checks, 10 seconds for each call of an answer: a cell that does not
  end is never ended.
- `otter grade` does this in a container, and has a limit, off by default. The images that it needs have not been tried.
"""
CONFIG = """\
# ASSIGNMENT CONFIG
export_cell: false
files: [{wheel}]
python_version: "3.12"
requirements: ["inside-language-models @ file:///autograder/source/files/{wheel}"]
tests: {{ok_format: false}}\
"""
SHOWN = '''\
""" # BEGIN TEST CONFIG
points: 0
""" # END TEST CONFIG
def test_0({answers}):
    from lmkit import check
    report = check.{name}({answers})
    assert report.ok, report\
'''
HIDDEN = '''\
""" # BEGIN TEST CONFIG
hidden: true
points: {worth}
""" # END TEST CONFIG
def test_{number}({answers}):
    from lmkit.classroom.graders import marks
    assert marks.earns({name!r}, {part}, {answers}, seed={seed})\
'''


def lay_out(
    chapters: Mapping[str, Notebook], points: Mapping[str, int | float], seed: int, wheel: Path, folder: Path
) -> None:
    """Write the folder.

    Args:
        chapters: The view `for_graders` of each, by the name of its file.
        points: For each exercise, what a right answer is worth.
        seed: For what the hidden tests try.
    """
    made = {file: master(chapter, points, seed, wheel.name) for file, chapter in chapters.items()}
    folders.lay_out(made, wheel, folder)
    folders.tell(README, made, folder)


def master(chapter: Notebook, points: Mapping[str, int | float], seed: int, wheel: str) -> Notebook:
    """The notebook with the raw cells that tell otter what is a question, a solution and a test."""
    texts = [_raw(CONFIG.format(wheel=wheel))]
    for cell in chapter["cells"]:
        texts += _between(cell, points, seed)
    return {**chapter, "cells": [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(texts)]}


def _between(cell: Cell, points: Mapping[str, int | float], seed: int) -> Iterator[Cell]:
    """A cell with the raw cells around it. In place of the check there are tests, of which otter makes a check."""
    name, role = exercise_of(cell), role_of(cell)
    if role == "exercise":
        yield from [_raw(f"# BEGIN QUESTION\nname: {name}"), cell]
    elif role == "stub":
        yield from [_raw("# BEGIN SOLUTION"), cell, _raw("# END SOLUTION")]
    elif role == "check":
        tests = [{**cell, "metadata": {}, "source": text} for text in tests_of(cell, points[name], seed)]
        yield from [_raw("# BEGIN TESTS"), *tests, _raw("# END TESTS"), _raw("# END QUESTION")]
    else:
        yield cell


def tests_of(cell: Cell, worth: int | float, seed: int) -> Iterator[str]:
    """One test that a student sees, which tells what is wrong; and hidden ones, one for each part of the points."""
    name, answers = exercise_of(cell), ", ".join(functions_in(cell))
    yield SHOWN.format(name=name, answers=answers)
    shares = parts_of(check.EXERCISES[name], seed)
    for number, (part, share) in enumerate(_rounded(shares, worth).items(), start=1):
        said = json.dumps(part, ensure_ascii=False)
        yield HIDDEN.format(number=number, name=name, part=said, answers=answers, seed=seed, worth=f"{share:.6f}")


def _rounded(shares: Mapping[str, float], worth: int | float) -> dict[str, float]:
    """The points of each part, such that together they are what the exercise is worth."""
    points = {part: round(worth * share, 6) for part, share in shares.items()}
    return {**points, "done": worth - sum(share for part, share in points.items() if part != "done")}


def _raw(text: str) -> Cell:
    return {"cell_type": "raw", "metadata": {}, "source": text}
