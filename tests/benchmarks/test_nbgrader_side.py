"""What is handed in to nbgrader, without nbgrader."""

from collections import Counter

import pytest

from benchmarks import nbgrader_side, students
from lmkit.classroom.marking import asked_for
from lmkit.classroom.notebooks import exercise_of, read, role_of, text_of


def test_only_right_answers_and_known_mistakes_are_handed_in():
    the_class = nbgrader_side.harmless(20)
    assert len({student.name for student in the_class}) == 20
    chapter = read(students.CHAPTER)
    right = students.solutions_of(chapter)
    known = {name: dict(students.mistakes_of(name, asked)) for name, asked in asked_for(chapter).items()}
    found = Counter()
    for student in the_class:
        for name, cell in student.cells.items():
            ((code,),) = student.wanted[name] if cell != right[name] else {("",)}
            assert cell == (known[name][code] if code else right[name])
            found[bool(code)] += 1
    assert min(found.values()) >= 40


def test_answers_take_the_places_of_the_stubs_and_the_rest_stays():
    before = read(students.CHAPTER)
    after = nbgrader_side.filled(students.CHAPTER, {"causal_mask": "mine"})
    changed = [(one, other) for one, other in zip(before["cells"], after["cells"], strict=True) if one != other]
    assert [(exercise_of(other), role_of(other), text_of(other)) for _, other in changed] == [
        ("causal_mask", "stub", "mine")
    ]


def test_without_nbgrader_the_cure_is_named(tmp_path):
    with pytest.raises(ValueError, match="there is no nbgrader in .*: make the environment with `make test-graders`"):
        nbgrader_side.measure(1, tmp_path)


def test_a_command_that_fails_says_why(tmp_path):
    for name in ("python", "nbgrader"):
        (tmp_path / name).write_text("#!/bin/sh\necho no such $3 >&2\nexit 3\n")
        (tmp_path / name).chmod(0o755)
    with pytest.raises(ValueError, match="nbgrader autograde failed:\nno such autograde"):
        nbgrader_side.Course(tmp_path, tmp_path).run("autograde")
