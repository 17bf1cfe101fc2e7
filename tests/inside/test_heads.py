"""Scores of heads, on patterns of which the score is known."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit import Trace
from lmkit.inside import heads, interventions
from lmkit.model.attention import causal_mask
from lmkit.model.transformer import Transformer, TransformerConfig

quickly = settings(max_examples=40)


def trace_of(*patterns: torch.Tensor, tokens: torch.Tensor | None = None) -> Trace:
    """A trace of one layer, whose heads attend as the patterns (query, key) say."""
    if tokens is None:
        tokens = torch.arange(patterns[0].shape[0])
    return Trace(tokens[None], (torch.stack(patterns)[None],), (), (), (), (), (), None)


def looking(offset: int, n: int) -> torch.Tensor:
    """Each query looks at the key `offset` places on, going round at the ends."""
    return torch.eye(n).roll(offset, dims=1)


def uniform(n: int) -> torch.Tensor:
    return torch.full((n, n), 1 / n)


def random_trace(n: int, seed: int) -> Trace:
    """Two texts of n tokens, three layers, two heads; random weights whose rows sum to 1."""
    generator = torch.Generator().manual_seed(seed)
    attentions = torch.randn(3, 2, 2, n, n, generator=generator).mul(3).softmax(dim=-1)
    tokens = torch.randint(3, (2, n), generator=generator)
    tokens[:, -1] = tokens[:, 0]  # something repeats
    return Trace(tokens, tuple(attentions), (), (), (), (), (), None)


any_trace = given(n=st.integers(2, 9), seed=st.integers(0, 2**32))


def assert_scores(scores: torch.Tensor, *expected: float):
    torch.testing.assert_close(scores, torch.tensor([expected], dtype=scores.dtype))


@quickly
@given(n=st.integers(2, 12))
def test_a_shift_by_one_is_a_perfect_neighbor_head(n):
    trace = trace_of(looking(-1, n), looking(1, n))
    assert heads.previous_token(trace)[0, 0] == 1
    assert heads.next_token(trace)[0, 1] == 1
    if n > 2:  # with two tokens, the previous and the next going round are the same
        assert heads.previous_token(trace)[0, 1] == 0
        assert heads.next_token(trace)[0, 0] == 0


def test_the_ends_do_not_count_where_they_have_no_neighbor():
    causal = torch.tensor([[1.0, 0, 0], [1, 0, 0], [0, 1, 0]])  # the first token can only look at itself
    assert_scores(heads.previous_token(trace_of(causal)), 1)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize(
    "score", [heads.previous_token, heads.same_token, heads.induction, heads.entropy, heads.distance]
)
def test_weights_of_16_bits_are_scored_as_the_same_weights_in_32(score, dtype):
    rounded = [weights.to(dtype) for weights in random_trace(300, seed=0).attentions]
    tokens = torch.randint(3, (2, 300), generator=torch.Generator().manual_seed(0))
    few, many = (
        Trace(tokens, attentions, (), (), (), (), (), None)
        for attentions in (tuple(rounded), tuple(weights.float() for weights in rounded))
    )
    torch.testing.assert_close(score(few).float(), score(many), rtol=1e-5, atol=1e-5)


@quickly
@given(n=st.integers(2, 12))
def test_uniform_attention_gives_every_position_its_equal_share(n):
    trace = trace_of(uniform(n))
    assert_scores(heads.previous_token(trace), 1 / n)
    assert_scores(heads.next_token(trace), 1 / n)
    assert_scores(heads.attention_to(trace, 0), 1 / n)
    assert_scores(heads.entropy(trace), math.log2(n))
    assert_scores(heads.distance(trace), (n * n - 1) / (3 * n))  # the mean of |i - j| over all pairs


def test_induction_looks_at_what_followed_the_same_token():
    perfect = torch.eye(5)
    perfect[3], perfect[4] = torch.eye(5)[1], torch.eye(5)[2]  # A B C A B: from the second A to B, from B to C
    tokens = torch.tensor([7, 8, 9, 7, 8])
    assert_scores(heads.induction(trace_of(perfect, looking(-1, 5), tokens=tokens)), 1, 0)


def test_induction_adds_up_all_earlier_occurrences_and_counts_only_what_occurred_before():
    weights = torch.tensor([[1.0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0.5, 0.25, 0.25, 0], [0, 0, 0, 1, 0], [0] * 5])
    weights[4] = torch.tensor([0.1, 0.2, 0.3, 0.2, 0.2])
    tokens = torch.tensor([7, 8, 7, 9, 7])  # queries 2 and 4: keys 1; 1 and 3
    assert_scores(heads.induction(trace_of(weights, tokens=tokens)), (0.5 + 0.4) / 2)


def test_a_text_without_repetition_has_no_induction():
    with pytest.raises(ValueError, match="no token occurs twice"):
        heads.induction(trace_of(uniform(3)))


def test_only_the_queries_that_count_are_scored_for_induction():
    perfect = torch.eye(5)
    perfect[3] = torch.eye(5)[1]  # A B C A B: from the second A to B, but from the second B to itself
    trace = trace_of(perfect, tokens=torch.tensor([7, 8, 9, 7, 8]))
    for counts, expected in (([3], 1.0), ([4], 0.0), ([3, 4], 0.5), ([0, 3], 1.0)):
        at = torch.zeros(1, 5, dtype=torch.bool)
        at[0, counts] = True
        assert_scores(heads.induction(trace, at), expected)
    with pytest.raises(ValueError, match="no token occurs twice where it counts"):
        heads.induction(trace, torch.tensor([[True, True, True, False, False]]))


@quickly
@any_trace
def test_all_queries_count_for_induction_unless_some_are_chosen(n, seed):
    trace = random_trace(n, seed)
    everywhere = torch.ones(2, n, dtype=torch.bool)
    torch.testing.assert_close(heads.induction(trace, everywhere), heads.induction(trace), rtol=0, atol=0)


@quickly
@any_trace
def test_induction_is_a_share(n, seed):
    scores = heads.induction(random_trace(n, seed))
    assert scores.shape == (3, 2) and (scores >= 0).all() and (scores <= 1 + 1e-6).all()


def test_attention_to_counts_from_either_end():
    sink = torch.tensor([[1.0, 0], [1, 0]])
    assert_scores(heads.attention_to(trace_of(sink), 0), 1)
    assert_scores(heads.attention_to(trace_of(sink), -1), 0)
    assert_scores(heads.attention_to(trace_of(sink), -2), 1)


@quickly
@any_trace
def test_attention_to_all_positions_adds_up_to_one(n, seed):
    trace = random_trace(n, seed)
    total = sum(heads.attention_to(trace, position) for position in range(n))
    torch.testing.assert_close(total, torch.ones(3, 2))


def test_same_token_counts_other_occurrences_and_only_for_tokens_that_repeat():
    tokens = torch.tensor([7, 8, 7])
    swap = torch.tensor([[0.0, 0, 1], [0.5, 0, 0.5], [1, 0, 0]])
    itself = torch.eye(3)
    assert_scores(heads.same_token(trace_of(swap, itself, uniform(3), tokens=tokens)), 1, 0, 1 / 3)


@quickly
@given(n=st.integers(2, 12), offset=st.integers(0, 11))
def test_a_head_that_looks_at_a_single_key_has_no_entropy(n, offset):
    assert_scores(heads.entropy(trace_of(looking(offset, n))), 0)


def test_distance_is_how_far_the_key_is():
    assert_scores(heads.distance(trace_of(torch.eye(5))), 0)
    first = torch.zeros(5, 5)
    first[:, 0] = 1
    assert_scores(heads.distance(trace_of(first)), 2)  # the mean of 0, 1, 2, 3, 4


@quickly
@any_trace
def test_every_score_stays_within_its_bounds(n, seed):
    trace = random_trace(n, seed)
    bounds = {
        heads.previous_token: 1,
        heads.next_token: 1,
        heads.same_token: 1,
        heads.entropy: math.log2(n),
        heads.distance: n - 1,
    }
    for score, most in bounds.items():
        values = score(trace)
        assert values.shape == (3, 2)
        assert values.min() >= 0
        assert values.max() <= most + 1e-5


@quickly
@any_trace
def test_a_batch_scores_the_mean_of_its_texts(n, seed):
    trace = random_trace(n, seed)
    one, other = (
        Trace(trace.tokens[[i]], tuple(a[[i]] for a in trace.attentions), (), (), (), (), (), None) for i in (0, 1)
    )
    for score in (heads.previous_token, heads.next_token, heads.entropy, heads.distance):
        torch.testing.assert_close(score(trace), (score(one) + score(other)) / 2)


def test_attention_on_some_tokens_is_their_share_over_the_queries_that_count():
    weights = torch.tensor([[1.0, 0, 0], [0.5, 0.5, 0], [0.1, 0.2, 0.7]])
    trace = trace_of(weights, uniform(3))
    keys = torch.tensor([[True, False, True]])
    for counts, expected in (([1], 0.5), ([2], 0.8), ([1, 2], 0.65)):
        at = torch.zeros(1, 3, dtype=torch.bool)
        at[0, counts] = True
        assert_scores(heads.attention_on(trace, keys, at), expected, 2 / 3)
    with pytest.raises(ValueError, match="no query counts"):
        heads.attention_on(trace, keys, torch.zeros(1, 3, dtype=torch.bool))


@quickly
@any_trace
def test_attention_on_a_single_place_is_attention_to_it(n, seed):
    trace = random_trace(n, seed)
    last = (torch.arange(n) == n - 1).expand(2, n)
    everywhere = torch.ones(2, n, dtype=torch.bool)
    torch.testing.assert_close(heads.attention_on(trace, last, everywhere), heads.attention_to(trace, n - 1))


def test_one_who_looks_evenly_gives_each_key_that_may_be_seen_the_same():
    even = heads.looking_evenly(random_trace(4, seed=0), causal_mask(4))
    assert_scores(heads.attention_to(even, 0), (1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    entropies = [math.log2(keys) for keys in (1, 2, 3, 4)]
    assert_scores(heads.entropy(even), sum(entropies) / 4)


@quickly
@given(seed=st.integers(0, 2**32))
def test_heads_are_ranked_from_the_strongest_down(seed):
    scores = torch.randn(3, 4, generator=torch.Generator().manual_seed(seed))
    order = heads.ranked(scores)
    assert [float(scores[place]) for place in order] == sorted(scores.flatten().tolist(), reverse=True)
    assert order[0] == heads.strongest(scores)[:2] and len(set(order)) == 12


def test_strongest_finds_the_head():
    scores = torch.tensor([[0.1, 0.2, 0.3], [0.1, 0.9, 0.3]])
    layer, head, score = heads.strongest(scores)
    assert (layer, head) == (1, 1)
    assert score == pytest.approx(0.9)


def test_a_text_without_neighbors_is_refused():
    with pytest.raises(ValueError, match="1 token has no neighbors"):
        heads.previous_token(trace_of(torch.ones(1, 1)))


def test_a_text_in_which_nothing_repeats_has_no_same_token_score():
    with pytest.raises(ValueError, match="no token occurs twice"):
        heads.same_token(trace_of(uniform(3)))


@pytest.mark.parametrize("position", [3, -4])
def test_a_position_outside_the_text_is_refused(position):
    with pytest.raises(ValueError, match=f"no position {position}: the text has 3 tokens, 0 to 2"):
        heads.attention_to(trace_of(uniform(3)), position)


def test_a_head_that_turns_all_its_attention_has_moved_all_of_it():
    before, after = trace_of(looking(0, 3), uniform(3)), trace_of(looking(1, 3), uniform(3))
    assert_scores(heads.moved(before, after), 1, 0)
    assert_scores(heads.moved(trace_of(looking(0, 4)), trace_of(uniform(4))), 0.75)


@any_trace
def test_what_moves_there_moves_back(n, seed):
    one, other = random_trace(n, seed), random_trace(n, seed + 1)
    other = Trace(one.tokens, other.attentions, (), (), (), (), (), None)
    torch.testing.assert_close(heads.moved(one, other), heads.moved(other, one))
    assert ((0 <= heads.moved(one, other)) & (heads.moved(one, other) <= 1)).all()
    assert not heads.moved(one, one).any()


def test_only_traces_of_one_text_are_compared():
    with pytest.raises(ValueError, match="trace the same text"):
        heads.moved(trace_of(uniform(3)), trace_of(uniform(4)))
    with pytest.raises(ValueError, match="trace the same text"):
        heads.moved(trace_of(uniform(3)), trace_of(uniform(3), tokens=torch.tensor([0, 2, 1])))


# ---- heads taken away


@pytest.fixture(scope="module")
def model():
    config = TransformerConfig(vocab_size=9, n_layers=2, n_heads=3, d_model=12, init_std=0.5)
    return Transformer(config, torch.Generator().manual_seed(0)).eval()


@torch.no_grad()
def test_the_cost_of_a_head_is_what_a_measurement_rises_by_while_it_alone_is_silent(model):
    tokens = torch.tensor([[1, 2, 3]])

    def measure():
        return model(tokens)[0, -1, :2]  # two numbers, as of two kinds of tokens

    whole, cost = measure(), heads.costs(model, measure)
    assert cost.shape == (2, 2, 3)
    with interventions.changed(model, off={"heads": [(1, 2)]}):
        torch.testing.assert_close(cost[:, 1, 2], measure() - whole)
    torch.testing.assert_close(heads.costs(model, lambda: measure().sum()), cost.sum(dim=0))
    torch.testing.assert_close(measure(), whole, rtol=0, atol=0)
