"""Rows that repeat themselves: what comes next can be known where it is asked, and nowhere else."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from lmkit.learning import objectives, repetition

seeds, lengths = st.integers(0, 1000), st.integers(8, 60)


@given(seed=seeds, length=lengths)
def test_a_row_is_a_piece_of_unlike_words_again_and_again(seed, length):
    rows = repetition.repeated_rows(3, seed, length)
    assert rows.shape == (3, length) and (rows[:, 0] == repetition.START).all()
    for row in rows[:, 1:].tolist():
        period = row.index(row[0], 1) if row[0] in row[1:] else len(row)
        assert len(set(row[:period])) == period and period <= max(repetition.PERIODS)
        assert min(row) >= 1 and max(row) <= repetition.N_WORDS
        assert all(row[i] == row[i - period] for i in range(period, len(row)))


def test_pieces_of_every_length_come():
    rows = repetition.repeated_rows(200, seed=0)
    assert {row.index(row[0], 1) for row in rows[:, 1:].tolist()} == set(repetition.PERIODS)


@given(seed=seeds, length=lengths)
def test_what_is_asked_is_what_followed_the_last_time(seed, length):
    rows = repetition.repeated_rows(2, seed, length)
    inputs, labels = repetition.where_it_can_be_known(rows)
    for read, asked, row in zip(inputs.tolist(), labels.tolist(), rows.tolist(), strict=True):
        for i, word in enumerate(read):
            last = max((j for j in range(i) if read[j] == word), default=None)
            assert asked[i] == (objectives.IGNORE if last is None else row[last + 1])


class Copier(nn.Module):
    """Says what followed the last time, from the rows that it is told; wrong for one row in four."""

    def forward(self, inputs):
        says = torch.zeros(*inputs.shape, 25)
        for row, (read, out) in enumerate(zip(inputs.tolist(), says, strict=True)):
            for i, word in enumerate(read):
                earlier = [j for j in range(i) if read[j] == word]
                if earlier and row % 4:
                    out[i, read[earlier[-1] + 1]] = 1.0
        return says


@settings(max_examples=5)
@given(seed=seeds)
def test_who_copies_what_followed_is_right_wherever_it_copies(seed):
    rows = repetition.repeated_rows(1, seed).repeat(8, 1)
    assert repetition.share_right(Copier(), rows) == 0.75
