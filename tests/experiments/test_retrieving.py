"""What is recorded of finding before answering, and the questions that were put: one story each, and two names."""

import pytest

from lmkit.experiments import recorded, retrieving
from lmkit.learning.evaluation import wilson


@pytest.fixture(scope="module")
def found():
    return recorded("retrieving")["results"]


@pytest.fixture(scope="module")
def shelf():
    return next(retrieving.shelves("validation"))


def total(found, *keys):
    for each in found["shelves"]:
        for key in keys:
            each = each[key]
        yield each


def test_both_ways_find_nearly_every_story_of_thirty(found):
    asked = sum(total(found, "asked"))
    for way in ("TF-IDF", "MiniLM"):
        assert wilson(sum(total(found, "found", way)), asked)[0] > 0.95


def test_with_what_was_found_the_answer_is_as_good_as_with_the_right_story(found):
    asked = sum(total(found, "asked"))
    with_it, with_found = (sum(total(found, "answered", way)) for way in ("its story", "TF-IDF"))
    assert abs(with_it - with_found) < 0.02 * asked
    assert wilson(with_found, asked)[0] > wilson(sum(total(found, "lazy")), asked)[1]


def test_without_the_story_next_to_no_name_is_right(found):
    asked = sum(total(found, "asked"))
    for way in ("end of the shelf", "no story"):
        assert sum(total(found, "answered", way)) < 0.05 * asked


def test_each_question_fits_one_story_and_names_its_answer(shelf):
    texts = [retrieving.told(story) for story in shelf]
    asked = retrieving.ask(shelf)
    assert len(asked) > 20
    for one in asked:
        *names, thing = one.answer, one.lazy, one.question.split()[-1].strip("?")
        assert all(word in one.query for word in (*names, thing)) and one.answer in texts[one.story]


def test_a_story_is_most_like_its_own_words(shelf):
    texts = [retrieving.told(story) for story in shelf]
    assert [order[0] for order in retrieving.rank(retrieving.by_words(texts, texts))] == list(range(len(texts)))
