"""An answer that does not come back is ended; an answer that prints is heard once."""

import ctypes
import io
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

SECONDS = 10.0  # for one call: the cases are small, and the slowest right answer takes a fraction of one
HEARD = 300  # characters: what a report quotes


class TookTooLong(BaseException):
    """The time for a call is over. No `Exception`, so that an answer that catches those does not catch this."""


def _stop(*_: object) -> None:
    raise TookTooLong


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """End what takes longer, and again each 0.1 s: a loop with a bare `except` may have caught the first.

    By a signal where there is one, which ends a call that waits as well; Windows has none, and only the main thread
    gets it. Elsewhere by another thread, which ends Python code alone.

    Raises:
        TookTooLong: The time is over.
    """
    signals = threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer")
    with _by_signal(seconds) if signals else _by_thread(seconds):
        yield


@contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    thread, ended, turn = threading.get_ident(), threading.Event(), threading.Lock()
    runs = [True]

    def watch() -> None:
        ended.wait(seconds)
        while runs[0]:
            with turn:
                if runs[0]:
                    _raise_in(thread, TookTooLong)
            ended.wait(0.1)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        runs[0] = False  # first, and no call: whatever is still raised here, it is the last
        ended.set()
        with turn:
            _raise_in(thread, None)  # takes back what was not raised yet


def _raise_in(thread: int, error: type[BaseException] | None) -> None:
    what = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), what)


class Heard(io.TextIOBase):
    """Keeps the beginning of what one call prints: the first that prints anything. `during` says which it was."""

    def __init__(self) -> None:
        self.text = self.during = self.now = ""
        self.is_over = False

    def begin(self, says: str) -> None:
        """A call begins; `says` tells on what."""
        self.is_over, self.now = self.text != "", says

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        if not self.is_over:
            self.during = self.now
            self.text += text[: HEARD - len(self.text)]
        return len(text)


def hear(says: str) -> None:
    """A call begins. Where what is printed is kept, it is kept as what this call prints."""
    if isinstance(sys.stdout, Heard):
        sys.stdout.begin(says)


def case() -> str:
    """What the call that runs now was said to be on; "" where nothing is kept."""
    return sys.stdout.now if isinstance(sys.stdout, Heard) else ""


@contextmanager
def muted() -> Iterator[Heard]:
    """Nothing that is printed appears; its beginning can be read afterwards."""
    with redirect_stdout(Heard()) as heard:
        yield heard
