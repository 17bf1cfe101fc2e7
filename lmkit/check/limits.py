"""An answer that does not come back is ended; an answer that prints is heard once."""

import io
import signal
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

    It takes a signal, which Windows does not have and only the main thread gets: elsewhere the reader must interrupt.

    Raises:
        TookTooLong: The time is over.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return
    before = signal.signal(signal.SIGALRM, _stop)
    signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Beginning(io.TextIOBase):
    """Keeps the first characters written to it, and forgets the rest."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        self.text += text[: HEARD - len(self.text)]
        return len(text)


@contextmanager
def muted() -> Iterator[Beginning]:
    """Nothing that is printed appears; its beginning can be read afterwards."""
    with redirect_stdout(Beginning()) as heard:
        yield heard
