"""A worker of a crew that waits less for an answer that never comes."""

from lmkit.check import calling
from lmkit.classroom import crew, marking


def work(line, kind):
    """What a worker does, with a time limit of 4 s for a call: enough for what comes back, on a busy machine too."""
    calling.SECONDS = marking.SECONDS = 4.0
    crew._work(line, kind)
