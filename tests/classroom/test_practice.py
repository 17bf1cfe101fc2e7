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


def test_there_is_only_practice_where_no_program_makes_a_sandbox(asked_anew, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert sandbox.kind() == "practice"


BOTH = ["bwrap", "unshare"]


@pytest.mark.parametrize(
    ("has", "allows", "kind"),
    [
        (BOTH, BOTH, "bwrap"),
        (BOTH, ["unshare"], "unshare"),
        (BOTH, [], "practice"),
        (["unshare"], BOTH, "unshare"),
        (["bwrap"], ["unshare"], "practice"),
    ],
)
def test_a_sandbox_is_tried_before_it_is_trusted(asked_anew, monkeypatch, has, allows, kind):
    """Some systems have a program and do not allow what it does."""

    def run(command, **_):
        return subprocess.CompletedProcess(command, 0 if command[0] in allows else 1)

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}" if name in has else None)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(sandbox, "COMMANDS", {name: lambda _, name=name: [name] for name in sandbox.COMMANDS})
    assert sandbox.kind() == kind


def test_what_leaves_a_program_its_rights_is_not_trusted(monkeypatch):
    """Python starts in it, but is no better off there than anywhere else."""
    monkeypatch.setattr(sandbox, "COMMANDS", {"sh": lambda _: ["sh", "-c", 'exec "$@"', "sh"]})
    assert not sandbox.can_be_made("sh")
    monkeypatch.setattr(sandbox, "TRIAL", "")
    assert sandbox.can_be_made("sh") == (sys.platform == "linux")


def test_answers_are_judged_in_practice_mode():
    with sandbox.Sandbox("practice") as box:

        def codes(cell):
            return report_on(box, [cell], "causal_mask", ["causal_mask"], seed=7).codes

        assert codes(MASK) == ()
        assert codes(MASK.replace("    return", "    import os; os._exit(0)\n    return")) == ("process-ended",)
        assert codes(MASK.replace("tril", "triu")) == ("upper-half",)
        assert codes(MASK) == ()
