"""The variants of the experiment on feed-forward networks are what their names say, and spend the same budget."""

import pytest
import torch

from lmkit.experiments import feedforward, recorded

X = torch.randn(50, feedforward.D_MODEL, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def models():
    return {name: feedforward.build(variant, seed=0) for name, variant in feedforward.VARIANTS.items()}


def test_every_variant_has_the_same_number_of_weights_within_a_hundredth(models):
    budget = feedforward.block_weights(models["gelu"])
    assert budget == 2 * 12 * feedforward.D_MODEL**2
    for name, model in models.items():
        assert feedforward.block_weights(model) == pytest.approx(budget, rel=0.01), name


@torch.no_grad()
def test_without_an_activation_a_layer_is_additive_and_with_one_it_is_not(models):
    def is_additive(name):
        layer = models[name].blocks[0].feed_forward
        zero, one, other = layer(torch.zeros_like(X)), layer(X), layer(X.flip(0))
        return torch.allclose(layer(X + X.flip(0)) - zero, one + other - 2 * zero, atol=1e-5)

    assert is_additive("linear") and not is_additive("gelu") and not is_additive("relu")


@torch.no_grad()
def test_a_second_relu_leaves_nothing_negative(models):
    once, twice = (models[name].blocks[0].feed_forward(X) for name in ("relu", "twice relu"))
    assert (once < 0).float().mean() > 0.3
    assert (twice >= 0).all()
    torch.testing.assert_close(twice, once.relu())


@torch.no_grad()
@pytest.mark.parametrize("norm", [torch.nn.LayerNorm, torch.nn.RMSNorm])
def test_raised_by_100_a_second_relu_loses_nothing_under_layer_norm_and_much_under_rms_norm(norm):
    """A layer norm subtracts what is the same in all numbers of a vector; an RMS norm does not."""
    once, twice = (feedforward.build(feedforward.VARIANTS[name], seed=0) for name in ("relu", "twice relu"))
    for model in (once, twice):
        model.final_norm = norm(feedforward.D_MODEL)
        for block in model.blocks:
            block.attention_norm, block.feed_forward_norm = norm(feedforward.D_MODEL), norm(feedforward.D_MODEL)
    tokens = torch.arange(40)[None]
    assert not torch.allclose(once(tokens), twice(tokens), atol=0.1)
    for block in twice.blocks:
        block.feed_forward.write.bias += 100
    assert torch.allclose(once(tokens), twice(tokens), atol=1e-2) == (norm is torch.nn.LayerNorm)


@torch.no_grad()
def test_attention_alone_has_no_other_weights(models):
    model = models["attention"]
    matrices = [name for name, parameter in model.blocks.named_parameters() if parameter.ndim == 2]
    assert {name.split(".")[1] for name in matrices} == {"attention"}
    assert not model.blocks[0].feed_forward(X).any()


def test_two_seeds_give_two_models_and_one_seed_gives_one():
    variant = feedforward.VARIANTS["gelu"]
    first, again, other = (feedforward.build(variant, seed).embed.weight for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_what_is_recorded_was_run_by_these_variants():
    results = recorded("feedforward")["results"]
    assert results["steps"] == feedforward.TRAINING.steps
    assert "gelu" in results["variants"] and len(results["variants"]) > 1
    for name, one in results["variants"].items():
        assert one["says"] == feedforward.VARIANTS[name].says
        assert 1 <= len(one["losses"]) <= len(feedforward.SEEDS)


def test_what_is_recorded_bears_what_the_chapter_ranks():
    losses = {name: one["losses"] for name, one in recorded("feedforward")["results"]["variants"].items()}
    mean = {name: sum(runs) / len(runs) for name, runs in losses.items()}
    spread = max(abs(one - other) for one, other in losses.values())
    assert spread == pytest.approx(0.05, abs=0.005)
    assert mean["linear"] - mean["gelu"] > 3 * spread and mean["linear"] <= mean["attention"] < 3
    assert max(mean[name] for name in ("gelu", "relu", "swiglu")) - mean["gelu"] < spread
    assert min(losses["640 neurons"]) > max(losses["gelu"])
    assert mean["640 neurons"] - mean["gelu"] == pytest.approx(0.06, abs=0.005)
    assert mean["twice relu"] - mean["relu"] == pytest.approx(0.02, abs=0.005)
