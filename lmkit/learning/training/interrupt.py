"""Interrupts: stop after the step, not in the middle of it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def patient_interrupt(patient: bool) -> Iterator[threading.Event]:
    """Turn the first Ctrl+C, or stop button, into an event to look at. A second one interrupts as ever.

    If not `patient`, and outside of the main thread, where Python sends no interrupts, the event never comes.
    """
    asked = threading.Event()
    if not patient or threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.getsignal(signal.SIGINT)

    def ask(*_):
        asked.set()
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
