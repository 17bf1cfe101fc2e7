"""Resuming: bit for bit what an uninterrupted run would have done, and only for the same run."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lmkit.learning.training import CheckpointError, checkpoint, fit, loop, next_token
from tests.learning.training.small import build, config, masked, tensors_of, text

HERE = Path(__file__).parent
VALID = text(200, seed=1)


def train(model, folder=None, resume=False, settings=None, objective=next_token, tokens=None, watch=lambda *_: None):
    tokens = text() if tokens is None else tokens
    options = dict(objective=objective, folder=folder, resume=resume, watch=watch, show=False)
    return fit(model, tokens, VALID, settings or config(), **options)


class Stop(Exception):
    """The power is cut."""


def stop_at(step):
    def watch(now, model):
        if now == step:
            raise Stop

    return watch


def assert_same_checkpoint(first, second):
    """Every weight, every tensor of the optimizer and every random state is the same; so are all facts but the time."""
    (tensors, facts), (others, other_facts) = (checkpoint.load(checkpoint.all_of(path)[-1]) for path in (first, second))
    assert tensors.keys() == others.keys()
    assert all(torch.equal(tensors[name], others[name]) for name in tensors)
    assert facts["state"] | {"seconds": 0} == other_facts["state"] | {"seconds": 0}


def with_dropout():
    """A model that draws from PyTorch's own random numbers in training."""
    torch.manual_seed(3)
    model = build()
    model.blocks[0].feed_forward_norm = nn.Sequential(model.blocks[0].feed_forward_norm, nn.Dropout(0.2))
    return model


RUNS = {
    "next token": dict(),
    "masked": dict(objective=masked()),
    "bfloat16": dict(settings=config(precision="auto")),
    "patience": dict(settings=config(patience=5)),
    "documents": dict(settings=config(start_token=0)),
}


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("step", [0, 20])
def test_a_resumed_run_ends_as_an_uninterrupted_one(tmp_path, monkeypatch, name, step):
    monkeypatch.setattr(loop, "bfloat16_is_faster", lambda device: True)
    whole, resumed = with_dropout(), with_dropout()
    torch.manual_seed(5)
    expected = train(whole, tmp_path / "whole", **RUNS[name])
    torch.manual_seed(5)
    with pytest.raises(Stop):
        train(resumed, tmp_path / "cut", watch=stop_at(step), **RUNS[name])
    torch.manual_seed(99)  # another process would have other numbers
    monkeypatch.setattr(loop, "bfloat16_is_faster", lambda device: False)  # and might measure otherwise
    fresh = with_dropout()
    history = train(fresh, tmp_path / "cut", resume=True, **RUNS[name])
    assert history.steps == expected.steps
    assert [e[:3] for e in history.evaluations] == [e[:3] for e in expected.evaluations]
    seconds = [evaluation.seconds for evaluation in history.evaluations]
    assert seconds == sorted(seconds)  # what passed before the cut is counted
    assert_close(tensors_of(fresh), tensors_of(whole), rtol=0, atol=0)
    assert_same_checkpoint(tmp_path / "whole", tmp_path / "cut")


def test_bfloat16_gives_other_numbers_than_float32(monkeypatch):
    """So that the test above is one of bfloat16."""
    models = [build(), build()]
    for model, faster in zip(models, (True, False), strict=True):
        monkeypatch.setattr(loop, "bfloat16_is_faster", lambda device, faster=faster: faster)
        train(model, settings=config(precision="auto"))
    assert not torch.equal(models[0].embed.weight, models[1].embed.weight)
    assert all(parameter.dtype == torch.float32 for parameter in models[0].parameters())
    assert not any(block.attention.attend.explicit for block in models[0].blocks)


def test_resuming_a_run_that_is_over_changes_nothing(tmp_path):
    model, again = build(), build()
    history = train(model, tmp_path)
    content = (tmp_path / "log.jsonl").read_bytes()
    assert train(again, tmp_path, resume=True) == history
    assert_close(tensors_of(again), tensors_of(model), rtol=0, atol=0)
    assert (tmp_path / "log.jsonl").read_bytes() == content


def test_a_run_that_lost_its_patience_does_not_go_on(tmp_path):
    noise, settings = text(60) * 7 % 16, config(steps=500, evaluate_every=5, patience=2, learning_rate=0.05)
    model, again = build(), build()
    history = train(model, tmp_path, settings=settings, tokens=noise)
    assert history.steps[-1].step < 500
    assert train(again, tmp_path, resume=True, settings=settings, tokens=noise) == history
    assert_close(tensors_of(again), tensors_of(model), rtol=0, atol=0)


