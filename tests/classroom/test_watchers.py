"""What is sent into a sandbox to watch an answer holds nothing that would answer the exercise."""

import ast

import pytest

from lmkit import check
from lmkit.classroom.watchers import watcher_of

HANDED_OBJECTS = {"accumulate", "adapt", "freeze", "gradient_norms", "merge_adapter", "resume", "training_step"}


def test_only_answers_that_are_handed_objects_are_watched():
    assert {name for name, exercise in check.EXERCISES.items() if watcher_of(exercise)} == HANDED_OBJECTS


@pytest.mark.parametrize("name", sorted(HANDED_OBJECTS))
def test_a_watcher_has_neither_the_answer_nor_the_mistakes(name):
    exercise = check.EXERCISES[name]
    program = watcher_of(exercise)
    assert f"def {exercise.observe.__name__}(" in program
    right = getattr(exercise.family, "__wrapped__", exercise.family).__name__
    named = {node.id for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Name)}
    given = {node.name for node in ast.parse(program).body if isinstance(node, ast.FunctionDef)}
    assert right not in named | given
    assert not {"MISCONCEPTIONS", "Exercise", "mistake", "twin", name.upper()} & (named | given)
    assert not any(mistake.code in program for mistake in exercise.misconceptions)
