"""The places where a name must be copied are those, and what they cost is what the model says of the next token."""

import math

import pytest
import torch
from torch.testing import assert_close

import lmkit
from lmkit.inside import copied_names, scoring
from lmkit.inside.copied_names import by_text, earlier_pieces, mean_and_reach, rows
from lmkit.text import storyworld

book = pytest.fixture(scope="module")(lambda: lmkit.load("book"))


@pytest.fixture(scope="module")
def read(book):
    return rows(storyworld.stories("test"), book.encode, 4, 60)


def test_a_copy_is_a_piece_that_stood_there_before_and_after_which_an_invented_name_goes_on(read):
    assert read.tokens.shape == read.pieces.shape == read.copies.shape == (4, 60)
    assert read.copies.any(dim=1).all()
    for text, place in read.copies.nonzero().tolist():
        assert read.pieces[text, place] > 0 and read.pieces[text, place + 1] == read.pieces[text, place] + 1
        assert read.tokens[text, place] in read.tokens[text, :place]


def test_known_names_are_not_counted(book, read):
    listed = torch.tensor([book.encode(f"? {name}")[0, -1].item() for name in ("Anna", "Tom", "Zoe")])
    assert not torch.isin(read.tokens[read.pieces > 0], listed).any()


def test_earlier_pieces_are_those_of_the_same_mention():
    pieces = torch.tensor([[0, 1, 2, 3, 0, 1, 2]])
    assert earlier_pieces(pieces)[0].nonzero().tolist() == [[2, 1], [3, 1], [3, 2], [6, 5]]


def test_costs_are_those_of_scoring_and_nothing_is_asked_of_the_last_token(book, read):
    found = copied_names.costs(book.model, read.tokens)
    assert_close(found[:, :-1], scoring.costs(book.model, read.tokens))
    assert found[:, -1].isnan().all()


def test_texts_count_alike_and_those_without_a_place_not_at_all():
    cost = torch.tensor([[1.0, 3.0, 5.0], [2.0, 9.0, 9.0], [7.0, 7.0, 7.0]])
    at = torch.tensor([[True, True, False], [True, False, False], [False, False, False]])
    means = by_text(cost, at)
    assert means[:2].tolist() == [2.0, 2.0] and means[2].isnan()
    mean, reach = mean_and_reach(torch.tensor([1.0, 3.0, math.nan]))
    assert mean == 2 and reach == pytest.approx(1.96)


def test_too_few_stories_with_a_name_to_copy_are_refused(book):
    with pytest.raises(ValueError, match="only"):
        rows(storyworld.stories("test", 3), book.encode, 4, 60)
