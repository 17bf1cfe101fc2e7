"""The exercises of every chapter: the stub is not done, the solution on the page passes, the frame is complete."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from lmkit import check
from lmkit.classroom.links import anchor

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb"))
ROLES = ["exercise", "stub", "check", "hints", "solution"]


def exercises(path: Path) -> dict[str, dict[str, str]]:
    """Of a chapter: exercise id -> role -> the text of its cell."""
    found: dict[str, dict[str, str]] = {}
    for cell in nbformat.read(path, as_version=4).cells:
        mark = cell.metadata.get("lmkit")
        if mark:
            assert mark["role"] not in found.setdefault(mark["id"], {}), f"{path.name}: two cells are {mark}"
            found[mark["id"]][mark["role"]] = cell.source
    return found


def headings(path: Path) -> list[str]:
    """Those of a chapter."""
    words = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    return re.findall(r"^#+ (.+)$", "\n".join(words), flags=re.MULTILINE)


ALL = [
    pytest.param(path, parts, id=f"{path.stem}-{name}")
    for path in CHAPTERS
    for name, parts in exercises(path).items()
]
for_every_exercise = pytest.mark.parametrize(("path", "parts"), ALL)


def names_of(path: Path) -> dict:
    """What the chapter's imports bring: an answer may use it."""
    names: dict = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and cell.source.startswith("import "):
            exec(cell.source, names)
    return names


def report(path: Path, answer: str, check_cell: str) -> check.Report:
    """Run an answer, then the check cell, and give the value of its last line."""
    names = names_of(path)
    exec(answer, names)
    return eval(compile(ast.parse(check_cell, mode="eval"), "check", "eval"), names)


def code_of(solution: str) -> str:
    return "\n".join(re.findall(r"```python\n(.*?)```", solution, flags=re.DOTALL))


def test_there_are_exercises():
    assert len(ALL) >= 6


@for_every_exercise
def test_an_exercise_has_all_its_parts(path, parts):
    assert list(parts) == ROLES
    assert re.search(
        r"\*\*Aim:\*\* .+ · \*\*Difficulty:\*\* ●+○* · \*\*Minutes:\*\* \d+\n", parts["exercise"]
    )
    assert parts["hints"].count("<summary>Hint") >= 2
    assert parts["solution"].startswith("<details>\n<summary>Solution</summary>")


@for_every_exercise
def test_an_exercise_ends_with_a_link_to_the_section_that_teaches_it(path, parts):
    """By the name that the built book gives it, and the heading."""
    link = re.compile(r"\n\nTo read again: \[(.+?)\]\((.*?)#([\w-]+)\)[^\n]*$")
    heading, page, section = link.search(parts["exercise"]).groups()
    assert heading in headings(path.with_name(page) if page else path) and section == anchor(heading)


@for_every_exercise
def test_a_hint_is_inside_the_hint_before_it(path, parts):
    """So that the hints open one at a time."""
    assert parts["hints"].rstrip().endswith("</details>\n" * (parts["hints"].count("<details>") - 1) + "</details>")


@for_every_exercise
def test_the_stub_is_not_done_yet(path, parts):
    told = report(path, parts["stub"], parts["check"])
    assert not told.ok
    assert "not done yet" in str(told).lower()


@for_every_exercise
def test_the_solution_on_the_page_passes(path, parts):
    told = report(path, code_of(parts["solution"]), parts["check"])
    assert told.ok, str(told)


@for_every_exercise
def test_the_exercise_knows_at_least_three_mistakes(path, parts):
    told = report(path, parts["stub"], parts["check"])
    assert len(check.EXERCISES[told.exercise].misconceptions) >= 3
