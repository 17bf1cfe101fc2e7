"""What is recorded of marked answers, and the questions that were put: each is answered by a word of its story."""

from itertools import islice

import pytest

from lmkit.experiments import extracting, recorded
from lmkit.learning.evaluation import wilson
from lmkit.text.storyworld.lexicon import PLACES


@pytest.fixture(scope="module")
def found():
    return recorded("extracting")["results"]


def test_every_training_marks_more_than_the_last_name(found):
    n, lazy = found["questions"], found["lazy"]["who"]["exact"]
    assert len(found["runs"]) == len(extracting.SEEDS)
    for run in found["runs"]:
        assert wilson(run["asked"]["exact"], n)[0] > wilson(lazy, n)[1]


def test_the_last_place_is_nearly_always_where_one_is(found):
    assert wilson(found["lazy"]["where"]["exact"], found["questions"])[0] > 0.9


def test_without_the_question_as_much_is_right(found):
    n = found["questions"]
    for run in found["runs"]:
        cut, whole = run["without the question"]["exact"], run["asked"]["exact"]
        assert wilson(cut, n)[1] > whole / n


@pytest.mark.parametrize("kind", extracting.KINDS)
def test_each_answer_stands_in_its_story_and_the_lazy_one_too(kind):
    for task in islice(extracting.tasks(kind, "validation"), 20):
        start, end = task.asked.answer
        assert task.text[start:end] == task.answer and end <= len(task.story)
        assert extracting.lazy(task) in task.story
        assert (task.answer in PLACES) == (kind == "where")
