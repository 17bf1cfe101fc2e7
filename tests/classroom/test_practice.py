"""Where no sandbox can be made, there is practice mode: the same reports, and it does not call itself a sandbox."""

import shutil
import subprocess
import sys

import pytest

from lmkit.classroom import sandbox
from lmkit.classroom.marking import report_on

MASK = "import torch\ndef causal_mask(n):\n    return torch.ones(n, n, dtype=torch.bool).tril()"


@pytest.fixture
def asked_anew():
    sandbox.kind.cache_clear()
    yield
    sandbox.kind.cache_clear()


def test_there_is_only_practice_on_a_mac(asked_anew, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert sandbox.kind() == "practice"


def test_there_is_only_practice_without_bubblewrap(asked_anew, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert sandbox.kind() == "practice"


@pytest.mark.parametrize(("status", "kind"), [(0, "bwrap"), (1, "practice")])
def test_bubblewrap_is_tried_before_it_is_trusted(asked_anew, monkeypatch, status, kind):
    """Some systems have it and do not allow it."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, status))
    assert sandbox.kind() == kind


def test_answers_are_judged_in_practice_mode():
    with sandbox.Sandbox("practice") as box:

        def codes(cell):
            return report_on(box, [cell], "causal_mask", ["causal_mask"], seed=7).codes

        assert codes(MASK) == ()
        assert codes(MASK.replace("    return", "    import os; os._exit(0)\n    return")) == ("process-ended",)
        assert codes(MASK.replace("tril", "triu")) == ("upper-half",)
        assert codes(MASK) == ()
