"""GRPO against its paper: advantages, the clipped gain, the KL estimate, the loss. What is drawn, what is learned."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lmkit.learning import instruct, reinforce
from lmkit.learning.objectives import IGNORE
from lmkit.learning.reinforce import GRPO, Task, advantages, clipped_gain, grpo_loss, kl_estimate

groups = st.lists(st.lists(st.floats(-5, 5), min_size=4, max_size=4), min_size=1, max_size=3)


@pytest.fixture
def model(book):
    return instruct.grow(book.model, 3)


@given(groups)
def test_advantages_of_a_group_have_mean_0_and_spread_1_or_are_all_0(rewards):
    rewards = torch.tensor(rewards).double()
    found = advantages(rewards.float()).double()
    assert found.mean(dim=1).abs().max() < 1e-3
    for group, advantage in zip(rewards, found, strict=True):
        if group.std(correction=0) > 1e-3:
            assert advantage.std(correction=0).item() == pytest.approx(1, abs=1e-2)
            assert torch.equal(advantage.argmax(), group.argmax()) or group.topk(2).values.diff().abs() < 1e-4


def test_two_right_answers_of_four_get_1_each_and_a_group_without_difference_gets_nothing():
    found = advantages(torch.tensor([[1.0, 0.0, 0.0, 1.0], [0.3, 0.3, 0.3, 0.3], [7.0, 7.0, 7.0, 7.0]]))
    assert found.tolist() == [[1, -1, -1, 1], [0, 0, 0, 0], [0, 0, 0, 0]]


@given(st.lists(st.floats(-3, 3), min_size=5, max_size=5), st.lists(st.floats(-3, 3), min_size=5, max_size=5))
def test_the_estimate_of_the_kl_is_never_below_0_and_its_mean_is_the_kl(one, other):
    p, q = (torch.tensor(logits).double().log_softmax(dim=0) for logits in (one, other))
    estimate = kl_estimate(p, q)
    assert (estimate >= -1e-12).all()
    exact = (p.exp() * (p - q)).sum()
    torch.testing.assert_close((p.exp() * estimate).sum(), exact, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("ratio", "advantage", "gain", "learns"),
    [
        (1.0, 2.0, 2.0, True),
        (1.5, 2.0, 2.4, False),
        (0.5, 2.0, 1.0, True),
        (0.5, -2.0, -1.6, False),
        (1.5, -2.0, -3.0, True),
    ],
)
def test_past_the_clip_there_is_nothing_more_to_gain_but_what_was_lost_can_be_won_back(ratio, advantage, gain, learns):
    log_p = torch.tensor([[math.log(ratio)]], requires_grad=True)
    found = clipped_gain(log_p, torch.zeros(1, 1), torch.tensor([advantage]), clip=0.2)
    found.sum().backward()
    assert found.item() == pytest.approx(gain)
    assert (log_p.grad.item() != 0) == learns


def test_the_loss_is_equation_3_of_the_paper():
    generator = torch.Generator().manual_seed(0)
    log_p, log_old, log_reference = (-torch.rand(3, 4, generator=generator) for _ in range(3))
    advantage = torch.tensor([1.0, -0.5, 0.2])
    is_answer = torch.tensor([[0, 1, 1, 0], [1, 1, 1, 1], [0, 0, 0, 1]]).bool()
    total = 0.0
    for i in range(3):
        places = is_answer[i].nonzero().flatten().tolist()
        for t in places:
            ratio = math.exp(log_p[i, t] - log_old[i, t])
            clipped = min(max(ratio, 0.8), 1.2)
            back = math.exp(log_reference[i, t] - log_p[i, t])
            kl = back - math.log(back) - 1
            total += (min(ratio * advantage[i].item(), clipped * advantage[i].item()) - 0.1 * kl) / len(places) / 3
    found = grpo_loss(log_p, log_old, log_reference, advantage, is_answer, clip=0.2, beta=0.1)
    assert found.item() == pytest.approx(-total, rel=1e-5)


def test_on_policy_the_gradient_is_that_of_reinforce():
    """Where the model is the one that drew the answers, the ratio is 1; its gradient is that of the log probability."""
    log_p = (-torch.rand(2, 3)).requires_grad_()
    advantage, is_answer = torch.tensor([1.0, -1.0]), torch.ones(2, 3, dtype=torch.bool)
    grpo_loss(log_p, log_p.detach(), log_p.detach(), advantage, is_answer).backward()
    torch.testing.assert_close(log_p.grad, -advantage[:, None].expand(2, 3) / 6)


def test_what_is_drawn_is_asked_for_up_to_its_end_and_read_as_it_was_written(chat, model):
    tasks = [Task("Name everybody.", len), Task("Tell everybody.", len)]
    tasks = [tasks[0], tasks[0]._replace(reward=lambda text: -len(text))]
    batch = reinforce.draw(model, chat, tasks, 3, 6, torch.Generator().manual_seed(0))
    assert batch.tokens.shape == batch.labels.shape and len(batch.tokens) == 6
    for tokens, labels, text in zip(batch.tokens, batch.labels, batch.texts, strict=True):
        asked = labels[labels != IGNORE].tolist()
        assert chat.read(asked) == text and asked.count(chat.end) <= 1
        first = (labels != IGNORE).nonzero()[0].item()
        assert tokens[first] == chat.n_text + 1
    lengths = torch.tensor([len(text) for text in batch.texts]).float().view(2, 3)
    assert torch.equal(batch.rewards, lengths * torch.tensor([[1.0], [-1.0]]))


def test_tokens_after_the_end_are_not_asked_for(chat, model):
    with torch.no_grad():
        model.embed.weight[chat.end] *= 0
        model.embed.weight[chat.end] += 3 * model.embed.weight[: chat.n_text].mean(dim=0)
    batch = reinforce.draw(model, chat, [Task("Go.", len)], 16, 12, torch.Generator().manual_seed(0))
    ends = (batch.labels == chat.end).sum(dim=1)
    assert (ends <= 1).all()
    for labels in batch.labels:
        asked = labels[labels != IGNORE].tolist()
        assert chat.end not in asked[:-1]


def test_training_makes_what_is_rewarded_more_frequent(chat, model):
    tasks = [Task("Go.", lambda text: text.count("e"))]
    config = GRPO(steps=8, n_tasks=1, group=16, longest=4, learning_rate=3e-3, updates=2, beta=0)
    history = reinforce.train(model, chat, tasks, config)
    assert [set(step) for step in history] == [{"reward", "tokens", "kl", "computed"}] * 8
    assert history[0]["kl"] == 0 and history[-1]["kl"] > 0
    assert sum(step["reward"] for step in history[-2:]) > sum(step["reward"] for step in history[:2])


def test_without_any_difference_in_reward_nothing_is_learned(chat, model):
    before = model.embed.weight.clone()
    reinforce.train(model, chat, [Task("Go.", lambda text: 1.0)], GRPO(steps=1, n_tasks=1, group=4, longest=3))
    torch.testing.assert_close(model.embed.weight, before)


@pytest.mark.parametrize(
    ("value", "error", "says"),
    [(None, TypeError, "is None, but must be a number"), (math.nan, ValueError, "is nan, but must be finite")],
)
def test_a_reward_that_is_no_number_is_refused_with_the_text_that_got_it(value, error, says):
    with pytest.raises(error, match=f"the reward of 'Zoe ran.' {says}"):
        reinforce.score(lambda text: value, "Zoe ran.")


def test_prompts_of_different_lengths_are_refused_and_can_be_sorted_out(chat, model):
    tasks = [Task("Go.", len), Task("Go on and on.", len), Task("Go!", len)]
    with pytest.raises(ValueError, match="must all have as many: see alike"):
        reinforce.draw(model, chat, tasks, 2, 2, torch.Generator())
    assert reinforce.alike(chat, tasks) == [tasks[0], tasks[2]]


def test_numbers_that_cannot_be_are_refused(chat, model):
    with pytest.raises(ValueError, match="group is 1, but must be 2 or more"):
        GRPO(steps=1, group=1)
    with pytest.raises(ValueError, match="beta is -1, but must be 0 or more"):
        GRPO(steps=1, beta=-1)
    with pytest.raises(ValueError, match="there are 1 tasks, but a step answers 4"):
        reinforce.train(model, chat, [Task("Go.", len)], GRPO(steps=1))
