"""Opacus reads lmkit's models rightly, and trains them with clipped gradients and noise."""

import sys

import pytest
import torch

from lmkit.learning import finetuning, lora
from lmkit.learning.privacy import dp_sgd
from lmkit.learning.privacy.texts import losses, losses_of
from lmkit.model.transformer import Transformer, TransformerConfig

pytest.importorskip("opacus")
SIZE = dict(vocab_size=30, n_layers=2, n_heads=2, d_model=16, n_kv_heads=1)
KINDS = {
    "the book's": {},
    "as Llama": dict(norm="rms", bias=False, activation="swiglu", tied=False),
}


def new(**changes):
    return Transformer(TransformerConfig(**SIZE, **changes), torch.Generator().manual_seed(0))


@pytest.fixture
def rows():
    rows = torch.randint(1, 30, (12, 9), generator=torch.Generator().manual_seed(1))
    rows[::3, 5:] = finetuning.PADDING
    return rows


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradient_of_each_text_is_that_of_its_own_loss(kind, rows):
    model = new(**KINDS[kind])
    found = dp_sgd.gradients(model, rows)
    weights = list(model.parameters())
    for number in (0, 1):
        loss = losses_of(model, rows[number : number + 1])[0]
        alone = torch.cat([each.flatten() for each in torch.autograd.grad(loss, weights)])
        torch.testing.assert_close(found[number], alone, atol=1e-5, rtol=1e-3)


def train(model, rows, **changes):
    settings = dict(steps=6, share=0.5, clip=1.0, noise=0.0, rate=1e-2, seed=0)
    return dp_sgd.fit_privately(model, rows, **settings | changes)


def test_it_learns_and_leaves_no_hook_behind(rows):
    model = new()
    before = losses(model, rows).mean()
    history = train(model, rows, steps=30)
    assert len(history) == 30 and losses(model, rows).mean() < before - 0.5
    assert not any(module._forward_hooks or module._backward_hooks for module in model.modules())
    assert not any(hasattr(weight, "grad_sample") or weight.grad is not None for weight in model.parameters())


def test_the_same_seed_trains_the_same_model_and_noise_another(rows):
    models = [new() for _ in range(3)]
    for model, noise in zip(models, (0.5, 0.5, 0.0), strict=True):
        train(model, rows, noise=noise)
    weights = [model.embed.weight for model in models]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])


def test_what_is_frozen_stays_where_lora_is_trained_privately(rows):
    model = new()
    lora.add(model, ["*.to_query"], rank=2, alpha=4.0)
    before = model.embed.weight.clone()
    train(model, rows)
    assert torch.equal(model.embed.weight, before)
    assert model.blocks[0].attention.to_query.up.abs().max() > 0


@pytest.mark.parametrize("kind", ["learned", "relative"])
def test_positions_that_all_texts_share_are_refused(kind, rows):
    with pytest.raises(ValueError, match="rotary"):
        train(new(positions=kind), rows)


def test_the_noise_that_is_found_keeps_to_the_epsilon_and_rdp_finds_it_larger():
    noise = dp_sgd.noise_for(epsilon=4.0, delta=1e-5, share=0.05, steps=40)
    spent = [dp_sgd.epsilon_of(noise, 1e-5, 0.05, 40, name) for name in ("prv", "rdp")]
    assert 3.5 < spent[0] <= 4.0 < spent[1]


def test_without_opacus_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "opacus", None)
    with pytest.raises(dp_sgd.MissingOpacus, match="pip install --no-deps opacus"):
        dp_sgd.noise_for(epsilon=4.0, delta=1e-5, share=0.05, steps=40)
