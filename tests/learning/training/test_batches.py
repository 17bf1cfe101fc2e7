"""Rows: where they start, that each token is asked for, and what the objectives ask."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmkit.learning.objectives import IGNORE
from lmkit.learning.training import next_token
from lmkit.learning.training.batches import draw_rows, evaluation_rows, row_starts
from tests.learning.training.small import VOCAB, config, masked, text

lengths = st.integers(2, 12)
texts = st.lists(st.integers(0, 4), min_size=12, max_size=80).map(torch.tensor)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


@given(tokens=texts, length=lengths, seed=st.integers(0, 99))
def test_each_row_drawn_is_a_piece_of_the_text(tokens, length, seed):
    settings = config(row_length=length)
    rows = draw_rows(tokens, row_starts(tokens, settings), settings, generator(seed))
    pieces = tokens.unfold(0, length, 1).tolist()
    assert rows.shape == (settings.batch_size, length)
    assert all(row in pieces for row in rows.tolist())


@given(length=lengths)
def test_every_piece_of_the_text_can_be_drawn(length):
    tokens, settings = torch.arange(20), config(row_length=length, batch_size=1000)
    rows = draw_rows(tokens, row_starts(tokens, settings), settings, generator())
    assert rows[:, 0].unique().tolist() == list(range(20 - length + 1))


@given(tokens=texts, length=lengths)
def test_rows_with_a_start_token_start_with_it_and_nowhere_else(tokens, length):
    tokens = torch.cat([torch.zeros(1, dtype=torch.long), tokens])
    settings = config(row_length=length, start_token=0)
    starts = row_starts(tokens, settings)
    whole = [i for i, token in enumerate(tokens.tolist()) if token == 0 and i + length <= len(tokens)]
    assert starts.tolist() == whole
    assert (draw_rows(tokens, starts, settings, generator())[:, 0] == 0).all()


def test_rows_may_be_cut_from_tokens_of_two_bytes():
    """A large corpus is kept small in memory; what the model gets are ordinary ids."""
    tokens, settings = text().to(torch.int16), config()
    assert draw_rows(tokens, row_starts(tokens, settings), settings, generator()).dtype == torch.int64


def test_the_generator_alone_decides_which_rows_are_drawn():
    tokens, settings = text(), config()
    starts, first, second = row_starts(text(), config()), generator(), generator()
    for _ in range(3):
        assert torch.equal(draw_rows(tokens, starts, settings, first), draw_rows(tokens, starts, settings, second))
    assert torch.equal(first.get_state(), second.get_state())


@given(n=st.integers(12, 80), length=lengths)
def test_evaluation_asks_for_each_token_once(n, length):
    rows = evaluation_rows(torch.arange(n), config(row_length=length))
    _, labels = next_token(rows, generator())
    asked = labels.flatten().tolist()
    assert asked == list(range(1, len(asked) + 1))
    assert n - 1 - len(asked) < length - 1  # what is left fills no row


@given(tokens=texts, length=lengths)
def test_evaluation_rows_with_a_start_token_share_at_most_one_token(tokens, length):
    tokens = torch.cat([torch.zeros(1, dtype=torch.long), tokens])
    settings = config(row_length=length, start_token=0)
    places = evaluation_rows(torch.arange(len(tokens)), config(row_length=length))[:, 0]
    assert (places.diff() == length - 1).all()
    assert (evaluation_rows(tokens, settings)[:, 0] == 0).all()


@pytest.mark.parametrize(
    "n, changes, says",
    [
        (8, {}, "8 tokens hold no row of row_length=9"),
        (0, {}, "0 tokens hold no row"),
        (100, {"start_token": 77}, "no row of row_length=9 that starts with start_token=77"),
    ],
)
def test_a_text_without_a_row_is_refused(n, changes, says):
    with pytest.raises(ValueError, match=says):
        row_starts(text(n), config(**changes))


@pytest.mark.parametrize("data", [torch.rand(100), torch.ones(100, dtype=torch.bool), text(60).reshape(3, 4, 5)])
def test_what_are_no_numbers_of_tokens_is_refused(monkeypatch, data):
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    with pytest.raises(ValueError, match="must be the numbers of tokens"):
        row_starts(data, config())


@pytest.mark.parametrize("changes", [dict(share=math.nan), dict(share=1.0), dict(mask_id=1.0), dict(vocab_size=True)])
def test_numbers_of_an_objective_that_cannot_be_are_refused(monkeypatch, changes):
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    with pytest.raises(ValueError, match=f"{next(iter(changes))} is .*, but must be"):
        replace(masked(), **changes)


def test_next_token_asks_all_but_the_last_for_what_follows():
    inputs, labels = next_token(torch.tensor([[5, 6, 7]]), generator())
    assert (inputs.tolist(), labels.tolist()) == ([[5, 6]], [[6, 7]])


@given(seed=st.integers(0, 99))
def test_masked_rows_ask_only_for_what_was_chosen(seed):
    rows = text(90).reshape(10, 9) % (VOCAB - 1)
    inputs, labels = masked()(rows, generator(seed))
    asked = labels != IGNORE
    assert torch.equal(inputs[~asked], rows[~asked])
    assert torch.equal(labels[asked], rows[asked])
