"""Two processes do what one does, with torchrun as it comes and no change to the code."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.testing import assert_close

from lmkit.learning.training import checkpoint, loop
from lmkit.learning.training.processes import Processes
from tests.learning.training.small import config

HERE = Path(__file__).parent
RUNS = {
    "copies": dict(),
    "shares": dict(sharded=True),
    "masked": dict(hide=True),
    "exact copies": dict(steps=20, float64=True),
    "exact shares": dict(steps=20, float64=True, sharded=True, keep=True),
    "exact masked": dict(steps=20, float64=True, hide=True),
    "bfloat16 shares": dict(steps=5, precision="auto", sharded=True),
}
EXACT = [name for name in RUNS if name.startswith("exact")]
FLOAT32 = ["copies", "shares", "masked"]


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Do all runs in one process, and in two at a time; the batch, of all processes together, is the same."""
    folder = tmp_path_factory.mktemp("processes")
    orders = [dict(name=name, **order) for name, order in RUNS.items()]
    resumed = RUNS["exact shares"] | dict(name="exact shares", resume=True)
    start(folder / "one", [], orders)
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    printed = start(folder / "two", launcher, orders)
    loaded = {name: [torch.load(folder / how / f"{name}.pt") for how in ("one", "two")] for name in RUNS}
    checkpoint.all_of(folder / "two" / "exact shares")[-1].unlink()
    start(folder / "two", launcher, [resumed])
    return loaded | {"printed": printed, "folder": folder}


def start(folder, launcher, orders):
    folder.mkdir(exist_ok=True)
    environment = os.environ | {"PYTHONPATH": str(HERE.parents[2]), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *launcher, HERE / "worker.py", folder, json.dumps(orders)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    return done.stderr


@pytest.mark.parametrize("name", FLOAT32)
def test_two_processes_have_the_gradients_of_one(results, name):
    """Within 1e-8, and the rounding of float32, which is more than that for the largest of these gradients."""
    one, two = (result["gradients"] for result in results[name])
    for weight in one:
        rounding = 2**-22 * one[weight].abs().max().item()
        assert_close(two[weight], one[weight], rtol=0, atol=1e-8 + rounding)


@pytest.mark.parametrize("name", EXACT)
def test_in_float64_they_have_them_to_15_places(results, name):
    one, two = results[name]
    assert_close(two["gradients"], one["gradients"], rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", FLOAT32)
def test_two_processes_have_the_losses_of_one(results, name):
    one, two = results[name]
    assert_close(two["losses"], one["losses"], rtol=0, atol=2e-6)


@pytest.mark.parametrize("name", EXACT)
def test_two_processes_have_the_weights_of_one_after_20_steps(results, name):
    """In float64. In float32 AdamW divides small gradients by their own size, which makes rounding visible."""
    one, two = results[name]
    assert len(one["losses"]) == 20
    assert_close(two["weights"], one["weights"], rtol=0, atol=1e-12)


def test_bfloat16_runs_in_shares(results):
    one, two = results["bfloat16 shares"]
    assert_close(two["losses"], one["losses"], rtol=0, atol=0.02)


def test_only_the_first_process_prints(results):
    assert results["printed"].count("?tok/s") == len(RUNS)  # how each bar begins


def test_shares_are_resumed_bit_for_bit(results):
    """The last checkpoint was deleted, so that the resumed run had to do its last 10 steps again."""
    before, after = results["exact shares"][1], torch.load(results["folder"] / "two" / "exact shares.pt")
    assert after["losses"] == before["losses"]
    assert_close(after["weights"], before["weights"], rtol=0, atol=0)


def test_shares_are_kept_as_wholes(results):
    """The file that two processes wrote has the weights whole: those of the run in one process."""
    folders = (results["folder"] / how / "exact shares" for how in ("one", "two"))
    one, two = (checkpoint.load(checkpoint.all_of(folder)[-1])[0] for folder in folders)
    assert one.keys() == two.keys()
    for name in one:
        assert_close(two[name], one[name], rtol=0, atol=1e-12)


def test_a_batch_that_cannot_be_shared_evenly_is_refused():
    with pytest.raises(ValueError, match="batch_size=4 cannot be shared evenly by 3 processes: use a multiple"):
        loop._check_shares(config(), Processes(0, 3))
