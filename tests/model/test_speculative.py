"""Speculative sampling: whatever the draft guesses, the tokens come as often as if the model had written alone."""

import itertools
import math

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from lmkit.model.generation import generate, stream
from lmkit.model.sampling import Sample, greedy
from lmkit.model.speculative import (
    LookupDraft,
    ModelDraft,
    acceptance,
    residual,
    speculate,
    tokens_per_pass,
    verify,
)
from lmkit.model.transformer import Transformer, TransformerConfig

VOCAB = 3
PROMPT = torch.tensor([1, 2])
laws = st.lists(st.integers(0, 5), min_size=4, max_size=4).filter(any).map(lambda row: torch.tensor(row).double())
laws = laws.map(lambda row: row / row.sum())


def build(seed=0, vocab=VOCAB, **changes):
    small = dict(vocab_size=vocab, n_layers=2, n_heads=2, d_model=8, init_std=0.9)
    config = TransformerConfig(**small | changes)
    return Transformer(config, torch.Generator().manual_seed(seed)).requires_grad_(False)


def draws(seed=5, **options):
    return Sample(generator=torch.Generator().manual_seed(seed), **options)


# --- Exactly: what comes out of keeping and drawing again, added up over all that may happen ---


@given(p=laws, q=laws)
def test_a_guess_that_is_kept_or_drawn_again_has_the_law_of_the_model(p, q):
    kept = q * acceptance(p, q)
    assert_close(kept + (1 - kept.sum()) * residual(p, q), p)


def law_of_two_tokens(model, draft, choose):
    """Add up over all guesses of two tokens, and over all that may be kept of them, how often two tokens come out."""
    own = {text: after(model, choose, text) for text in [(), *((token,) for token in range(VOCAB))]}
    law = torch.zeros(VOCAB, VOCAB).double()
    for one, two in itertools.product(range(VOCAB), repeat=2):
        q1, q2 = after(draft, choose, ()), after(draft, choose, (one,))
        guessed = q1[one] * q2[two]
        keep1, keep2 = acceptance(own[()], q1)[one], acceptance(own[one,], q2)[two]
        law[one, two] += guessed * keep1 * keep2
        law[one] += guessed * keep1 * (1 - keep2) * residual(own[one,], q2)
        for first, share in enumerate(residual(own[()], q1)):  # refused at once: the next pass draws the second
            law[first] += guessed * (1 - keep1) * share * own[first,]
    return law


def after(model, choose, text):
    return choose.probabilities(model(torch.tensor([[*PROMPT, *text]]))[0, -1:])[0].double()


@settings(max_examples=10)
@given(seed=st.integers(0, 50), other=st.integers(51, 99), temperature=st.sampled_from([0.5, 1.0, 2.0]))
def test_two_tokens_come_exactly_as_often_as_if_the_model_had_written_alone(seed, other, temperature):
    model, small, choose = build(seed), build(other), Sample(temperature=temperature)
    alone = torch.stack([after(model, choose, ())[one] * after(model, choose, (one,)) for one in range(VOCAB)])
    law = law_of_two_tokens(model, small, choose)
    assert_close(law, alone, atol=1e-6, rtol=0)


# --- And as the code draws ---


@pytest.fixture
def unchecked(monkeypatch):
    """Many small steps: without the run-time check of annotations they take a tenth of the time."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


def chi_square(counts, expected):
    kept = expected > 0
    assert counts[~kept].sum() == 0
    return ((counts - expected)[kept] ** 2 / expected[kept]).sum(), kept.sum() - 1


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("p, q", [([0.1, 0.2, 0.3, 0.4], [0.4, 0.3, 0.2, 0.1]), ([0.5, 0.5, 0, 0], [0, 0.2, 0.2, 0.6])])
def test_verify_gives_the_first_token_as_often_as_the_model_would(p, q):
    draw, n = torch.Generator().manual_seed(7), 1500
    p, q = torch.tensor(p), torch.tensor(q)
    guesses = torch.multinomial(q, n, replacement=True, generator=draw)
    first = [verify(torch.stack([p, p]), q[None], guess[None], draw)[0] for guess in guesses]
    found, freedom = chi_square(torch.tensor(first).bincount(minlength=4).double(), n * p)
    assert found < freedom + 6 * math.sqrt(2 * max(freedom, 1))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("kind", ["model", "lookup"])
def test_two_tokens_are_drawn_as_often_as_the_model_alone_would(kind):
    """Pearson's chi-square over all 9 texts, where 6 spreads above the mean is once in 10,000."""
    model, choose, n = build(3), draws(temperature=0.7), 400
    draft = ModelDraft(build(60), choose) if kind == "model" else LookupDraft(VOCAB, n_same=1)
    counts = torch.zeros(VOCAB**2)
    for _ in range(n):
        one, two, _ = itertools.chain(*speculate(model, draft, PROMPT, 3, choose, n_guesses=2))
        counts[3 * one + two] += 1
    texts = torch.tensor(list(itertools.product(range(VOCAB), repeat=2)))
    whole = torch.cat([PROMPT.expand(9, -1), texts], dim=1)
    log_p = (model(whole)[:, 1:-1] / 0.7).log_softmax(-1).gather(2, texts[..., None])
    found, freedom = chi_square(counts, n * log_p.sum(dim=(1, 2)).exp())
    assert found < freedom + 6 * math.sqrt(2 * freedom)


