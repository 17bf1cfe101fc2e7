"""Two processes that call each other's functions, each in its own memory, with gradients through both.

Both sides are the same. While one waits for what it asked, it answers what the other asks meanwhile: a student's block
is called from outside, and calls the attention that it was handed, outside.
"""

import socket
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from lmkit.check.calling import Failed, Failure, Stopped, failure_of, is_floating
from lmkit.check.limits import case
from lmkit.check.report import Finding
from lmkit.classroom import wire
from lmkit.classroom.wire import Garbled

MOST_IN_ALL = 512 << 20  # bytes that one side may send
MOST_WORDS = 1000  # characters of each text about what went wrong


class Ended(BaseException):
    """The other side is gone, or not to be spoken with any more. No `Exception`: no check goes on after it."""


class Late(BaseException):
    """The deadline is over."""


class Peer:
    """One side. `functions` are those that the other side may call, by their numbers.

    Args:
        line: The connection.
        deadline: On the clock of `time.monotonic`; after it nothing is waited for.
        fails: Makes the error that is raised here from one that was raised over there.
        run: Calls one of `functions` with its arguments.
    """

    def __init__(
        self,
        line: socket.socket,
        deadline: float | None = None,
        fails: Callable[[Failure], Exception] = Failed,
        run: Callable[[Callable, tuple], Any] = lambda function, args: function(*args),
    ) -> None:
        self.line, self.deadline, self.fails, self.run = line, deadline, fails, run
        self.functions: list[Callable] = []
        self.graphs: list[tuple[list[Tensor], list[Tensor]]] = []
        self.received = 0
        self.case = ""  # of the last call that the other side has asked for
        self.told: set[str] = set()  # the cases of which the other side was told

    def serve(self) -> None:
        """Answer until the other side is gone."""
        while True:
            self._send(self._answered(self._receive()))

    def remote(self, number: int) -> Callable:
        """The function of the other side that has this number."""

        def function(*args: Any) -> Any:
            return self.call(number, args)

        return function

    def call(self, number: int, args: tuple) -> Any:
        """Call a function of the other side. What it changes in its arguments is changed here, too.

        Raises:
            Stopped: The other side knows what is wrong.
            Ended: It is gone.
            Garbled: It sent something else than an answer.
            Late: The deadline is over.
        """
        with_graph = torch.is_grad_enabled() and any(isinstance(arg, Tensor) and arg.requires_grad for arg in args)
        self.told.add(now := case())
        request = {"do": "call", "function": number, "args": list(args), "graph": with_graph, "case": now}
        reply = self._ask(request)
        if with_graph:
            return _joined(self, reply.get("call"), reply["returned"], args)
        after = reply.get("after")
        if not isinstance(after, list) or len(after) != len(args):
            raise Garbled("no answer")
        for arg, changed in zip(args, after, strict=True):
            _change(arg, changed)
        return reply["returned"]

    def way_back(self, call: int, slopes: list[Tensor]) -> list[Tensor]:
        """The gradients of an earlier call, for each of its floating arguments."""
        return self._ask({"do": "way back", "call": call, "slopes": slopes})["returned"]

    def _ask(self, request: dict) -> dict:
        try:
            self._send(request)
            while "do" in (message := self._receive()):
                self._send(self._answered(message))
        except BaseException:  # in the middle of a message, perhaps: what comes next could not be told apart
            self.line.close()
            raise
        return self._checked(message)

    def _checked(self, message: dict) -> dict:
        """The reply, or what it tells in place of one. Its words are only words: none can make an answer right."""
        match message:
            case {"stopped": [code, says, asks, shows]}:
                raise Stopped(Finding(*(str(text)[:MOST_WORDS] for text in (code, says, asks, shows))))
            case {"failed": [name, says, line, of_the_call]}:
                words = (str(text)[:MOST_WORDS] for text in (name, says, line))
                raise self.fails(Failure(*words, of_the_call is True))
            case {"returned": _}:
                return message
        raise Garbled("no answer")

    def _answered(self, message: dict) -> dict:
        try:
            return self._call(message) if message["do"] == "call" else self._go_back(message)
        except Stopped as stopped:
            found = stopped.finding
            return {"stopped": [found.code, found.says, found.asks, found.shows]}
        except (Exception, SystemExit) as error:
            failure = failure_of(error)
            words = failure.name, failure.says[:MOST_WORDS], failure.line, failure.of_the_call
            return {"failed": list(words)}

    def _call(self, message: dict) -> dict:
        function, args, self.case = self.functions[message["function"]], message["args"], message["case"]
        if not message["graph"]:
            return {"returned": self.run(function, tuple(args)), "after": args}
        with torch.enable_grad():  # "* 1": what autograd made may be changed in place
            returned = self.run(function, tuple(arg * 1 if is_floating(arg) else arg for arg in args))
        self.graphs.append(([arg for arg in args if is_floating(arg)], _floating(returned)))
        return {"returned": returned, "call": len(self.graphs) - 1}

    def _go_back(self, message: dict) -> dict:
        leaves, outputs = self.graphs[message["call"]]
        pairs = [(out, slope) for out, slope in zip(outputs, message["slopes"], strict=True) if out.requires_grad]
        trained = [leaf for leaf in leaves if leaf.requires_grad]
        ends, slopes = zip(*pairs, strict=True)
        found = iter(
            torch.autograd.grad(ends, trained, slopes, allow_unused=True, materialize_grads=True, retain_graph=True)
        )
        return {"returned": [next(found) if leaf.requires_grad else None for leaf in leaves]}

    def _send(self, message: dict) -> None:
        try:
            self.line.settimeout(self._left())
            self.line.sendall(wire.packed(message, self._exported))
        except TimeoutError:
            raise Late from None
        except OSError as error:
            raise Ended(str(error)) from None

    def _receive(self) -> dict:
        text, body = wire.length_of(self._read(wire.HEAD.size))
        self.received += text + body
        if self.received > MOST_IN_ALL:
            raise Garbled("more than 512 MB in all")
        message = wire.unpacked(self._read(text), self._read(body), self.remote)
        if not isinstance(message, dict):
            raise Garbled("no message")
        return message

    def _read(self, size: int) -> bytes:
        found = bytearray()
        try:
            while len(found) < size:
                self.line.settimeout(self._left())
                part = self.line.recv(min(size - len(found), 1 << 20))
                if not part:
                    raise Ended
                found += part
        except TimeoutError:
            raise Late from None
        except OSError as error:
            raise Ended(str(error)) from None
        return bytes(found)

    def _left(self) -> float | None:
        return None if self.deadline is None else max(0.001, self.deadline - time.monotonic())

    def _exported(self, function: Callable) -> int:
        self.functions.append(function)
        return len(self.functions) - 1


