"""What runs inside a sandbox: a process that has loaded torch once, and makes a copy of itself for each answer.

It never runs a student's line itself. Each answer gets a connection of its own, so that none can speak for another.
"""

import ctypes
import os
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import torch

from lmkit.check import calling
from lmkit.classroom.answering import answer

try:
    import resource
except ImportError:  # Windows, where nothing is served
    resource = None

SECONDS, FILE, OPEN = 60, 16 << 20, 64
MEMORY = 512 << 20  # bytes for each process, beside what torch takes
PROCESSES = 4  # two are there before an answer starts one
LOADED = "matplotlib.pyplot", "lmkit.learning.training", "lmkit.text.storyworld"  # what many chapters import
FILES, SHARED = "/own", "/proc/sysvipc/shm"  # not /tmp: Python itself may lie there
NOT_DUMPABLE = 4, 0  # PR_SET_DUMPABLE: no process of the same user may look into the memory of this one
BEGIN, END, CLEAN, LEFT_SOMETHING = b"b", b"e", b"c", b"l"


def serve(control: socket.socket, sandboxed: bool) -> None:
    """Make a copy for each connection that comes, and end it when told so, until the teacher's side is gone.

    Args:
        sandboxed: False in practice mode, where the limits are only those that do not disturb other programs.
    """
    torch.set_num_threads(1)
    calling.SECONDS = SECONDS  # the teacher's side keeps the time
    torch.optim.SGD([torch.zeros(1)], lr=1.0)  # the first optimizer loads half of torch, for seconds
    for name in LOADED:
        import_module(name)
    before: set[str] = set()
    if sandboxed:
        ctypes.CDLL(None).prctl(*NOT_DUMPABLE)
        before = _surroundings()
    control.sendall(CLEAN)
    while True:
        message, lines, *_ = socket.recv_fds(control, 1, 1)
        if message != BEGIN:
            return
        child = _copy(control, lines[0], sandboxed)
        if control.recv(1) != END:
            return
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        _forget_orphans()
        is_clean = not sandboxed or before == _surroundings()
        control.sendall(CLEAN if is_clean else LEFT_SOMETHING)


def _copy(control: socket.socket, line: int, sandboxed: bool) -> int:
    child = os.fork()
    if child:
        os.close(line)
        return child
    try:
        control.close()
        _limit(sandboxed)
        answer(socket.socket(fileno=line))
    finally:
        os._exit(0)


def _limit(sandboxed: bool) -> None:
    """Bound what this process and those that it starts may use."""
    wanted = {resource.RLIMIT_CPU: SECONDS, resource.RLIMIT_FSIZE: FILE, resource.RLIMIT_CORE: 0}
    wanted[resource.RLIMIT_NOFILE] = OPEN
    if sandboxed:
        wanted[resource.RLIMIT_NPROC] = PROCESSES
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        wanted[resource.RLIMIT_AS] = pages * resource.getpagesize() + MEMORY
    for limit, value in wanted.items():
        resource.setrlimit(limit, (value, value))


def _forget_orphans() -> None:
    """Where this is the first process of all, it is the parent of those whose parent has ended, and must take note.

    Else one that has ended would be counted as left.
    """
    if os.getpid() == 1:
        with suppress(ChildProcessError):  # there is none
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _surroundings() -> set[str]:
    """What an answer could leave: processes, files in the one place where it can write, memory that is shared."""
    processes = {name for name in os.listdir("/proc") if name.isdigit()}
    files = {f"{path} {path.lstat().st_ctime_ns}" for path in Path(FILES).rglob("*")}
    memory = set(Path(SHARED).read_text().splitlines()) if os.path.exists(SHARED) else set()
    return processes | files | memory


def main() -> None:
    """The arguments: the number of the connection, and what kind of place this is."""
    number, kind = sys.argv[1:3]
    serve(socket.socket(fileno=int(number)), kind != "practice")
