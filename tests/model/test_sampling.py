"""Sampling: what is kept, how often it is drawn, what is penalized, and what is forbidden."""

import itertools
import math

import jaxtyping
import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.testing import assert_close

from lmkit.model.sampling import Sample, allowed_only, greedy, penalized, probabilities

logits_rows = st.lists(st.integers(-3, 3), min_size=2, max_size=9).map(lambda row: torch.tensor([row]).float())


@pytest.fixture
def as_a_reader(monkeypatch):
    """Readers run without the run-time check of annotations, so they must meet lmkit's own messages."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


def sample(**options):
    return Sample(generator=torch.Generator().manual_seed(5), **options)


# --- Which tokens are kept ---


@given(logits=logits_rows, temperature=st.floats(0.2, 5))
def test_probabilities_without_limits_are_the_softmax(logits, temperature):
    assert_close(probabilities(logits, temperature=temperature), (logits / temperature).softmax(-1))


@given(logits=logits_rows, k=st.integers(1, 12))
def test_top_k_keeps_the_k_best_and_of_equal_ones_the_first(logits, k):
    best = sorted(range(logits.shape[1]), key=lambda i: (-logits[0, i].item(), i))[:k]
    kept = probabilities(logits, top_k=k)[0].nonzero().flatten().tolist()
    assert kept == sorted(best)


@given(logits=logits_rows, p=st.floats(0.01, 0.99))
def test_top_p_keeps_the_fewest_best_that_reach_p(logits, p):
    shares = logits[0].double().softmax(-1)
    best = sorted(range(len(shares)), key=lambda i: (-logits[0, i].item(), i))
    totals = list(itertools.accumulate(shares[i].item() for i in best))
    assume(min(abs(total - p) for total in totals) > 1e-6)  # closer than this, rounding decides
    n_kept = sum(total < p for total in totals) + 1
    assert probabilities(logits, top_p=p)[0].nonzero().flatten().tolist() == sorted(best[:n_kept])


@given(logits=logits_rows, share=st.floats(0.01, 1))
def test_min_p_keeps_what_has_that_share_of_the_largest_probability(logits, share):
    shares = (logits[0] - logits.max()).double().exp()
    assume((shares - share).abs().min() > 1e-6)  # closer than this, rounding decides
    kept = probabilities(logits, min_p=share)[0] > 0
    assert torch.equal(kept, shares > share)


@given(logits=logits_rows, shift=st.integers(-5, 5))
def test_a_min_p_of_0_keeps_all_and_one_of_1_the_best(logits, shift):
    assert_close(probabilities(logits + shift, min_p=0.0), probabilities(logits))
    assert torch.equal(probabilities(logits, min_p=1.0) > 0, logits == logits.max())


@given(logits=logits_rows, k=st.integers(1, 12), p=st.floats(0.01, 1))
def test_what_is_kept_keeps_its_proportions(logits, k, p):
    full, limited = probabilities(logits)[0], probabilities(logits, top_k=k, top_p=p)[0]
    kept = limited > 0
    assert_close(limited.sum(), torch.tensor(1.0))
    assert_close(limited[kept], full[kept] / full[kept].sum())


def test_top_p_keeps_no_more_than_it_must():
    assert probabilities(torch.zeros(1, 4), top_p=0.5).tolist() == [[0.5, 0.5, 0.0, 0.0]]


@given(logits=logits_rows)
def test_a_top_p_of_1_keeps_all(logits):
    assert_close(probabilities(logits, top_p=1.0), probabilities(logits))


@given(logits=logits_rows)
def test_keeping_one_token_is_greedy(logits):
    assert sample(top_k=1)(logits) == greedy(logits) == sample(top_p=1e-6)(logits)


# --- How often each is drawn ---


@pytest.mark.parametrize(
    "limits", [{}, {"temperature": 0.5}, {"temperature": 2.0}, {"top_k": 3}, {"top_p": 0.8}, {"min_p": 0.2}]
)
def test_tokens_are_drawn_as_often_as_their_probability_says(limits):
    """Pearson's chi-square: its mean is the number of tokens kept minus 1, and 6 spreads above is once in 10,000."""
    logits = torch.tensor([[2.0, 1.0, 0.5, 0.0, -1.0, 1.0]])
    n = 20_000
    drawn = sample(**limits)(logits.expand(n, -1)).bincount(minlength=6)
    expected = n * probabilities(logits, **limits)[0]
    kept = expected > 0
    assert drawn[~kept].sum() == 0
    chi_square = ((drawn - expected)[kept] ** 2 / expected[kept]).sum()
    freedom = kept.sum() - 1
    assert chi_square < freedom + 6 * math.sqrt(2 * freedom)


# --- What stands in the text already ---


texts = st.lists(st.integers(0, 1), min_size=1, max_size=4).map(lambda row: torch.tensor([row]))


@given(logits=logits_rows, text=texts, penalty=st.floats(1.01, 3))
def test_a_penalty_makes_what_was_said_less_probable_and_leaves_the_odds_of_all_else(logits, text, penalty):
    logits = logits + 0.5  # none is 0, where nothing changes
    after = penalized(logits, text, penalty)
    said = torch.zeros_like(logits, dtype=torch.bool).index_fill(1, text[0], True)
    assert (after < logits)[said].all() and torch.equal(after[~said], logits[~said])


