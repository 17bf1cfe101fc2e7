"""Answers agree by their words as SQuAD counts them, and alignments by their links."""

import pytest

from lmkit.learning.overlap import alignment_error_rate, exact_match, token_f1, words


def test_case_punctuation_and_articles_do_not_count():
    assert words("In the  Old kitchen, a 'Kite'!") == ["in", "old", "kitchen", "kite"]
    assert exact_match("The kitchen.", "kitchen") and not exact_match("the kitchens", "kitchen")


def test_an_article_is_a_word_and_not_a_part_of_one():
    assert words("Anna thea") == ["anna", "thea"]


@pytest.mark.parametrize(
    ("answer", "right", "f1"),
    [
        ("the kite", "kite", 1),
        ("red kite", "kite", 2 / 3),  # precision 1/2, recall 1
        ("kite kite", "kite", 2 / 3),  # counted as often as both have it
        ("zoe and tom", "tom", 1 / 2),
        ("drum", "kite", 0),
        ("the", "a", 1),
        ("the", "kite", 0),
    ],
)
def test_f1_is_the_harmonic_mean_of_precision_and_recall(answer, right, f1):
    assert token_f1(answer, right) == pytest.approx(f1)
    assert token_f1(right, answer) == pytest.approx(f1)


SURE, POSSIBLE = {(0, 0), (1, 2)}, {(1, 1)}


@pytest.mark.parametrize(
    ("found", "error"),
    [
        (SURE, 0),
        (SURE | POSSIBLE, 0),
        ({(0, 0)}, 1 / 3),  # one of the sure ones is missing
        (SURE | {(3, 3)}, 1 / 5),  # one too many
        ({(3, 3)}, 1),
        (set(), 1),
    ],
)
def test_an_alignment_errs_by_what_is_missing_and_by_what_is_not_possible(found, error):
    assert alignment_error_rate(found, SURE, POSSIBLE) == pytest.approx(error)
    assert alignment_error_rate(found, SURE, SURE | POSSIBLE) == pytest.approx(error)


def test_without_any_link_there_is_no_error_to_be_had():
    with pytest.raises(ValueError, match="give at least one"):
        alignment_error_rate([], [], [(0, 0)])
