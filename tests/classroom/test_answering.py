"""The student's side, in this process: what a sandbox runs, where its lines can be watched."""

import os
import socket
import threading
import time

import pytest
import torch

from lmkit.check.calling import Failed
from lmkit.classroom import server
from lmkit.classroom.answering import answer, begin
from lmkit.classroom.marking import BEGIN
from lmkit.classroom.peer import Peer


def begun(*cells, names=("mine",), watcher="", observe=""):
    return begin(list(cells), list(names), watcher, observe)


def test_the_functions_that_are_asked_for_come_back():
    found = begun("import torch", "def helper(n): return torch.ones(n)", "def mine(n): return helper(n)")
    assert found["trouble"] == "" and found["answers"][0](2).tolist() == [1, 1]
    assert found["used"] == ["torch", "torch.ones"]


def test_what_is_missing_comes_with_its_reason():
    assert begun("mine = nowhere")["answers"] == [None]
    assert begun("mine = nowhere")["trouble"] == "NameError: name 'nowhere' is not defined"
    assert begun("import sys\nmine = sys.exit(3)")["trouble"] == "SystemExit: 3"
    assert begun("def mine(:\n    return 1")["trouble"].startswith("SyntaxError: invalid syntax")
    assert begun("other = 1") == {"answers": [None], "trouble": "", "used": []}


def test_a_watcher_stands_between():
    watcher = "def observe(answer, n): return answer(n) + 1"
    found = begun("def mine(n): return 10 * n", watcher=watcher, observe="observe")
    assert found["answers"][0](2) == 21


def test_without_the_answer_nothing_is_watched():
    assert begun("other = 1", watcher="def observe(answer): ...", observe="observe")["answers"] == [None]


@pytest.fixture
def peer():
    """The teacher's side of a connection; the student's is a thread."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=answer, args=(theirs,))
    thread.start()
    yield Peer(ours, time.monotonic() + 10)
    ours.close()
    thread.join(60)
    assert not thread.is_alive()
    theirs.close()


def test_an_answer_is_served_until_enough_was_asked(peer):
    (mine,) = peer.call(BEGIN, (["def mine(x): return x + x"], ["mine"], "", ""))["answers"]
    assert torch.equal(mine(torch.ones(2)), torch.full((2,), 2.0))
    assert mine(1) == 2


def test_an_error_is_told_in_the_words_of_python(peer):
    (mine,) = peer.call(BEGIN, (["def mine(x): return x + nothing"], ["mine"], "", ""))["answers"]
    with pytest.raises(Failed) as caught:
        mine(1)
    assert caught.value.failure.name == "NameError"


class Ended(BaseException):
    """In place of the end of a process."""


@pytest.fixture
def no_limits(monkeypatch):
    """The limits, and the end of the process, are written down and not set."""
    told = {}
    monkeypatch.setattr(server.resource, "setrlimit", lambda limit, bounds: told.update({limit: bounds[0]}))
    monkeypatch.setattr(os, "_exit", lambda code: (_ for _ in ()).throw(Ended))
    return told


def test_a_copy_serves_its_answer_under_limits_and_ends(no_limits, monkeypatch):
    monkeypatch.setattr(os, "fork", lambda: 0)
    ours, theirs = socket.socketpair()
    control, _ = socket.socketpair()
    ours.close()  # nothing will be asked
    with pytest.raises(Ended):
        server._copy(control, theirs.detach(), sandboxed=True)
    assert control.fileno() == -1  # an answer cannot speak for the server
    resource = server.resource
    assert no_limits[resource.RLIMIT_NPROC] == server.PROCESSES
    assert no_limits[resource.RLIMIT_AS] > server.MEMORY and no_limits[resource.RLIMIT_FSIZE] == server.FILE


def test_practice_has_the_limits_that_disturb_no_other_program(no_limits):
    server._limit(sandboxed=False)
    assert set(no_limits) == {getattr(server.resource, f"RLIMIT_{name}") for name in ("CPU", "FSIZE", "CORE", "NOFILE")}


@pytest.fixture
def control(monkeypatch, tmp_path):
    """The connection to a server that runs in a thread; its copies do nothing but wait."""
    monkeypatch.setattr(server, "LOADED", ())
    monkeypatch.setattr(server, "FILES", str(tmp_path))
    monkeypatch.setattr(server.calling, "SECONDS", server.calling.SECONDS)  # the server changes it; it is set back
    monkeypatch.setattr(torch, "set_num_threads", lambda n: None)
    monkeypatch.setattr(server.ctypes, "CDLL", lambda name: type("C", (), {"prctl": lambda *_: 0})())
    monkeypatch.setattr(server, "_copy", lambda *_: os.posix_spawn("/bin/sleep", ["sleep", "60"], {}))
    processes = iter([["1"], ["1"], ["1", "2"]])
    listed = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: next(processes) if path == "/proc" else listed(path))
    ours, theirs = socket.socketpair()
    ours.settimeout(30)
    thread = threading.Thread(target=server.serve, args=(theirs, True))
    thread.start()
    yield ours
    ours.close()
    thread.join(60)
    assert not thread.is_alive()


def ask_for_a_copy(control):
    line, _ = socket.socketpair()
    socket.send_fds(control, [server.BEGIN], [line.fileno()])
    control.sendall(server.END)
    return control.recv(1)


def test_a_server_says_when_an_answer_left_something(control):
    assert control.recv(1) == server.CLEAN
    assert ask_for_a_copy(control) == server.CLEAN
    assert ask_for_a_copy(control) == server.LEFT_SOMETHING  # a process that was not there before
    control.sendall(b"x")  # no message that it knows: it ends


def test_the_program_of_a_sandbox_is_told_which_connection_and_which_kind(monkeypatch):
    told = []
    ours, theirs = socket.socketpair()
    monkeypatch.setattr(server, "serve", lambda line, sandboxed: told.append((line.fileno(), sandboxed)))
    number = theirs.detach()
    monkeypatch.setattr(server.sys, "argv", ["-c", str(number), "practice", "/book"])
    server.main()
    assert told == [(number, False)]
    ours.close()
