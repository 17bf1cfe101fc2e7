"""Positions: rotary turns without stretching, and only distance counts."""

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from lmkit.model.attention import attention_scores
from lmkit.model.positions import LearnedPositions, Rotary

PAIRS = st.integers(1, 8)
SEEDS = st.integers(0, 1000)
quick = settings(max_examples=25)


@pytest.fixture
def as_a_reader(monkeypatch):
    """Readers run without the run-time check of annotations, so they must meet lmkit's own messages."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@quick
@given(pairs=PAIRS, n=st.integers(1, 40), seed=SEEDS)
def test_turning_changes_no_length(pairs, n, seed):
    torch.manual_seed(seed)
    x = torch.randn(2, 3, n, 2 * pairs)
    assert_close(Rotary(2 * pairs)(x).norm(dim=-1), x.norm(dim=-1))


@quick
@given(pairs=PAIRS, n=st.integers(2, 40), seed=SEEDS)
def test_the_score_depends_only_on_the_distance(pairs, n, seed):
    """One query and one key, repeated at every position: each diagonal of the scores is constant."""
    torch.manual_seed(seed)
    rotary = Rotary(2 * pairs)
    query = rotary(torch.randn(2 * pairs, dtype=torch.float64).expand(n, -1))
    key = rotary(torch.randn(2 * pairs, dtype=torch.float64).expand(n, -1))
    scores = attention_scores(query, key)
    assert_close(scores[1:, 1:], scores[:-1, :-1], rtol=0, atol=1e-4)  # angles are computed in float32


def test_the_score_does_depend_on_the_distance():
    x = Rotary(4)(torch.ones(5, 4))
    scores = attention_scores(x, x)
    assert (scores[0, 1:] < scores[0, 0]).all()


def test_the_first_position_is_not_turned():
    x = torch.randn(1, 6)
    assert torch.equal(Rotary(6)(x), x)


def test_a_quarter_turn_by_hand():
    """With one pair the angle is the position itself, in radians."""
    x = torch.tensor([[1.0, 0.0]]).expand(3, 2)
    position = torch.arange(3.0)
    assert_close(Rotary(2)(x), torch.stack([position.cos(), position.sin()], dim=-1))


def test_pairs_are_half_a_vector_apart_and_turn_ever_slower():
    """At position 1, pair i turns by base ** (-2i / d): with d = 4 and base = 100 by 1 and by 1/10."""
    x = torch.tensor([[1.0, 1.0, 0.0, 0.0]]).expand(2, 4)
    angle = torch.tensor([1.0, 0.1])
    assert_close(Rotary(4, base=100.0)(x)[1], torch.cat([angle.cos(), angle.sin()]))


def test_learned_positions_are_the_first_vectors():
    positions = LearnedPositions(5, 3)
    assert torch.equal(positions(2), positions.embed.weight[:2])
    assert torch.equal(positions(5), positions.embed.weight)


def test_a_sequence_longer_than_the_learned_positions_is_refused():
    with pytest.raises(ValueError, match=r"6 tokens.*max_positions=5"):
        LearnedPositions(5, 3)(6)


def test_an_odd_head_cannot_be_turned():
    with pytest.raises(ValueError, match=r"d_head=5 is odd"):
        Rotary(5)


def test_another_d_head_is_refused(as_a_reader):
    with pytest.raises(ValueError, match=r"d_head=6.*d_head=4"):
        Rotary(4)(torch.zeros(3, 6))