# --- Passes ---


def test_a_draft_that_is_the_model_itself_is_never_refused():
    model, choose = build(vocab=9), draws()
    passes = list(speculate(model, ModelDraft(model, choose), PROMPT, 20, choose, n_guesses=4))
    assert [len(tokens) for tokens in passes] == [5, 5, 5, 5]


def test_with_one_token_kept_each_pass_is_greedy_and_gives_what_greedy_gives():
    model, draft, one = build(1, vocab=9), build(2, vocab=9), draws(top_k=1)
    passes = speculate(model, ModelDraft(draft, one), PROMPT, 12, one)
    assert list(itertools.chain(*passes)) == generate(model, PROMPT[None], 12)[0, 2:].tolist()


@pytest.mark.parametrize("n_guesses", [0, 1, 3, 50])
@pytest.mark.parametrize("positions", ["learned", "rotary"])
def test_as_many_tokens_come_as_the_model_alone_would_write(n_guesses, positions):
    model = build(positions=positions, max_positions=8)
    draft, choose = ModelDraft(build(1), draws()), draws()
    passes = list(speculate(model, draft, PROMPT, 10, choose, n_guesses=n_guesses))
    assert sum(map(len, passes)) == len(list(stream(model, PROMPT, 10, choose)))
    assert all(1 <= len(tokens) <= n_guesses + 1 for tokens in passes)


def test_it_ends_with_the_end_token():
    model, choose = build(), draws()
    for _ in range(6):
        tokens = list(itertools.chain(*speculate(model, ModelDraft(build(1), choose), PROMPT, 30, choose, end_token=2)))
        assert 2 not in tokens[:-1] and (tokens[-1] == 2 or len(tokens) == 30)


def test_the_model_reads_each_token_once_but_for_guesses_that_were_refused(monkeypatch):
    model, choose, read = build(vocab=9), draws(), []
    hidden = model.hidden

    def watched(tokens, cache):
        read.append(tokens.shape[1])
        return hidden(tokens, cache=cache)

    monkeypatch.setattr(model, "hidden", watched)
    list(speculate(model, LookupDraft(9, n_same=1), PROMPT, 20, choose, n_guesses=3))
    assert read[0] >= 2 and all(1 <= n <= 4 for n in read[1:])


def test_what_followed_the_last_time_is_guessed():
    guesses, q = LookupDraft(9)(torch.tensor([1, 2, 3, 1, 2, 4, 5, 1, 2]), 2)
    assert guesses.tolist() == [4, 5] and q.argmax(dim=1).tolist() == [4, 5] and q.sum().item() == 2


@pytest.mark.parametrize("text", [[1], [1, 2], [1, 2, 3, 4]])
def test_where_nothing_came_before_nothing_is_guessed(text):
    guesses, q = LookupDraft(9)(torch.tensor(text), 3)
    assert guesses.tolist() == [] and q.shape == (0, 9)


@given(share=st.floats(0, 0.99), n=st.integers(0, 8))
def test_the_tokens_of_a_pass_are_a_geometric_sum(share, n):
    assert_close(tokens_per_pass(share, n), (1 - share ** (n + 1)) / (1 - share))


@pytest.mark.usefixtures("unchecked")
def test_a_draft_with_another_vocabulary_and_what_is_no_number_and_no_prompt_are_refused():
    choose = draws()
    with pytest.raises(ValueError, match="probabilities for 9 tokens, but the model has 3"):
        list(speculate(build(), ModelDraft(build(vocab=9), choose), PROMPT, 5, choose))
    with pytest.raises(ValueError, match="n_guesses is -1"):
        list(speculate(build(), LookupDraft(VOCAB), PROMPT, 5, choose, n_guesses=-1))
    with pytest.raises(ValueError, match=r"shape \(1, 2\).*prompt\[0\]"):
        list(speculate(build(), LookupDraft(VOCAB), PROMPT[None], 5, choose))
    with pytest.raises(TypeError, match=r"must be a Sample.*Sample\(top_k=1\)"):
        list(speculate(build(), LookupDraft(VOCAB), PROMPT, 5, greedy))
    with pytest.raises(ValueError, match="sees both sides"):
        ModelDraft(build(causal=False), choose)
