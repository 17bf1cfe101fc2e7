"""The optimizer: what decays, how the learning rate goes, and that AdamW is the formula."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from lmkit.training import learning_rate, make_optimizer
from tests.training.small import build, config

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
        (dict(learning_rate=math.inf), "learning_rate is inf"),
        (dict(clip=math.nan), "clip is nan"),
        (dict(final_share=1.5), "final_share is 1.5"),
    ],
)
def test_numbers_that_cannot_be_are_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        config(**changes)


def test_an_unknown_precision_is_refused(monkeypatch):
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    with pytest.raises(ValueError, match="precision is 'float16', but must be 'auto' or 'float32'"):
        config(precision="float16")
