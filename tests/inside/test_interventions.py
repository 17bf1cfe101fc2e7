"""A part that is replaced says what the function says, and comes back."""

import pytest
import torch
from torch import nn

from lmkit.inside import interventions
from lmkit.model.transformer import Transformer, TransformerConfig

TOKENS = torch.tensor([[1, 2, 3, 4]])


@pytest.fixture(scope="module")
def model():
    config = TransformerConfig(vocab_size=9, n_layers=2, n_heads=2, d_model=8, init_std=0.5)
    return Transformer(config, torch.Generator().manual_seed(0)).eval()


@torch.no_grad()
def test_a_replaced_part_says_what_the_function_says_of_its_input(model):
    x = torch.randn(1, 4, 8, generator=torch.Generator().manual_seed(1))
    one, other, untouched = model.final_norm, model.blocks[0].feed_forward, model.blocks[1].feed_forward
    expected = untouched(x)
    with interventions.replaced({one: lambda given: 3 * given, other: torch.zeros_like}):
        torch.testing.assert_close(one(x), 3 * x)
        assert not other(x).any()
        torch.testing.assert_close(untouched(x), expected)


@torch.no_grad()
def test_a_part_replaced_by_itself_changes_nothing(model):
    before = model(TOKENS)
    norms = [part for part in model.modules() if isinstance(part, nn.LayerNorm)]
    with interventions.replaced({norm: norm.forward for norm in norms}):
        torch.testing.assert_close(model(TOKENS), before, rtol=0, atol=0)


@torch.no_grad()
def test_parts_come_back_when_something_fails_meanwhile(model):
    before = model(TOKENS)
    with pytest.raises(KeyError), interventions.replaced(dict.fromkeys(model.blocks, torch.zeros_like)):
        assert not torch.equal(model(TOKENS), before)
        raise KeyError
    torch.testing.assert_close(model(TOKENS), before, rtol=0, atol=0)
