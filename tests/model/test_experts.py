"""A mixture of experts: who reads which token, what that costs, and how evenly it is done."""

import pytest
import torch
from torch.testing import assert_close

from lmkit.inside.tracing import trace
from lmkit.learning import objectives, training
from lmkit.model.experts import Experts, load_balancing_loss, take_balance
from lmkit.model.feedforward import FeedForward
from lmkit.model.transformer import Transformer, TransformerConfig

SMALL = dict(vocab_size=13, n_layers=2, n_heads=2, d_model=8, init_std=0.5)


def build(n_experts=4, n_active=1, **changes):
    config = TransformerConfig(**SMALL | changes, n_experts=n_experts, n_active_experts=n_active)
    return Transformer(config, torch.Generator().manual_seed(0))


@pytest.mark.parametrize("n_active", [1, 2, 4])
def test_each_token_gets_the_weighed_answers_of_its_best_experts(n_active):
    torch.manual_seed(0)
    experts = Experts(8, 16, 4, n_active)
    x = torch.randn(2, 5, 8)
    for token, mixed in zip(x.flatten(0, 1), experts(x).flatten(0, 1), strict=True):
        chances = experts.route(token).softmax(dim=-1)
        best = chances.argsort(descending=True)[:n_active]
        assert_close(mixed, sum(chances[i] * experts.experts[i](token) for i in best.tolist()))


def test_more_experts_mean_more_parameters_and_no_more_multiplications():
    few, many = Experts(8, 16, 2), Experts(8, 16, 8)
    of_one = sum(weight.numel() for weight in FeedForward(8, 16).parameters())
    counts = [sum(weight.numel() for weight in module.parameters()) for module in (few, many)]
    assert counts[1] - counts[0] == 6 * (of_one + 8)
    rows = {}
    for name, module in (("few", few), ("many", many)):
        read = rows[name] = []
        for expert in module.experts:
            expert.register_forward_hook(lambda _, inputs, __, read=read: read.append(len(inputs[0])))
        module(torch.randn(3, 7, 8))
    assert sum(rows["few"]) == sum(rows["many"]) == 21


def test_even_use_costs_1_and_a_single_expert_for_all_costs_their_number():
    even = torch.full((8, 4), 0.25)
    assert load_balancing_loss(even, torch.arange(8)[:, None] % 4) == pytest.approx(1.0)
    one_sided = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).expand(8, 4)
    assert load_balancing_loss(one_sided, torch.zeros(8, 1, dtype=torch.int64)) == pytest.approx(4.0)


def test_the_balance_pulls_down_the_chance_of_an_expert_that_is_chosen_too_often():
    scores = torch.tensor([[2.0, 1.0, 0.0]]).repeat(5, 1).requires_grad_()
    chances = scores.softmax(dim=-1)
    load_balancing_loss(chances, chances.topk(1).indices).backward()
    assert (scores.grad[:, 0] > 0).all() and (scores.grad[:, 1:] < 0).all()


def test_the_balance_is_there_in_training_only_and_is_taken_once():
    model, tokens = build(), torch.arange(12).view(2, 6)
    model.eval()(tokens)
    assert take_balance(model) == 0
    model.train()(tokens)
    assert take_balance(model) >= 2 * 0.999  # 1 a block, at least
    assert take_balance(model) == 0


def test_every_expert_gets_a_gradient_even_if_no_token_chose_it():
    """Several processes wait for the gradient of every parameter."""
    model = build(n_experts=8)
    objectives.loss(model(torch.tensor([[1, 2]])), torch.tensor([[2, 3]])).backward()
    assert all(weight.grad is not None for weight in model.parameters())


def test_the_future_does_not_leak():
    model, tokens = build(n_active=2), torch.arange(10)[None]
    changed = tokens.clone()
    changed[:, 6:] = 0
    before, after = model(tokens), model(changed)
    assert_close(before[:, :6], after[:, :6])
    assert not torch.allclose(before[:, 6:], after[:, 6:])


def test_training_with_experts_lowers_the_loss_and_uses_all_of_them():
    model = build(init_std=0.2)
    tokens = torch.arange(13).repeat(60)
    config = training.TrainingConfig(steps=60, row_length=9, evaluate_every=60, learning_rate=1e-2)
    history = training.fit(model, tokens, tokens[:200], config, show=False)
    assert history.evaluations[-1].valid_loss < history.evaluations[0].valid_loss - 1
    experts = model.blocks[0].feed_forward
    seen = []
    handle = experts.route.register_forward_hook(lambda _, __, scores: seen.append(scores.argmax(dim=-1)))
    model(tokens[None, :40])
    handle.remove()
    assert len(seen[0].unique()) >= 2


def test_looking_inside_says_that_it_wants_a_single_network():
    with pytest.raises(TypeError, match="n_experts=1"):
        build().blocks[0].feed_forward.write  # noqa: B018


def test_a_model_that_cannot_be_traced_is_left_without_hooks():
    model = build()
    with pytest.raises(TypeError, match="n_experts=1"):
        trace(model, torch.arange(5)[None])
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


@pytest.mark.parametrize(("n_experts", "n_active"), [(0, 1), (2, 3), (2, 0)])
def test_experts_that_cannot_be_are_refused(n_experts, n_active):
    with pytest.raises(ValueError, match="cannot read a token"):
        build(n_experts, n_active)
