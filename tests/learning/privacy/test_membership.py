"""Losses are each text's own, and an attack is measured by whom it finds while it hardly accuses anybody."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmkit import load
from lmkit.learning import finetuning, objectives
from lmkit.learning.privacy import membership
from lmkit.learning.privacy.texts import losses, losses_of, next_tokens

TEXTS = ["Tom had a kite.", "One day, Mia and Zoe were in the park. Zoe was happy.", "Nina met Leo."]


@pytest.fixture(scope="module")
def tiny():
    return load("tiny")


@pytest.fixture(scope="module")
def rows(tiny):
    return finetuning.encode(TEXTS, tiny.tokenizer, 40)


def test_a_text_has_the_same_loss_among_others_as_alone(tiny, rows):
    among = losses(tiny.model, rows, batch_size=2)
    alone = [tiny.encode(text) for text in TEXTS]
    each = [objectives.loss(tiny.model(ids)[:, :-1], ids[:, 1:]) for ids in alone]
    torch.testing.assert_close(among, torch.stack(each).detach())


def test_padding_is_asked_nothing(rows):
    inputs, labels = next_tokens(rows, torch.Generator())
    assert (labels == objectives.IGNORE).sum() == (rows[:, 1:] < 0).sum() > 0
    assert inputs.min() >= 0


def test_a_text_pulls_at_the_weights_by_itself(tiny, rows):
    """The gradient of one text's loss does not hang on what stands in the same batch."""
    weight = tiny.model.blocks[0].feed_forward.read.weight
    together, alone = losses_of(tiny.model, rows)[0], losses_of(tiny.model, rows[:1])[0]
    one, other = (torch.autograd.grad(loss, weight)[0] for loss in (together, alone))
    torch.testing.assert_close(one, other, atol=1e-6, rtol=1e-4)


SCORES = st.lists(st.integers(-5, 5), min_size=1, max_size=30).map(lambda x: torch.tensor(x, dtype=torch.float))


@given(members=SCORES, others=SCORES, rate=st.sampled_from([0.0, 0.01, 0.1, 0.3, 1.0]))
def test_what_is_found_is_found_by_some_threshold_and_by_none_better(members, others, rate):
    best = 0.0
    for least in torch.cat([others, others.max()[None] + 1, others.min()[None] - 1]):
        if (others > least).double().mean() <= rate:
            best = max(best, (members > least).double().mean().item())
    assert membership.found_at(members, others, rate) == pytest.approx(best)


@given(members=SCORES, others=SCORES)
def test_the_area_is_how_often_a_member_scores_higher(members, others):
    higher = (members[:, None] > others).double() + 0.5 * (members[:, None] == others).double()
    assert membership.area(members, others) == pytest.approx(higher.mean().item())