class _Joint(torch.autograd.Function):
    """Where a graph leaves this process: forward gives what came, backward asks the other side."""

    @staticmethod
    def forward(ctx: Any, peer: Peer, call: Any, outputs: list[Tensor], *_: Tensor) -> tuple[Tensor, ...]:
        ctx.peer, ctx.call = peer, call
        given = tuple(output.detach() for output in outputs)
        ctx.mark_non_differentiable(*(one for one, out in zip(given, outputs, strict=True) if not out.requires_grad))
        return given

    @staticmethod
    def backward(ctx: Any, *slopes: Tensor) -> tuple[Tensor | None, ...]:
        return None, None, None, *ctx.peer.way_back(ctx.call, list(slopes))


def _joined(peer: Peer, call: Any, returned: Any, args: tuple) -> Any:
    """What was returned, its floating tensors joined to the graph of the arguments."""
    outputs = _floating(returned)
    if not outputs:
        return returned
    given = iter(_Joint.apply(peer, call, outputs, *(arg for arg in args if is_floating(arg))))
    if not isinstance(returned, tuple | list):
        return next(given)
    return type(returned)(next(given) if is_floating(each) else each for each in returned)


def _floating(returned: Any) -> list[Tensor]:
    return [each for each in (returned if isinstance(returned, tuple | list) else (returned,)) if is_floating(each)]


def _change(arg: Any, after: Any) -> None:
    """Make an argument what it became on the other side."""
    if isinstance(arg, Tensor) and isinstance(after, Tensor):
        with torch.no_grad():
            arg.resize_(after.shape).copy_(after)
    elif isinstance(arg, list) and isinstance(after, list):
        arg[:] = after
    elif isinstance(arg, dict) and isinstance(after, dict):
        arg.clear()
        arg.update(after)
