"""DPO against its paper: the loss, its gradient, and what a training does."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmkit.learning import preference
from lmkit.learning.objectives import IGNORE
from lmkit.learning.preference import DPO, dpo_loss, log_probability
from lmkit.model.transformer import Transformer, TransformerConfig

numbers = st.lists(st.floats(-30, 0), min_size=4, max_size=4)


def model(seed=0):
    config = TransformerConfig(vocab_size=12, n_layers=1, n_heads=2, d_model=16, init_std=0.2)
    return Transformer(config, torch.Generator().manual_seed(seed))


def rows(answers):
    """The request 1 2 3, each time with another answer of two tokens."""
    return torch.tensor([[1, 2, 3, a, IGNORE, IGNORE, a, b] for a, b in answers])


@given(rows=st.lists(numbers, min_size=1, max_size=5), beta=st.floats(0.01, 5))
def test_the_loss_is_equation_7_of_the_paper(rows, beta):
    better, worse, better_before, worse_before = torch.tensor(rows).double().T
    margins = [beta * (w - w_before) - beta * (lost - lost_before) for w, lost, w_before, lost_before in rows]
    expected = [math.log(1 + math.exp(-margin)) for margin in margins]  # -ln sigmoid(margin)
    found = dpo_loss(better, worse, better_before, worse_before, beta)
    assert found.item() == pytest.approx(sum(expected) / len(expected), rel=1e-6, abs=1e-9)


@given(values=numbers, beta=st.floats(0.01, 5))
def test_the_gradient_weighs_each_pair_by_how_wrongly_it_is_ordered(values, beta):
    """Rafailov et al., section 4: beta sigma(r_l - r_w), upwards for the better answer, downwards for the worse."""
    better, worse, better_before, worse_before = (
        torch.tensor([value]).double().requires_grad_() for value in values
    )
    dpo_loss(better, worse, better_before, worse_before, beta).backward()
    weight = beta * torch.sigmoid(beta * (worse - worse_before) - beta * (better - better_before)).detach()
    torch.testing.assert_close(better.grad, -weight)
    torch.testing.assert_close(worse.grad, weight)


def test_before_the_first_step_the_loss_is_ln_2_whatever_the_pairs():
    log_p = torch.randn(5)
    assert dpo_loss(log_p, log_p - 3, log_p, log_p - 3, beta=0.1).item() == pytest.approx(math.log(2))


def test_the_log_probability_of_an_answer_is_the_product_over_its_tokens():
    logits = torch.tensor([[[0.0, 0.0], [math.log(3), 0.0], [5.0, 1.0]]])
    labels = torch.tensor([[1, 0, IGNORE]])
    assert log_probability(logits, labels).exp().item() == pytest.approx(0.5 * 0.75)


def test_no_token_outside_the_answer_changes_its_log_probability():
    logits, labels = torch.randn(1, 4, 6), torch.tensor([[IGNORE, 2, 3, IGNORE]])
    changed = logits.clone()
    changed[:, [0, 3]] = torch.randn(1, 2, 6)
    assert torch.equal(log_probability(logits, labels), log_probability(changed, labels))


def test_training_orders_the_pairs_and_leaves_the_reference_where_it_was():
    one = model()
    better, worse = rows([(4, 5), (4, 6)]), rows([(7, 8), (9, 8)])
    history = preference.train(one, better, worse, DPO(steps=30, batch_size=4, learning_rate=3e-3, beta=0.5))
    assert history[0]["loss"] == pytest.approx(math.log(2), abs=1e-5)
    assert history[0]["better"] == history[0]["worse"] == 0.0
    assert history[-1]["ordered"] == 1.0 and history[-1]["loss"] < 0.3
    assert history[-1]["better"] > history[-1]["worse"]
    changes = preference.log_ratios(one, model(), better)
    assert (changes > preference.log_ratios(one, model(), worse)).all()


def test_the_same_seed_gives_the_same_training():
    both = [model(), model()]
    for one in both:
        preference.train(one, rows([(4, 5), (4, 6)]), rows([(7, 8), (9, 8)]), DPO(steps=3, batch_size=2, seed=1))
    assert torch.equal(both[0].embed.weight, both[1].embed.weight)


def test_what_cannot_be_trained_on_is_refused():
    with pytest.raises(ValueError, match="both need the same, with at least one row"):
        preference.train(model(), rows([(4, 5)]), rows([(4, 5), (6, 7)]), DPO(steps=1))
    with pytest.raises(ValueError, match="beta is 0, but must be above 0"):
        DPO(steps=1, beta=0)
    with pytest.raises(ArithmeticError, match="lower learning_rate"):
        preference.take_step(model(), torch.optim.SGD(model().parameters(), 0.1), torch.tensor(math.nan))
