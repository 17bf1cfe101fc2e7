"""The side of the student's program: run what an answer needs, and let its functions be called."""

import ast
import linecache
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from lmkit.check.calling import ask
from lmkit.check.limits import hear, muted
from lmkit.classroom.borrowing import names_used
from lmkit.classroom.peer import Ended, Peer
from lmkit.classroom.slicing import needed, plain
from lmkit.classroom.wire import Garbled


def answer(line: socket.socket) -> None:
    """Serve one answer until the other side has asked enough.

    The first function that it may call is `begin`; the second tells the beginning of what the answer has printed, and
    in which case.
    """
    with muted() as heard:

        def run(function: Callable, args: tuple) -> Any:
            if peer.case != heard.now:  # an exercise with two functions calls both in one case
                hear(peer.case)
            return ask(function, args)

        peer = Peer(line, fails=lambda failure: RuntimeError(failure.says), run=run)
        peer.functions += [begin, lambda: [heard.text, heard.during]]
        try:
            peer.serve()
        except (Ended, Garbled):
            return


def begin(cells: list[str], names: list[str], watcher: str, observe: str) -> dict[str, Any]:
    """Run what the functions of these names need.

    Args:
        watcher: A program with the function `observe`, which calls the answers with what cannot leave this process, a
            model or an optimizer, and tells what it saw; "" where the answers themselves are called.

    Returns:
        The functions, None for one that is not there; what went wrong meanwhile; and what they use of libraries.
    """
    program = needed(cells, names)
    used = names_used(program, names)
    given, trouble = _run("<answer>", program)
    answers = [given.get(name) for name in names]
    trouble = trouble or _no_python(cells, [name for name in names if name not in given])
    if watcher and all(map(callable, answers)):
        seen, _ = _run("<watcher>", watcher)
        answers = [partial(seen[observe], *answers)]
    return {"answers": answers, "trouble": trouble, "used": used}


def _no_python(cells: list[str], names: list[str]) -> str:
    """What Python says of the first cell with one of these names that it cannot read."""
    for cell in cells:
        if any(name in cell for name in names):
            try:
                ast.parse(plain(cell))
            except (SyntaxError, ValueError) as error:
                return f"{type(error).__name__}: {error}"
    return ""


def _run(file: str, program: str) -> tuple[dict[str, Any], str]:
    """Run a program, statement by statement: where one fails, the others may be all that is needed."""
    lines = program.splitlines(keepends=True)
    linecache.cache[file] = (len(program), None, lines, file)  # so that an error can show its line
    names: dict[str, Any] = {"__name__": "__main__"}
    trouble = ""
    for statement in ast.parse(program).body:
        try:
            exec(compile(ast.Module([statement], []), file, "exec"), names)
        except (Exception, SystemExit) as error:
            trouble = f"{type(error).__name__}: {error}"[:300]
    return names, trouble
