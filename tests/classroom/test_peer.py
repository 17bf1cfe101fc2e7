"""A function in another process is like one in this process: values, changes, errors and gradients."""

import os
import socket
import threading
import time

import pytest
import torch

from lmkit.check.calling import Failed, Stopped
from lmkit.check.report import Finding
from lmkit.classroom import peer as module
from lmkit.classroom.peer import Ended, Late, Peer
from lmkit.classroom.wire import HEAD, Garbled


@pytest.fixture
def pair():
    """Two sides; the second one answers, in a thread."""
    one, other = socket.socketpair()
    here, there = Peer(one, time.monotonic() + 5), Peer(other, fails=lambda failure: RuntimeError(failure.says))

    def serve():
        try:
            there.serve()
        except (Ended, Garbled):
            other.close()

    thread = threading.Thread(target=serve)
    thread.start()
    yield here, there
    one.close()
    thread.join(60)
    assert not thread.is_alive()


def calls(pair, function, *args):
    here, there = pair
    there.functions.append(function)
    return here.call(len(there.functions) - 1, args)


def test_a_call_gives_what_the_function_gives(pair):
    assert calls(pair, lambda a, b: (a + b, "text"), 1, 2) == (3, "text")
    assert torch.equal(calls(pair, lambda x: x + 1, torch.ones(2)), torch.full((2,), 2.0))


def test_what_a_function_changes_is_changed(pair):
    tensor, names, counts = torch.zeros(3), ["a"], {"a": 1}

    def change(tensor, names, counts):
        tensor.add_(1)
        names.append("b")
        counts["a"] = 2

    calls(pair, change, tensor, names, counts)
    assert tensor.tolist() == [1, 1, 1] and names == ["a", "b"] and counts == {"a": 2}


def test_an_error_comes_with_its_words(pair):
    def fails():
        raise ValueError("no such word")

    with pytest.raises(Failed) as caught:
        calls(pair, fails)
    failure = caught.value.failure
    assert (failure.name, failure.says) == ("ValueError", "no such word")
    assert failure.line.startswith("in fails: raise ValueError")


def test_what_a_check_says_over_there_is_said_here(pair):
    def stops():
        raise Stopped(Finding("code", "says", "asks", "shows"))

    with pytest.raises(Stopped) as caught:
        calls(pair, stops)
    assert caught.value.finding == Finding("code", "says", "asks", "shows")


def test_gradients_come_back_through_a_call(pair):
    x, w = torch.randn(2, 3, requires_grad=True), torch.randn(3, 4, requires_grad=True)

    def layer(x, w, n):
        return (x @ w).tanh() * n, "beside", (x > 0)

    mine, text, mask = calls(pair, layer, x, w, 3)
    right, *_ = layer(x, w, 3)
    assert text == "beside" and not mask.requires_grad
    slope = torch.randn(2, 4)
    for one, other in zip(
        torch.autograd.grad(mine, (x, w), slope), torch.autograd.grad(right, (x, w), slope), strict=True
    ):
        torch.testing.assert_close(one, other)


def test_what_is_cut_off_over_there_is_cut_off_here(pair):
    x = torch.randn(3, requires_grad=True)
    assert not calls(pair, lambda x: x.detach() * 2, x).requires_grad
    assert not calls(pair, lambda x: x.detach().numpy(), x).tolist() == []


def test_a_function_that_is_handed_over_is_called_here_with_gradients(pair):
    x, inside = torch.randn(4, requires_grad=True), []

    def part(x):
        inside.append(threading.current_thread() is threading.main_thread())
        return x.sin()

    mine = calls(pair, lambda x, part: 2 * part(3 * x) + x, x, part)
    right = 2 * (3 * x).sin() + x
    torch.testing.assert_close(mine, right)
    (one,), (other,) = torch.autograd.grad(mine.sum(), x), torch.autograd.grad(right.sum(), x)
    torch.testing.assert_close(one, other)
    assert inside == [True]


def test_an_error_in_what_was_handed_over_is_an_error_of_the_caller(pair):
    def caught(x, part):
        try:
            part(x)
        except RuntimeError as error:
            return str(error)

    assert "shapes cannot be multiplied" in calls(pair, caught, torch.ones(2, 3), lambda x: x @ x)


def test_a_side_that_is_gone_is_gone_for_good(pair):
    here, there = pair
    there.line.shutdown(socket.SHUT_RDWR)
    for _ in range(2):
        with pytest.raises(Ended):
            here.call(0, ())


def test_nothing_is_waited_for_after_the_deadline(pair):
    here, _ = pair
    here.deadline = time.monotonic() + 0.1
    with pytest.raises(Late):
        calls(pair, lambda: time.sleep(0.5))
    with pytest.raises(Ended):  # what comes now would be the answer to the last question
        here.call(0, ())


@pytest.mark.parametrize("reply", [b"\0" * 64, HEAD.pack(1 << 31, 0), HEAD.pack(2, 0) + b"{}", b"\xff" * 64])
def test_what_is_no_answer_ends_the_talk(reply):
    one, other = socket.socketpair()
    with one, other:
        here = Peer(one, time.monotonic() + 5)
        other.sendall(reply)
        for error in (Garbled, Ended):
            with pytest.raises(error):
                here.call(0, ())


WORDS = ["code", "says", "asks", "shows"]
NO_ANSWERS = [
    {},
    {"returned": 1},
    {"returned": 1, "after": [1, 2]},
    {"failed": [1]},
    {"stopped": 5},
    {"stopped": [*WORDS, True]},
]


@pytest.mark.parametrize("words", NO_ANSWERS)
def test_an_answer_in_which_something_is_missing_is_refused(words):
    one, other = socket.socketpair()
    with one, other:
        Peer(other)._send(words)
        with pytest.raises(Garbled):
            Peer(one, time.monotonic() + 5).call(0, (1,))


def test_what_comes_in_all_is_bounded(pair, monkeypatch):
    monkeypatch.setattr(module, "MOST_IN_ALL", 100_000)
    with pytest.raises(Garbled):
        for _ in range(100):
            calls(pair, lambda: os.urandom(1000))
