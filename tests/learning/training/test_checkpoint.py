"""Checkpoints: what is written comes back, what is damaged is noticed, and nothing destroys the one before."""

import errno
import os
import pickle
import resource
import signal

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmkit.learning.training import CheckpointError, checkpoint, fit
from tests.learning.training.small import build, config, tensors_of, text

TENSORS = {
    "weight": torch.randn(3, 4, generator=torch.Generator().manual_seed(0)),
    "half": torch.ones(5, dtype=torch.bfloat16),
    "state": torch.arange(7, dtype=torch.uint8),
    "step": torch.tensor(4.0),
}
FACTS = {"step": 3, "best": float("inf"), "name": "ü"}


def test_what_is_saved_comes_back_bit_for_bit(tmp_path):
    checkpoint.save(tmp_path, 3, TENSORS, FACTS)
    tensors, facts = checkpoint.load(checkpoint.path_of(tmp_path, 3))
    assert facts == FACTS
    assert tensors.keys() == TENSORS.keys()
    assert all(
        torch.equal(tensors[name], tensor) and tensors[name].dtype == tensor.dtype for name, tensor in TENSORS.items()
    )


def test_the_newest_two_are_kept(tmp_path):
    for step in (1, 9, 10, 100):
        checkpoint.save(tmp_path, step, TENSORS, FACTS)
    assert checkpoint.all_of(tmp_path) == [checkpoint.path_of(tmp_path, 10), checkpoint.path_of(tmp_path, 100)]
    assert len(list(tmp_path.iterdir())) == 2


def test_no_pickle_is_in_a_checkpoint(tmp_path):
    checkpoint.save(tmp_path, 3, TENSORS, FACTS)
    data = checkpoint.path_of(tmp_path, 3).read_bytes()
    with pytest.raises(pickle.UnpicklingError):
        pickle.loads(data)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_bit_is_noticed_wherever_it_is(tmp_path, data):
    checkpoint.save(tmp_path, 3, TENSORS, FACTS)
    path = checkpoint.path_of(tmp_path, 3)
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="is damaged .* delete it, then start anew"):
        checkpoint.load(path)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_checkpoint_cut_short_is_noticed_and_the_one_before_named(tmp_path, data):
    checkpoint.save(tmp_path, 2, TENSORS, FACTS)
    checkpoint.save(tmp_path, 3, TENSORS, FACTS)
    path = checkpoint.path_of(tmp_path, 3)
    os.truncate(path, data.draw(st.integers(0, path.stat().st_size - 1)))
    with pytest.raises(CheckpointError, match="go on from step-00000002.safetensors with resume=True"):
        checkpoint.load(path)


def test_after_a_damaged_checkpoint_is_deleted_the_run_goes_on_from_the_one_before(tmp_path):
    whole = build()
    fit(whole, text(), text(200, seed=1), config(), folder=tmp_path, show=False)
    newest = checkpoint.all_of(tmp_path)[-1]
    os.truncate(newest, 1000)
    with pytest.raises(CheckpointError, match="is damaged"):
        fit(build(), text(), text(200, seed=1), config(), folder=tmp_path, resume=True, show=False)
    newest.unlink()
    resumed = build()
    history = fit(resumed, text(), text(200, seed=1), config(), folder=tmp_path, resume=True, show=False)
    assert [step.step for step in history.steps] == list(range(1, 31))
    assert all(torch.equal(a, b) for a, b in zip(whole.parameters(), resumed.parameters(), strict=True))


# --- A full disk ---


def fill_disk_at(monkeypatch, name, count):
    """From the count-th call on, os.<name> says that the disk is full."""
    call, calls = getattr(os, name), []

    def full(*args, **kwargs):
        calls.append(name)
        if len(calls) >= count:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return call(*args, **kwargs)

    monkeypatch.setattr(os, name, full)


@pytest.mark.parametrize("name, count", [("fsync", 5), ("fsync", 4), ("replace", 2)])
def test_a_full_disk_leaves_the_last_good_checkpoint(tmp_path, monkeypatch, name, count):
    """Of three calls of fsync, one is for the log, one for the checkpoint, and one for the folder."""
    run = dict(train_tokens=text(), valid_tokens=text(200, seed=1), config=config(), folder=tmp_path, show=False)
    with monkeypatch.context() as patch:
        fill_disk_at(patch, name, count)
        says = (
            "checkpoint of step 10 could not be written .*: No space left on device.*step-00000000.* is kept.*Make room"
        )
        with pytest.raises(CheckpointError, match=says):
            fit(build(), **run)
    assert not list(tmp_path.glob("*.unfinished"))
    resumed, whole = build(), build()
    fit(resumed, **run, resume=True)
    fit(whole, **run | {"folder": None})
    assert tensors_of(resumed).keys() == tensors_of(whole).keys()
    assert all(torch.equal(a, b) for a, b in zip(resumed.parameters(), whole.parameters(), strict=True))


@pytest.mark.skipif(os.name != "posix", reason="limits the size of files as POSIX does")
def test_a_file_that_the_system_cuts_off_gets_no_name(tmp_path):
    """A real write that stops half-way: the system refuses to let a file grow beyond 2000 bytes."""
    checkpoint.save(tmp_path, 1, TENSORS, FACTS)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            checkpoint.save(tmp_path, 2, {"large": torch.zeros(10_000)}, FACTS)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000001.safetensors"]
    checkpoint.load(checkpoint.path_of(tmp_path, 1))
