"""Workers of a crew: one that waits less for an answer that never comes, and one that does not hear."""

import signal
import time

from lmkit.check import calling
from lmkit.classroom import crew, marking


def work(line, kind):
    """What a worker does, with a time limit of 4 s for a call: enough for what comes back, on a busy machine too."""
    calling.SECONDS = marking.SECONDS = 4.0
    crew._work(line, kind)


def deaf(line, kind):
    """What a worker does that does not listen when it is asked to end."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    line.send("here")
    time.sleep(60)