@given(logits=logits_rows, text=texts)
def test_a_penalty_of_1_changes_nothing(logits, text):
    assert torch.equal(penalized(logits, text, 1), logits)


def test_what_was_said_twice_is_penalized_once_and_each_row_for_its_own_text():
    logits, text = torch.tensor([[2.0, 4.0, -1.0]] * 2), torch.tensor([[1, 1, 1], [2, 0, 2]])
    assert penalized(logits, text, 2).tolist() == [[2.0, 2.0, -1.0], [1.0, 4.0, -2.0]]


def test_a_number_added_to_all_logits_changes_no_probability_and_changes_what_a_penalty_does():
    logits, text = torch.tensor([[1.0, 0.5]]), torch.tensor([[0]])
    assert_close(probabilities(logits + 10), probabilities(logits))
    odds = [penalized(z, text, 1.5).diff().item() for z in (logits, logits + 10)]
    assert odds[1] > odds[0] + 1


@pytest.mark.parametrize("penalty", [0.9, math.inf, math.nan])
def test_a_penalty_that_would_reward_is_refused(penalty):
    with pytest.raises(ValueError, match=f"penalty is {penalty}, but must be 1"):
        penalized(torch.zeros(1, 3), torch.tensor([[0]]), penalty)


# --- What a rule allows ---


@given(logits=logits_rows, data=st.data())
def test_a_rule_forbids_all_else_and_leaves_the_odds_of_what_it_allows(logits, data):
    ids = data.draw(st.lists(st.integers(0, logits.shape[1] - 1), min_size=1, unique=True))
    p = probabilities(allowed_only(logits, torch.tensor([[3, 1]]), lambda text: ids))[0]
    assert p.nonzero().flatten().tolist() == sorted(ids)
    full = probabilities(logits)[0, ids]
    assert_close(p[ids], full / full.sum())


def test_a_rule_is_asked_about_each_text_by_itself():
    asked = []
    logits = allowed_only(torch.zeros(2, 3), torch.tensor([[0, 1], [2, 2]]), lambda text: asked.append(text) or text)
    assert asked == [[0, 1], [2, 2]]
    assert torch.isfinite(logits).tolist() == [[True, True, False], [False, False, True]]


def test_a_rule_that_allows_nothing_is_refused():
    with pytest.raises(ValueError, match="allows no token after the 2 tokens of a text"):
        allowed_only(torch.zeros(1, 3), torch.tensor([[0, 1]]), lambda text: [])


# --- What is refused ---


@pytest.mark.parametrize(
    "options, says",
    [
        (dict(temperature=0.0), "temperature is 0.0, but must be above 0 and finite; for the most probable token"),
        (dict(temperature=-1.0), "temperature is -1.0"),
        (dict(temperature=math.nan), "temperature is nan"),
        (dict(temperature=math.inf), "temperature is inf, but must be above 0 and finite"),
        (dict(top_k=0), "top_k is 0, but at least 1 token must be kept"),
        (dict(top_p=0.0), "top_p is 0.0, but is a share"),
        (dict(top_p=1.1), "top_p is 1.1"),
        (dict(min_p=-0.1), "min_p is -0.1, but is a share of the largest probability"),
        (dict(min_p=math.nan), "min_p is nan"),
    ],
)
def test_options_that_cannot_be_are_refused(options, says):
    with pytest.raises(ValueError, match=says):
        Sample(**options)
    with pytest.raises(ValueError, match=says):
        probabilities(torch.zeros(1, 3), **options)


@pytest.mark.usefixtures("as_a_reader")
def test_a_part_of_a_token_cannot_be_kept():
    with pytest.raises(TypeError, match="top_k is 2.5, but must be a whole number"):
        Sample(top_k=2.5)
    with pytest.raises(ValueError, match=r"logits have shape \(5,\).*logits\[None\]"):
        probabilities(torch.zeros(5), top_k=2)


@pytest.mark.parametrize("logits", [[0.0, math.nan], [0.0, math.inf], [-math.inf, -math.inf]])
@pytest.mark.parametrize("limits", [{}, {"top_k": 1}, {"top_p": 0.5}])
def test_logits_that_leave_nothing_to_choose_from_are_refused(logits, limits):
    with pytest.raises(ValueError, match="these logits give no probabilities.*NaN or infinity"):
        sample(**limits)(torch.tensor([[0.0, 1.0], logits]))


def test_a_temperature_too_low_for_its_numbers_is_refused():
    with pytest.raises(ValueError, match="at temperature 1e-40.*greedy does what is meant"):
        probabilities(torch.tensor([[1.0, 2.0]]), temperature=1e-40)


@given(logits=logits_rows, temperature=st.floats(1e-3, 5), p=st.floats(0.01, 1))
def test_logits_of_16_bits_give_the_probabilities_of_the_same_numbers_in_32(logits, temperature, p):
    options = dict(temperature=temperature, top_p=p)
    assert_close(probabilities((100 * logits).half(), **options), probabilities(100 * logits, **options))
