"""Costs: what arithmetic says is what PyTorch counts, for every shape of model."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.learning import costs
from lmkit.learning.objectives import loss
from lmkit.model.attention import Cache
from lmkit.model.transformer import Transformer, TransformerConfig

BASE = TransformerConfig(vocab_size=50, n_layers=2, n_heads=4, d_model=32)
configs = st.builds(
    lambda **changes: replace(BASE, **changes),
    n_layers=st.integers(1, 3),
    d_hidden=st.sampled_from([16, 100]),
    n_kv_heads=st.sampled_from([1, 2, 4]),
    activation=st.sampled_from(["gelu", "swiglu"]),
    norm=st.sampled_from(["layer", "rms"]),
    bias=st.booleans(),
    tied=st.booleans(),
    qk_norm=st.booleans(),
    n_experts=st.sampled_from([1, 3]),
)


@settings(max_examples=30)
@given(config=configs)
def test_parameters_are_as_many_as_the_model_has(config):
    assert costs.count_parameters(config) == sum(weight.numel() for weight in Transformer(config).parameters())


def test_of_experts_only_those_that_read_a_token_are_active():
    one, four = replace(BASE, n_experts=1), replace(BASE, n_experts=4, bias=False)
    active = costs.count_parameters(four, active=True)
    assert active == costs.count_parameters(replace(one, bias=False)) + 2 * 32 * 4  # and the routers


@settings(max_examples=15)
@given(config=configs, batch=st.integers(1, 3), length=st.integers(2, 30))
def test_operations_are_those_that_pytorch_counts(config, batch, length):
    model, tokens = Transformer(config), torch.ones(batch, length, dtype=torch.int64)
    forward = costs.counted_flops(model, lambda: model(tokens))
    assert forward == costs.forward_flops(config, batch, length)
    both = costs.counted_flops(model, lambda: model(tokens).sum().backward())
    assert both == costs.training_flops(config, batch, length)


def test_six_times_parameters_times_tokens_is_close_for_short_texts_and_too_little_for_long_ones():
    config = replace(BASE, vocab_size=768, d_model=64, n_layers=4)
    of_a_token = 6 * costs.count_parameters(config)
    short, long = (of_a_token * length / costs.training_flops(config, 1, length) for length in (16, 2048))
    assert short == pytest.approx(1, abs=0.03)
    assert long < 0.5


@pytest.mark.parametrize("changes", [{}, dict(n_kv_heads=2), dict(n_layers=3, d_hidden=40)])
def test_activations_are_what_the_backward_pass_is_kept_for(changes):
    """Beside them only masks and tables are kept, which do not grow with the batch, and the tokens."""
    config = replace(BASE, **changes)
    model, beside = Transformer(config), []
    for batch in (4, 8):
        tokens = torch.ones(batch, 64, dtype=torch.int64)
        kept = costs.saved_bytes(model, lambda tokens=tokens: loss(model(tokens), tokens))
        beside.append(kept - costs.training_memory(config, batch, 64).activations)
    assert 0 <= beside[0] <= 0.1 * costs.training_memory(config, 4, 64).activations
    assert beside[1] - beside[0] == 4 * 64 * 8  # the token ids of four more texts


def test_training_takes_four_numbers_a_parameter_beside_the_activations():
    memory = costs.training_memory(BASE, 2, 10)
    parameters = costs.count_parameters(BASE)
    assert memory.total - memory.activations == 16 * parameters
    model = Transformer(BASE)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(2, 10, dtype=torch.int64)).sum().backward()
    optimizer.step()
    averages = [x for state in optimizer.state.values() for x in state.values() if x.ndim]
    assert sum(x.nbytes for x in averages) == memory.optimizer
    assert sum(weight.grad.nbytes for weight in model.parameters()) == memory.gradients


@pytest.mark.parametrize("n_kv_heads", [1, 2, 4])
def test_a_cache_holds_as_many_bytes_as_it_is_said_to(n_kv_heads):
    config = replace(BASE, n_kv_heads=n_kv_heads)
    model = Transformer(config)
    caches = model.make_cache()
    model(torch.ones(3, 17, dtype=torch.int64), cache=caches)
    held = sum(x[:, :, : cache.length].numel() * 4 for cache in caches for x in (cache.keys, cache.values))
    assert isinstance(caches[0], Cache) and held == costs.cache_bytes(config, 17, batch=3)


def test_the_peak_is_the_most_at_a_time_and_not_the_sum():
    def two_after_each_other():
        for _ in range(2):
            torch.zeros(1_000_000)

    assert costs.peak_bytes(two_after_each_other) == pytest.approx(4_000_000, rel=0.01)


def test_what_is_not_counted_is_refused():
    with pytest.raises(ValueError, match="positions='learned'"):
        costs.forward_flops(replace(BASE, positions="learned"), 1, 8)
    with pytest.raises(ValueError, match="gelu"):
        costs.training_memory(replace(BASE, activation="swiglu"), 1, 8)
