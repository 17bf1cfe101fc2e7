"""A place in which a student's program can run and do no harm: no network, no file but its own, and limits.

Linux keeps it: with bubblewrap (0.8 or newer), a small program that makes such places, where it is installed and
allowed. Elsewhere, as on macOS, there is *practice mode*, in which the programs run as the teacher and can do all that
the teacher can. It is not for grading. Windows has neither.
"""

import os
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

import lmkit
from lmkit.classroom import server
from lmkit.classroom.peer import Peer
from lmkit.classroom.server import FILES

IN_ALL = 60.0  # seconds for all calls of one answer
STARTS = 120.0  # seconds for loading torch, on a busy machine
ENDS = 10.0
ROOM = 32 << 20  # bytes of files
FOUND = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", sys.base_prefix, sys.prefix)
PLACE = "/book"  # where the student's lmkit lies, inside
PROGRAM = "import sys; sys.path.insert(0, sys.argv[3]); from lmkit.classroom.server import main; main()"
UNLIKE_OTHERS = 100_000  # from here on no system gives out user numbers


@cache
def kind() -> str:
    """`bwrap` where bubblewrap makes a sandbox here; else `practice`."""
    if sys.platform != "linux" or shutil.which("bwrap") is None:
        return "practice"
    with tempfile.TemporaryDirectory() as book:
        Path(book, "lmkit").mkdir()
        tried = subprocess.run([*_bwrap(Path(book)), "true"], capture_output=True)
    return "practice" if tried.returncode else "bwrap"


def _bwrap(book: Path) -> list[str]:
    """The command before the command: new namespaces, and of all files only those that Python needs, to read.

    No program inside can make namespaces of its own, in which it would have rights again. For root, it changes to a
    user that owns nothing before that: the limit of processes does not hold for root.
    """
    alone = ["--unshare-user", "--disable-userns", "--cap-drop", "ALL"]
    command = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--die-with-parent"]
    command += ["--new-session", "--clearenv", "--setenv", "HOME", FILES, "--setenv", "TMPDIR", FILES]
    command += ["--setenv", "PATH", "/usr/bin:/bin", "--setenv", "PYTHONDONTWRITEBYTECODE", "1"]
    command += ["--setenv", "OMP_NUM_THREADS", "1"]
    for path in dict.fromkeys(FOUND):
        for folder in reversed(Path(path).parents[:-1]):
            command += ["--perms", "0755", "--dir", str(folder)]
        command += ["--ro-bind-try", path, path]
    command += ["--proc", "/proc", "--dev", "/dev", "--perms", "1777", "--size", str(ROOM), "--tmpfs", FILES]
    command += ["--perms", "0755", "--dir", "/tmp"]  # bubblewrap itself needs the name for the place that it makes
    command += ["--chdir", FILES, "--ro-bind", str(book), PLACE, *_covered(book)]
    command += ["--remount-ro", "/dev", "--remount-ro", "/"]
    if os.geteuid():
        return [*command, *alone]
    user = str(UNLIKE_OTHERS + os.getpid())
    command += ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs"]
    return [*command, "bwrap", "--dev-bind", "/", "/", *alone]


def _covered(book: Path) -> list[str]:
    """An installed lmkit lies among what Python needs, with all its answers: the students' copy covers it."""
    here = Path(lmkit.__file__).parent
    is_seen = any(here.is_relative_to(path) for path in FOUND)
    return ["--ro-bind", str(book / "lmkit"), str(here)] if is_seen else []


def students_lmkit(place: Path) -> None:
    """Copy lmkit as a student's program may see it: without the banks, in which the right answers are."""
    here = Path(lmkit.__file__).parent
    banks = here / "check" / "banks"

    def left_out(folder: str, names: list[str]) -> set[str]:
        out = {"__pycache__", "js"} & set(names)
        return out | {name for name in names if Path(folder) == banks and (banks / name).is_dir()}

    shutil.copytree(here, place / "lmkit", ignore=left_out)
    place.chmod(0o755)


class Sandbox:
    """A place that is made once and used for many answers. One that an answer left something in is made anew."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __enter__(self) -> "Sandbox":
        self.book = tempfile.TemporaryDirectory()
        students_lmkit(Path(self.book.name))
        self._start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()
        self.book.cleanup()

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
        sandboxed = self.kind == "bwrap"
        before = _bwrap(Path(self.book.name)) if sandboxed else []
        place = PLACE if sandboxed else self.book.name
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
