"""Whether nbgrader and otter mark chapter 02 as they should: handed out, handed in and marked by their own commands.

    make test-graders

The class: all right, all untouched, twenty students with right and wrong answers mixed, and a few who stumble over
what these tools do with a cell. Each mark is held to what the answer earns by its report. With otter, which starts anew
for each notebook, eight of the twenty hand in.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import students
from benchmarks.nbgrader_side import ASSIGNMENT, Course, filled, harmless
from lmkit import check
from lmkit.classroom.marking import asked_for
from lmkit.classroom.notebooks import exercise_of, read, role_of, text_of, write

ROOT = Path(__file__).parents[1]
PROGRAMS = Path(sys.executable).parent
CHAPTER = read(students.CHAPTER)
ASKED = asked_for(CHAPTER)
WORTH = {name: 2 + number / 4 for number, name in enumerate(ASKED)}
RIGHT = students.solutions_of(CHAPTER)
UNTOUCHED = {exercise_of(cell): text_of(cell) for cell in CHAPTER["cells"] if role_of(cell) == "stub"}
WARNS = "import warnings\n\n" + RIGHT["causal_mask"].replace("    return", "    warnings.warn('mind')\n    return")
THE_CLASS = {
    "right": RIGHT,
    "untouched": UNTOUCHED,
    "empty": dict.fromkeys(RIGHT, ""),
    "warns": {**RIGHT, "causal_mask": WARNS},
    "shadows": {**RIGHT, "causal_mask": RIGHT["causal_mask"] + "\ncheck = marks = report = print = 0"},
    **{student.name: student.cells for student in harmless(20)},
}
WRONG = {  # the exercises in which they made a known mistake
    student.name: [name for name, wanted in student.wanted.items() if wanted != students.MARKED_AS_RIGHT]
    for student in harmless(20)
}
WITH_OTTER = list(THE_CLASS)[:-12]


def run(*command, **options):
    """What a command says; it must not fail."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """What is handed out, made by the command."""
    folder = tmp_path_factory.mktemp("class")
    (folder / "mine.toml").write_text("[points]\n" + "\n".join(f"{name} = {worth}" for name, worth in WORTH.items()))
    asked = [students.CHAPTER, "-o", folder / "out", "--points", folder / "mine.toml", "--nbgrader", "--otter"]
    run(sys.executable, "-m", "lmkit.classroom", "release", *asked, cwd=ROOT)
    return folder / "out"


@pytest.fixture(scope="module")
def seed(out):
    """The number that the tests keep."""
    source = (out / "nbgrader" / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb").read_text("utf-8")
    (seed,) = set(re.findall(r"seed=(\d+)", source))
    return int(seed)


@pytest.fixture(scope="module")
def expected(seed):
    """For each student, what each exercise earns: its points times the score of its report."""
    return {
        student: {name: WORTH[name] * score(name, cell, seed) for name, cell in cells.items()}
        for student, cells in THE_CLASS.items()
    }


def score(name, cell, seed):
    """Of an answer alone, without what stands in other cells."""
    there = {}
    exec(students.BEGINNING, there)
    exec(cell, there)
    answers = [there.get(each) for each in ASKED[name]]
    return getattr(check, name)(*answers, seed=seed).score


def shown(notebook):
    """Everything that a student finds in a notebook, whatever part of the file it stands in."""
    return json.dumps(notebook, ensure_ascii=False)


def assert_nothing_is_given_away(notebook, seed):
    """No line of a solution that its hints and statement do not show, no seed, no hidden test."""
    everything = shown(notebook)
    chapter = "\n".join(text_of(cell) for cell in CHAPTER["cells"] if role_of(cell) not in {None, "solution"})
    lines = {line.strip() for cell in RIGHT.values() for line in cell.split("\n")} - {""}
    secret = [line for line in lines if line not in chapter]
    assert len(secret) >= 15
    assert [line for line in secret if json.dumps(line, ensure_ascii=False)[1:-1] in everything] == []
    assert f"seed={seed}" not in everything and "SOLUTION" not in everything and "marks." not in everything


def stubs_of(notebook):
    return {exercise_of(cell): text_of(cell).rstrip() for cell in notebook["cells"] if role_of(cell) == "stub"}


# --- nbgrader ---


@pytest.fixture(scope="module")
def course(out):
    course = Course(out / "nbgrader", PROGRAMS)
    course.run("generate_assignment")
    for name, cells in THE_CLASS.items():
        course.hand_in(name, cells)
    deletes(course.hand_in("deletes", RIGHT))
    course.run("autograde")
    course.run("generate_feedback")
    return course


def deletes(path):
    """All test cells, as happens."""
    notebook = read(path)
    kept = [cell for cell in notebook["cells"] if not cell["metadata"].get("nbgrader", {}).get("grade")]
    assert len(notebook["cells"]) - len(kept) == len(RIGHT)
    write({**notebook, "cells": kept}, path)


def test_nbgraders_student_gets_the_stubs_and_nothing_of_a_solution_or_a_test(course, seed):
    released = read(course.released)
    assert stubs_of(released) == UNTOUCHED
    assert_nothing_is_given_away(released, seed)
    assert (course.released.parent / next(course.folder.glob("source/*/*.whl")).name).exists()


@pytest.mark.parametrize("name", THE_CLASS)
def test_nbgrader_gives_what_the_report_says(course, expected, name):
    assert course.scores()[name] == pytest.approx(expected[name], abs=1e-6)


def test_nbgrader_gives_all_points_to_all_solutions_and_none_to_stubs(course):
    assert course.scores()["right"] == course.scores()["warns"] == course.scores()["shadows"] == WORTH
    assert set(course.scores()["untouched"].values()) == set(course.scores()["empty"].values()) == {0}


def test_nbgrader_puts_deleted_tests_back(course):
    assert course.scores()["deletes"] == WORTH


def test_enough_answers_are_wrong():
    known = {name for name in RIGHT if not check.EXERCISES[name].observe}  # those whose answers can be made of the bank
    for some in (WRONG, set(WRONG) & set(WITH_OTTER)):
        assert sum(len(WRONG[name]) for name in some) >= 20
        assert set().union(*(WRONG[name] for name in some)) == known


def test_the_feedback_says_what_is_wrong(course):
    for name in WRONG:
        page = (course.folder / "feedback" / name / ASSIGNMENT / f"{ASSIGNMENT}.html").read_text("utf-8")
        for exercise in WRONG[name]:
            assert f"{check.EXERCISES[exercise].title}: not right yet" in page


# --- otter ---


@pytest.fixture(scope="module")
def dist(out):
    """What otter makes of the notebook; it runs the solutions, and fails where one earns less than all."""
    folder = out / "otter" / "dist"
    said = run(PROGRAMS / "otter", "assign", "-v", out / "otter" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb", folder)
    assert "All autograder tests passed" in said
    return folder


def test_otters_student_gets_the_stubs_and_nothing_of_a_solution_or_a_hidden_test(dist, seed):
    released = read(dist / "student" / f"{ASSIGNMENT}.ipynb")
    assert stubs_of(released) == UNTOUCHED
    assert_nothing_is_given_away(released, seed)
    assert list((dist / "student").glob("*.whl"))
    assert shown(released).count("grader.check(") == len(RIGHT)


@pytest.mark.parametrize("name", WITH_OTTER)
def test_otter_gives_what_the_report_says(dist, expected, tmp_path, name):
    write(filled(dist / "student" / f"{ASSIGNMENT}.ipynb", THE_CLASS[name]), tmp_path / "mine.ipynb")
    (archive,) = dist.glob("autograder/*.zip")
    run(PROGRAMS / "otter", "run", "-a", archive, "-o", tmp_path, tmp_path / "mine.ipynb", cwd=tmp_path)
    public, *tests = json.loads((tmp_path / "results.json").read_text())["tests"]
    assert {test["name"]: test["score"] for test in tests} == pytest.approx(expected[name], abs=1e-4)
    assert {test["name"]: test["max_score"] for test in tests} == pytest.approx(WORTH, abs=1e-4)
    assert all(test["visibility"] == "hidden" for test in tests)
    said = [f"{check.EXERCISES[exercise].title}: not right yet" for exercise in WRONG.get(name, [])]
    assert [each for each in said if each not in public["output"]] == []
