"""The side of the student's program: run what an answer needs, and let its functions be called."""

import ast
import linecache
import socket
from functools import partial
from typing import Any

from lmkit.check.calling import ask
from lmkit.classroom.peer import Ended, Peer
from lmkit.classroom.slicing import needed
from lmkit.classroom.wire import Garbled


def answer(line: socket.socket) -> None:
    """Serve one answer until the other side has asked enough."""
    peer = Peer(line, fails=lambda failure: RuntimeError(failure.says), run=ask)
    peer.functions.append(begin)
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
        The functions, None for one that is not there; and what went wrong meanwhile.
    """
    program = needed(cells, names)
    given, trouble = _run("<answer>", program)
    answers = [given.get(name) for name in names]
    if watcher and all(map(callable, answers)):
        seen, _ = _run("<watcher>", watcher)
        answers = [partial(seen[observe], *answers)]
    return {"answers": answers, "trouble": trouble}


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


