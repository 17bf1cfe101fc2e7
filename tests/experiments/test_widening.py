"""A widened model begins as the model it was, and the new weights cost the same as neurons and as heads."""

import pytest
import torch

from lmkit.experiments import recorded, widening

TOKENS = torch.randint(2, 700, (2, 40), generator=torch.Generator().manual_seed(0))
WIDER = [way for way in widening.WAYS if way != "as it is"]


def size(model):
    return sum(weight.numel() for weight in model.parameters())


@torch.no_grad()
@pytest.mark.parametrize("way", WIDER)
def test_new_parts_write_nothing_at_first_and_can_learn(way):
    plain, wider = widening.build("tiny", "as it is", 0), widening.build("tiny", way, 0)
    torch.testing.assert_close(wider(TOKENS), plain(TOKENS), rtol=0, atol=1e-6)
    with torch.enable_grad():
        wider(TOKENS).square().mean().backward()
    new = {name: weight.grad for name, weight in wider.named_parameters() if ".new." in name}
    assert any(gradient is not None and gradient.any() for gradient in new.values())


def test_neurons_and_heads_cost_the_same():
    plain, *wider = (size(widening.build("tiny", way, 0)) for way in widening.WAYS)
    assert len(set(wider)) == 1
    assert wider[0] - plain == 4 * 4 * 64**2  # 4 blocks, 4 · d_model² each


def test_a_wider_network_is_two_beside_each_other():
    old, new = torch.nn.Linear(3, 3), torch.nn.Linear(3, 3)
    x = torch.randn(5, 3)
    torch.testing.assert_close(widening.Beside(old, new)(x), old(x) + new(x))


def test_what_is_recorded_says_what_the_chapter_says():
    """No way to train on parts from the others by more than two runs of one way part."""
    results = recorded("widening")["results"]
    assert results["steps"] == widening.STEPS and list(results["models"]) == list(widening.MODELS)
    for name, ways in results["models"].items():
        assert list(ways) == list(widening.WAYS)
        assert [one["weights"] for one in ways.values()] == [size(widening.build(name, way, 0)) for way in ways]
        means = [sum(one["after"]) / len(one["after"]) for one in ways.values()]
        spread = max(abs(one["after"][0] - one["after"][1]) for one in ways.values())
        assert max(means) - min(means) < spread
    plain = {name: ways["as it is"] for name, ways in results["models"].items()}
    gains = {name: one["before"] - min(one["after"]) for name, one in plain.items()}
    assert gains["tiny"] > 0.005 > gains["book"]
