"""The feed-forward network is its formula, applied to every position alone."""

import jaxtyping
import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lmkit.model.feedforward import ACTIVATIONS, FeedForward


@pytest.fixture
def as_a_reader(monkeypatch):
    """Readers run without the run-time check of annotations, so they must meet lmkit's own messages."""
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)


@pytest.mark.parametrize(
    ("activation", "module"),
    [("relu", nn.ReLU()), ("gelu", nn.GELU()), ("gelu_tanh", nn.GELU(approximate="tanh"))],
)
def test_without_a_gate_it_is_linear_activation_linear(activation, module):
    torch.manual_seed(0)
    network = FeedForward(4, 7, activation)
    x = torch.randn(2, 3, 4)
    assert_close(network(x), nn.Sequential(network.read, module, network.write)(x))


def test_the_two_gelus_differ():
    torch.manual_seed(0)
    x = torch.randn(100)
    difference = (ACTIVATIONS["gelu"](x) - ACTIVATIONS["gelu_tanh"](x)).abs().max()
    assert 0 < difference < 1e-3


def test_with_a_gate_silu_of_the_gate_multiplies_what_is_read():
    torch.manual_seed(0)
    network = FeedForward(4, 7, "swiglu", bias=False)
    x = torch.randn(2, 3, 4)
    gate, read = x @ network.gate.weight.T, x @ network.read.weight.T
    assert_close(network(x), (gate * gate.sigmoid() * read) @ network.write.weight.T)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_position_is_computed_alone(activation):
    torch.manual_seed(0)
    network = FeedForward(4, 7, activation)
    x = torch.randn(2, 3, 4)
    alone = torch.stack([network(x[:, i]) for i in range(3)], dim=1)
    assert_close(network(x), alone)


def test_outputs_can_be_negative():
    """They could not if a second relu followed the last layer."""
    torch.manual_seed(0)
    assert (FeedForward(4, 7, "relu")(torch.randn(50, 4)) < 0).any()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_output_is_a_sum_of_what_each_neuron_writes(activation):
    torch.manual_seed(0)
    network = FeedForward(4, 7, activation)
    neurons = []
    network.write.register_forward_hook(lambda module, inputs, output: neurons.append(inputs[0]))
    x = torch.randn(2, 3, 4)
    output = network(x)
    written = neurons[0][..., None] * network.write.weight.T  # (batch, position, neuron, d_model)
    assert neurons[0].shape == (2, 3, 7)
    assert_close(written.sum(-2) + network.write.bias, output)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_without_bias_nothing_in_gives_nothing_out(activation):
    network = FeedForward(4, 7, activation, bias=False)
    assert [name for name, _ in network.named_parameters() if "bias" in name] == []
    assert (network(torch.zeros(1, 4)) == 0).all()


def test_an_unknown_activation_is_refused():
    with pytest.raises(ValueError, match=r"'tanh'.*relu, gelu, gelu_tanh, swiglu"):
        FeedForward(4, 7, "tanh")


def test_vectors_of_another_length_are_refused(as_a_reader):
    with pytest.raises(ValueError, match=r"5 numbers.*d_model=4"):
        FeedForward(4, 7)(torch.zeros(2, 5))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.int64])
def test_vectors_of_another_dtype_are_refused(dtype, as_a_reader):
    with pytest.raises(TypeError, match=rf"{dtype}.*torch\.float32"):
        FeedForward(4, 7)(torch.zeros(2, 4, dtype=dtype))


def test_under_autocast_any_floating_point_is_read():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert FeedForward(4, 7)(torch.ones(2, 4, dtype=torch.bfloat16)).shape == (2, 4)
