"""Beam search: with beams enough it finds the most probable text of all, with one it is greedy."""

import itertools

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from lmkit.model.beam import beam_search, length_penalty
from lmkit.model.generation import generate
from lmkit.model.transformer import Transformer, TransformerConfig

VOCAB = 4
PROMPT = torch.tensor([1, 2])
seeds = st.integers(0, 99)


def build(seed=0, **changes):
    small = dict(vocab_size=VOCAB, n_layers=2, n_heads=2, d_model=8, init_std=0.6)
    config = TransformerConfig(**small | changes)
    return Transformer(config, torch.Generator().manual_seed(seed)).double().requires_grad_(False)


def log_probability(model, tokens):
    whole = torch.cat([PROMPT, torch.tensor(tokens)])[None]
    log_p = model(whole[:, :-1]).log_softmax(-1)[0, len(PROMPT) - 1 :]
    return log_p.gather(1, whole[0, len(PROMPT) :, None]).sum().item()


def all_texts(n, end):
    """Every text of n tokens, and every shorter one that has come to its end."""
    for length in range(1, n + 1):
        for text in itertools.product(range(VOCAB), repeat=length):
            if end not in text[:-1] and (length == n or text[-1] == end):
                yield list(text)


@settings(max_examples=12)
@given(seed=seeds, n=st.integers(1, 3), alpha=st.sampled_from([0, 0.6, 2]), end=st.sampled_from([None, 0, 3]))
def test_with_as_many_beams_as_texts_it_finds_the_best_of_all_in_order(seed, n, alpha, end):
    model = build(seed)
    found = beam_search(model, PROMPT, n, VOCAB**n, end_token=end, alpha=alpha)
    every = [(log_probability(model, text) / length_penalty(len(text), alpha), text) for text in all_texts(n, end)]
    best = sorted(every, reverse=True)
    assert [beam.tokens for beam in found] == [text for _, text in best][: len(found)]
    assert_close([beam.score for beam in found], [score for score, _ in best][: len(found)])
    assert len(found) == len(best)


@settings(max_examples=10)
@given(seed=seeds, n=st.integers(0, 8))
def test_one_beam_is_greedy(seed, n):
    model = build(seed)
    (beam,) = beam_search(model, PROMPT, n, 1)
    assert beam.tokens == generate(model, PROMPT[None], n)[0, len(PROMPT) :].tolist()


@settings(max_examples=10)
@given(seed=seeds, n_beams=st.integers(1, 6), end=st.sampled_from([None, 2]))
def test_each_text_has_the_probability_that_is_said_and_none_comes_twice(seed, n_beams, end):
    model = build(seed)
    found = beam_search(model, PROMPT, 6, n_beams, end_token=end, alpha=1)
    assert_close([beam.log_probability for beam in found], [log_probability(model, beam.tokens) for beam in found])
    assert 1 <= len(found) == len({tuple(beam.tokens) for beam in found}) <= n_beams
    assert [beam.score for beam in found] == sorted((beam.score for beam in found), reverse=True)
    assert all(end not in beam.tokens[:-1] for beam in found)


def test_a_text_that_is_less_probable_at_first_can_win_where_greedy_has_lost_it():
    better = 0
    for seed in range(12):
        model = build(seed)
        greedy, best = (beam_search(model, PROMPT, 3, n)[0].log_probability for n in (1, VOCAB**3))
        assert best >= greedy - 1e-9
        better += best > greedy + 1e-6
    assert better > 0


def test_without_a_length_penalty_short_texts_win_and_with_a_large_one_long_texts():
    lengths = dict.fromkeys((0, 4), 0)
    for seed, alpha in itertools.product(range(8), lengths):
        lengths[alpha] += len(beam_search(build(seed), PROMPT, 3, VOCAB**3, end_token=0, alpha=alpha)[0].tokens)
    assert lengths[0] < lengths[4]


def test_it_stops_where_learned_positions_do():
    model = build(positions="learned", max_positions=5)
    assert len(beam_search(model, PROMPT, 100, 3)[0].tokens) == 4


def test_several_prompts_and_none_are_refused_with_the_cause(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)  # as a reader has it
    with pytest.raises(ValueError, match=r"shape \(1, 2\).*prompt\[0\]"):
        beam_search(build(), PROMPT[None], 3, 2)
    with pytest.raises(TypeError, match="tokens are a str"):
        beam_search(build(), "Anna", 3, 2)


@pytest.mark.parametrize(
    "options, error, says",
    [
        (dict(n_beams=0), ValueError, "n_beams is 0, but at least 1 text must be followed"),
        (dict(alpha=-1), ValueError, "alpha is -1, but must be 0"),
        (dict(end_token=VOCAB), ValueError, "end_token is 4, but the vocabulary"),
        (dict(max_new_tokens=-1), ValueError, "max_new_tokens is -1"),
    ],
)
def test_numbers_that_cannot_be_are_refused(options, error, says):
    with pytest.raises(error, match=says):
        beam_search(build(), PROMPT, **{"max_new_tokens": 2, "n_beams": 2} | options)
