"""The optimizer: what decays, how the learning rate goes, and that AdamW is the formula."""

import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.testing import assert_close

from lmkit.learning.training import TrainingConfig, learning_rate, make_optimizer
from tests.learning.training.small import build, config

schedules = st.builds(
    lambda warmup, rest, share: config(steps=warmup + rest, warmup_steps=warmup, final_share=share),
    st.integers(0, 50),
    st.integers(1, 100),
    st.floats(0, 1),
)


def test_matrices_decay_and_norms_and_biases_do_not():
    model = build(norm="layer")
    decaying, others = make_optimizer(model, config(weight_decay=0.3)).param_groups
    assert (decaying["weight_decay"], others["weight_decay"]) == (0.3, 0.0)
    names = {parameter: name for name, parameter in model.named_parameters()}
    assert {names[w] for w in others["params"]} == {n for n in names.values() if n.endswith("bias") or "norm" in n}
    assert len(decaying["params"]) + len(others["params"]) == len(names)


def test_frozen_weights_are_left_out():
    model = build()
    model.embed.requires_grad_(False)
    groups = make_optimizer(model, config()).param_groups
    assert all(w is not model.embed.weight for group in groups for w in group["params"])


def test_a_step_is_the_formula_in_the_docstring():
    model, settings = build().double(), config(learning_rate=0.1, weight_decay=0.5)
    optimizer = make_optimizer(model, settings)
    weight, bias = model.blocks[0].feed_forward.read.weight, model.blocks[0].feed_forward.read.bias
    for parameter, decay in ((weight, 0.5), (bias, 0.0)):
        gradient = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0)).double()
        parameter.grad = gradient
        parameter.expected = parameter.detach() * (1 - 0.1 * decay) - 0.1 * gradient / (gradient.abs() + 1e-8)
    optimizer.step()
    assert_close(weight.detach(), weight.expected)
    assert_close(bias.detach(), bias.expected)


@given(schedule=schedules)
def test_the_learning_rate_rises_to_its_peak_and_falls_to_its_final_share(schedule):
    rates = [learning_rate(step, schedule) for step in range(1, schedule.steps + 1)]
    peak = schedule.warmup_steps
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert max(rates) <= schedule.learning_rate
    assert math.isclose(rates[-1], schedule.learning_rate * schedule.final_share, abs_tol=1e-15)
    if peak:
        assert rates[peak - 1] == schedule.learning_rate


@given(schedule=schedules.filter(lambda schedule: (schedule.steps - schedule.warmup_steps) % 2 == 0))
def test_halfway_down_the_learning_rate_is_the_middle_of_peak_and_end(schedule):
    halfway = (schedule.warmup_steps + schedule.steps) // 2
    middle = schedule.learning_rate * (1 + schedule.final_share) / 2
    assert math.isclose(learning_rate(halfway, schedule), middle)


@pytest.mark.parametrize(
    "changes, says",
    [
        (dict(steps=0), "steps is 0, but must be 1 or more"),
        (dict(row_length=1), "row_length is 1, but must be 2 or more"),
        (dict(patience=0), "patience is 0"),
        (dict(learning_rate=0.0), "learning_rate is 0.0, but must be above 0 and finite"),
        (dict(final_share=1.5), "final_share is 1.5"),
        (dict(weight_decay=-0.1), "weight_decay is -0.1, but must be 0 or more and finite"),
        (dict(betas=(0.9, 1.0)), r"betas\[1\] is 1.0, but must be 0 or more and below 1"),
        (dict(betas=(0.9,)), "must be two numbers"),
        (dict(steps=30, warmup_steps=31), "warmup_steps is 31, but the run ends after steps=30"),
        (dict(steps=None), "steps is None, but must be a whole number"),
    ],
)
def test_numbers_that_cannot_be_are_refused(monkeypatch, changes, says):
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    with pytest.raises(ValueError, match=says):
        config(**changes)


NUMBERS = [field for field in dataclasses.fields(TrainingConfig) if field.name not in ("precision", "sharded")]


@pytest.mark.parametrize("field", NUMBERS, ids=lambda field: field.name)
def test_no_number_may_be_nan_infinite_true_or_text_and_no_count_a_fraction(monkeypatch, field):
    """A float as the number of steps is never met, and NaN passes any test for being too small."""
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    wrong = [math.nan, math.inf, -math.inf, True, "4"]
    if field.name == "betas":
        wrong = [(0.9, one) for one in wrong]
    elif "int" in str(field.type):
        wrong += [10 / 2, 0.5, -(2**80)]
    for value in wrong:
        with pytest.raises(ValueError, match=f"{field.name}.* is .*, but must be"):
            config(**{field.name: value})


def test_whole_numbers_of_numpy_are_whole_numbers(monkeypatch):
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    assert config(steps=np.int64(30)) == config(steps=30)


@pytest.mark.parametrize("steps, warmup", [(1, 0), (40, 20), (100, 50), (5000, 50)])
def test_a_warmup_that_is_not_given_fits_in_the_run(steps, warmup):
    assert TrainingConfig(steps=steps).warmup_steps == warmup


def test_a_model_without_anything_to_train_is_refused():
    with pytest.raises(ValueError, match="every weight of the model is frozen: there is nothing to train"):
        make_optimizer(build().requires_grad_(False), config())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_weights_of_16_bits_are_not_trained(dtype):
    """A step that is small beside the weight would leave it as it was."""
    weight = torch.tensor(1.0, dtype=dtype)
    assert weight - 1e-4 == weight
    with pytest.raises(ValueError, match=r"small steps are lost in rounding: freeze them, or call model.float\(\)"):
        make_optimizer(build().to(dtype), config())
    half = build().to(dtype).requires_grad_(False)
    half.unembed = nn.Linear(8, 16)
    assert len(make_optimizer(half, config()).param_groups[0]["params"]) == 1


def test_an_unknown_precision_is_refused(monkeypatch):
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    with pytest.raises(ValueError, match="precision is 'float16', but must be 'auto' or 'float32'"):
        config(precision="float16")
