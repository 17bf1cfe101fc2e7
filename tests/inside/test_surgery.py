"""Surgery on feed-forward networks: it does what it says while its block lasts, and nothing after."""

import pytest
import torch
from torch.testing import assert_close

from lmkit.inside import interventions, surgery
from tests.inside.test_neurons import LAYERS, NEURONS, VOCAB, make_model

TOKENS = torch.randint(VOCAB, (8, 12), generator=torch.Generator().manual_seed(0))
CLOSE = dict(rtol=1e-3, atol=1e-4)


@pytest.fixture(scope="module")
def model():
    return make_model().requires_grad_(False)


def networks_replaced(model, functions):
    return interventions.replaced({model.blocks[layer].feed_forward: f for layer, f in functions.items()})


def test_to_straighten_what_is_straight_changes_nothing():
    model = make_model().requires_grad_(False)
    for block in model.blocks:
        block.feed_forward.read.bias += 20  # so far above 0, GELU is a line
    before = model(TOKENS)
    lines = surgery.best_lines(model, TOKENS)
    assert len(lines) == LAYERS
    with networks_replaced(model, dict(enumerate(lines))):
        assert_close(model(TOKENS), before, **CLOSE)


def read_by(model, layer):
    """What the feed-forward network of a layer reads and writes on TOKENS."""
    seen = []
    with model.blocks[layer].feed_forward.register_forward_hook(lambda _, x, y: seen.append((x[0], y))):
        model(TOKENS)
    return seen[0]


@pytest.mark.parametrize("layer", range(LAYERS))
def test_what_a_line_leaves_over_is_at_right_angles_to_all_that_it_reads_so_no_line_comes_closer(model, layer):
    x, y = (part.flatten(0, 1) for part in read_by(model, layer))
    left_over = y - surgery.best_lines(model, TOKENS)[layer](x)
    assert_close(x.T @ left_over, torch.zeros(x.shape[1], y.shape[1]), **CLOSE)
    assert_close(left_over.mean(dim=0), torch.zeros(y.shape[1]), **CLOSE)
    assert left_over.abs().max() > 0.1  # the network is no line


@pytest.mark.parametrize("kept", [0, 1, 7, NEURONS])
def test_thinned_out_the_neurons_that_write_most_stay(kept):
    model, loudness = make_model(), torch.rand(LAYERS, NEURONS, generator=torch.Generator().manual_seed(1))
    with surgery.thinned_out(model, loudness, kept / NEURONS):
        alive = [layer != 0 for layer in heard(model)]
    for layer, stays in enumerate(alive):
        size = loudness[layer] * model.blocks[layer].feed_forward.write.weight.norm(dim=0)
        assert stays.sum() == kept
        assert all(size[stays][:, None].ge(size[~stays]).flatten())


def heard(model):
    """What each neuron hands to the matrix that writes when all say 1."""
    for block in model.blocks:
        ones = torch.ones(NEURONS)
        for hook in block.feed_forward.write._forward_pre_hooks.values():
            (ones,) = hook(block.feed_forward.write, (ones,))
        yield ones


def test_thinned_out_to_nothing_is_removed_but_for_the_bias(model):
    loudness = torch.ones(LAYERS, NEURONS)
    biases = {i: lambda x, b=block.feed_forward.write.bias: b.expand_as(x) for i, block in enumerate(model.blocks)}
    with surgery.thinned_out(model, loudness, 0.0):
        thinned = model(TOKENS)
    with networks_replaced(model, biases):
        assert_close(thinned, model(TOKENS))
    whole = model(TOKENS)
    assert not torch.allclose(whole, thinned)
    with surgery.thinned_out(model, loudness, 1.0):
        assert torch.equal(model(TOKENS), whole)
