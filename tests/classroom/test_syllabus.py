"""What a teacher plans with is what the chapters say."""

from pathlib import Path

import pytest

from lmkit import check
from lmkit.classroom.notebooks import read
from lmkit.classroom.release import exercises_in
from lmkit.classroom.syllabus import asked_in

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb"))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_each_exercise_has_all_that_a_plan_needs(path):
    found = asked_in(read(path))
    assert [asked.name for asked in found] == exercises_in(read(path))
    for asked in found:
        assert asked.title and asked.aim and 1 <= asked.difficulty <= 5 and 5 <= asked.minutes <= 60
        assert len(asked.mistakes) == len(check.EXERCISES[asked.name].misconceptions) >= 3


def test_an_exercise_is_described_as_in_its_statement():
    asked = asked_in(read(CHAPTERS[1]))[1]
    assert (asked.name, asked.title, asked.aim) == ("causal_mask", "the causal mask", "say who may look at whom")
    assert (asked.difficulty, asked.minutes) == (1, 5)
    assert any("half" in mistake for mistake in asked.mistakes)