# --- Killed ---


def kill(folder, what, count, **changes):
    order = dict(name="run", kill=[what, count], keep=True, **changes)
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[2]), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, HERE / "worker.py", folder, json.dumps([order])]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == -9, done.stderr


@pytest.mark.parametrize(
    "what, count, precision",
    [
        ("step", None, "auto"),  # at any step
        ("fsync", 5, "float32"),  # the second checkpoint is written, and has no name yet
        ("replace", 3, "float32"),  # the third is on the disk whole, and has no name yet; its log is written
    ],
)
def test_a_killed_process_loses_no_checkpoint_and_is_resumed_bit_for_bit(tmp_path, monkeypatch, what, count, precision):
    count = count or random.SystemRandom().randint(1, 30)
    print(f"killed at {what} {count}")  # shown if this fails
    kill(tmp_path, what, count, precision=precision)
    monkeypatch.setattr(loop, "bfloat16_is_faster", lambda device: True)
    settings = config(precision=precision)
    whole, resumed = build(), build()
    torch.manual_seed(0)
    expected = train(whole, tmp_path / "whole", settings=settings)
    history = train(resumed, tmp_path / "run", resume=True, settings=settings)
    assert history.steps == expected.steps, f"killed at {what} {count}"
    assert_close(tensors_of(resumed), tensors_of(whole), rtol=0, atol=0)
    assert_same_checkpoint(tmp_path / "whole", tmp_path / "run")
    log = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    assert [record["step"] for record in log if "loss" in record] == list(range(1, 31))


# --- Refused ---


@pytest.fixture
def begun(tmp_path):
    train(build(), tmp_path, settings=config(steps=10))
    return tmp_path


@pytest.mark.parametrize(
    "model, options, says",
    [
        (build(), dict(settings=config(steps=10, learning_rate=0.02)), "config.learning_rate was 0.01 and is now 0.02"),
        (build(), dict(settings=config(steps=20)), "config.steps was 10 and is now 20"),
        (
            build(),
            dict(settings=config(steps=10), tokens=text(999)),
            "train_tokens was 1000 tokens, SHA-256 .* now 999",
        ),
        (build(), dict(settings=config(steps=10), objective=masked()), r"objective was next_token and is now Masked\("),
        (
            build(rotary_base=50.0),
            dict(settings=config(steps=10)),
            "model.config.rotary_base was 10000.0 and is now 50.0",
        ),
        (build(n_layers=3), dict(settings=config(steps=10)), "model.config.n_layers was 2 and is now 3"),
    ],
)
def test_another_run_is_refused_by_what_differs(begun, model, options, says):
    with pytest.raises(CheckpointError, match=f"belongs to another run: .*{says}"):
        train(model, begun, resume=True, **options)


def test_all_that_differs_is_named(begun):
    with pytest.raises(CheckpointError, match="config.steps was .*config.seed was .*Go on with what it was"):
        train(build(), begun, resume=True, settings=config(steps=11, seed=4))


def test_weights_of_another_shape_are_refused(begun):
    model = build()
    model.final_norm = nn.LayerNorm(8, bias=False)
    with pytest.raises(CheckpointError, match=r"weight final_norm.bias has shape None in the model and \(8,\)"):
        train(model, begun, resume=True, settings=config(steps=10))


def test_a_new_run_does_not_overwrite_an_old_one(begun):
    before = {path: path.read_bytes() for path in begun.iterdir()}
    with pytest.raises(
        CheckpointError, match="holds a run already .step-00000010.safetensors.: go on with resume=True"
    ):
        train(build(), begun, settings=config(steps=10))
    assert {path: path.read_bytes() for path in begun.iterdir()} == before


def test_there_must_be_something_to_resume(tmp_path):
    with pytest.raises(CheckpointError, match="there is no checkpoint in"):
        train(build(), tmp_path, resume=True)
    with pytest.raises(CheckpointError, match="nothing to resume without a folder"):
        train(build(), resume=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: None,
        lambda content: content[:100],
        lambda content: b"{" * len(content),
        lambda content: b"\xff" + content[1:],
        lambda content: content.replace(b'"loss"', b'"lost"'),
        lambda content: content.replace(b"1", b"2"),
    ],
)
def test_a_log_that_is_gone_cut_short_or_garbled_is_noticed(begun, change):
    log = begun / "log.jsonl"
    content = change(log.read_bytes())
    log.unlink() if content is None else log.write_bytes(content)
    with pytest.raises(CheckpointError, match="log.jsonl is missing, or its first .* put the file back"):
        train(build(), begun, resume=True, settings=config(steps=10))
