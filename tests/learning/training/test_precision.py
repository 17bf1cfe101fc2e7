"""Precision: bfloat16 where it was asked for and is faster, with the same result but for its rounding."""

import os
import subprocess
import sys
import time

import pytest
import torch
from torch.testing import assert_close

from lmkit.learning import objectives
from lmkit.learning.training import bfloat16_is_faster, evaluate, fit, loop, precision
from lmkit.model import attention
from tests.learning.training.small import build, config, text

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def asked_for_the_first_time():
    bfloat16_is_faster.cache_clear()
    yield
    bfloat16_is_faster.cache_clear()


@pytest.mark.parametrize("share, faster", [(0.5, True), (0.79, True), (0.81, False), (1.0, False), (8.0, False)])
def test_bfloat16_counts_as_faster_only_by_a_clear_margin(monkeypatch, share, faster):
    seconds = {torch.float32: 1.0, torch.bfloat16: share}
    monkeypatch.setattr(precision, "_products", lambda matrix, clock: 1000 / seconds[matrix.dtype])
    assert bfloat16_is_faster(CPU) == faster


def test_the_measurement_is_short_gives_the_threads_back_and_is_made_once():
    threads, before = torch.get_num_threads(), time.process_time()  # of this process alone: the machine may be busy
    first = bfloat16_is_faster(CPU)
    assert time.process_time() - before < 2 and torch.get_num_threads() == threads
    before = time.process_time()
    assert bfloat16_is_faster(CPU) == first and time.process_time() - before < 0.01


class Product:
    """Stands for a matrix. A product of it computes for a while, and waits for a while, as beside other work."""

    def __init__(self, computes, waits):
        self.computes, self.waits = computes, waits

    def __matmul__(self, other):
        end = time.thread_time() + self.computes
        while time.thread_time() < end:
            pass
        time.sleep(self.waits)
        return torch.zeros(1, 1)


@pytest.mark.parametrize("faster", [True, False])
def test_time_in_which_other_work_runs_is_not_counted(monkeypatch, faster):
    """The one that computes less is the faster, also when it is made to wait and the other is not."""
    few, many = Product(0.001, 0.003), Product(0.002, 0.0)
    monkeypatch.setattr("jaxtyping.config.jaxtyping_disable", True)
    matrices = {torch.bfloat16: few if faster else many, torch.float32: many if faster else few}
    monkeypatch.setattr(precision.torch, "ones", lambda *shape, dtype, device: matrices[dtype])
    assert bfloat16_is_faster(CPU) == faster


def test_the_answer_is_the_same_when_all_cores_are_busy():
    quiet = bfloat16_is_faster(CPU)
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count())]
    busy = []
    try:
        for _ in range(3):
            bfloat16_is_faster.cache_clear()
            busy.append(bfloat16_is_faster(CPU))
    finally:
        for other in others:
            other.kill()
            other.wait()
    assert busy == [quiet] * 3


def test_nobody_measures_when_float32_was_asked_for(monkeypatch):
    measured = []
    monkeypatch.setattr(loop, "bfloat16_is_faster", measured.append)
    fit(build(), text(), text(200), config(steps=1, warmup_steps=0, precision="float32"), show=False)
    assert measured == []


def test_only_within_the_context_attention_is_explicit_and_matrices_are_bfloat16(monkeypatch):
    model, seen = build(), []
    model.blocks[0].attention.attend.register_forward_hook(
        lambda attend, inputs, _: seen.append((attend.explicit, inputs[0].dtype))
    )
    with precision.bfloat16(model, CPU):
        model(text(9)[None])
    model(text(9)[None])
    assert seen == [(True, torch.bfloat16), (False, torch.float32)]


def test_on_a_cpu_softmax_gives_16_bits_and_norms_the_loss_and_gradients_32(monkeypatch):
    model, dtypes = build(), {"softmax": set(), "norm": set()}
    readable = attention.scaled_dot_product_attention

    def spy(*inputs):
        mixed, weights = readable(*inputs)
        dtypes["softmax"].add(weights.dtype)
        return mixed, weights

    monkeypatch.setattr(attention, "scaled_dot_product_attention", spy)
    for norm in (model.blocks[1].attention_norm, model.final_norm):
        norm.register_forward_hook(lambda norm, inputs, output: dtypes["norm"].update((inputs[0].dtype, output.dtype)))
    with precision.bfloat16(model, CPU):
        logits = model(text(9)[None])
    loss = objectives.loss(logits, text(9)[None])
    loss.backward()
    assert dtypes == {"softmax": {torch.bfloat16}, "norm": {torch.float32}}
    assert {loss.dtype} | {weight.grad.dtype for weight in model.parameters()} == {torch.float32}


def test_the_context_ends_even_when_something_fails():
    model = build()
    model.blocks[1].attention.attend.explicit = True
    with pytest.raises(ZeroDivisionError), precision.bfloat16(model, CPU):
        raise ZeroDivisionError
    assert [block.attention.attend.explicit for block in model.blocks] == [False, True]


@pytest.mark.parametrize("kv_heads", [1, 2])
def test_explicit_attention_gives_the_same_by_the_readable_path(monkeypatch, kv_heads):
    query, key = torch.randn(2, 2, 5, 4), torch.randn(2, kv_heads, 5, 4)
    attend, mask = attention.Attend(), attention.causal_mask(5)
    fast = attend(query, key, key, mask)
    monkeypatch.setattr(attention, "fast_attention", lambda *_: pytest.fail("the fast path was taken"))
    attend.explicit = True
    assert_close(attend(query, key, key, mask), fast)


def test_bfloat16_learns_as_well_as_float32(monkeypatch):
    losses = []
    for faster in (True, False):
        monkeypatch.setattr(loop, "bfloat16_is_faster", lambda device, faster=faster: faster)
        model, settings = build(d_model=16), config(steps=150, precision="auto")
        fit(model, text(), text(200, seed=1), settings, show=False)
        losses.append(evaluate(model, text(200, seed=1), settings))
    assert_close(losses[0], losses[1], rtol=0, atol=0.02)
