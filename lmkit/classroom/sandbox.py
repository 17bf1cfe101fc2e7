"""A place in which a student's program can run and do no harm: no network, no file but its own, and limits.

Linux keeps it: with bubblewrap, where it is installed and allowed, or with the programs of util-linux. Elsewhere, as
on macOS, there is *practice mode*, in which the programs run as the teacher and can do all that the teacher can. It is
not for grading. Windows has none of them.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from lmkit.classroom import bubblewrap, server, unshare
from lmkit.classroom.contents import PLACE, students_lmkit
from lmkit.classroom.peer import Peer

IN_ALL = 60.0  # seconds for all calls of one answer
STARTS = 120.0  # seconds for loading torch, on a busy machine
ENDS = 10.0
PROGRAM = "import sys; sys.path.insert(0, sys.argv[3]); from lmkit.classroom.server import main; main()"
COMMANDS = {"bwrap": bubblewrap.command, "unshare": unshare.command}  # by the program that makes the sandbox
TRIAL = """
import os
with open("/proc/self/status") as file:
    status = dict(line.split(":", 1) for line in file)
rights = [int(status[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")]
raise SystemExit(any(rights) or int(status["NoNewPrivs"]) != 1 or os.getuid() == 0)
"""


@cache
def kind() -> str:
    """`bwrap` where bubblewrap makes a sandbox here, or `unshare` where util-linux does; else `practice`."""
    return next(filter(can_be_made, COMMANDS), "practice")


def can_be_made(kind: str) -> bool:
    """Whether Python starts in such a sandbox here, and has no rights in it.

    Some systems have the program and do not allow what it does.
    """
    if sys.platform != "linux" or shutil.which(kind) is None:
        return False
    with tempfile.TemporaryDirectory() as place:
        book = Path(place, "book")
        (book / "lmkit").mkdir(parents=True)
        command = [*COMMANDS[kind](book), sys.executable, "-I", "-c", TRIAL]
        return subprocess.run(command, capture_output=True).returncode == 0


class Sandbox:
    """A place that is made once and used for many answers. One that an answer left something in is made anew."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __enter__(self) -> "Sandbox":
        self.place = tempfile.TemporaryDirectory()
        self.book = Path(self.place.name, "book")
        students_lmkit(self.book)
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self.place.cleanup()

    @contextmanager
    def answer(self) -> Iterator[Peer]:
        """A process for one answer. Its first function is `answering.begin`."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            self._hand_over(theirs)
            theirs.close()
            try:
                yield Peer(ours, time.monotonic() + IN_ALL)
            finally:
                ours.close()
                if not self._is_clean():
                    self._start_anew()

    def _hand_over(self, line: socket.socket) -> None:
        try:
            socket.send_fds(self.control, [server.BEGIN], [line.fileno()])
        except OSError:  # it was ended meanwhile, as the system does when memory runs out
            self._start_anew()
            socket.send_fds(self.control, [server.BEGIN], [line.fileno()])

    def _is_clean(self) -> bool:
        try:
            self.control.sendall(server.END)
        except OSError:
            return False
        return self._says_clean(ENDS)

    def _says_clean(self, seconds: float) -> bool:
        try:
            self.control.settimeout(seconds)
            return self.control.recv(1) == server.CLEAN
        except OSError:
            return False

    def _start(self) -> None:
        self.control, theirs = socket.socketpair()
        before = COMMANDS[self.kind](self.book) if self.kind in COMMANDS else []
        place = PLACE if before else str(self.book)
        number = str(theirs.fileno())
        command = [*before, sys.executable, "-I", "-c", PROGRAM, number, self.kind, place]
        with theirs:
            self.process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        if not self._says_clean(STARTS):
            self._stop()
            raise RuntimeError("Python with torch could not be started in the sandbox")

    def _start_anew(self) -> None:
        self._stop()
        self._start()

    def _stop(self) -> None:
        self.control.close()
        self.process.kill()
        self.process.wait()
