"""What a cell prints reads as it was printed, also where it came in several pieces.

A kernel sends what is printed in pieces, and may cut anywhere: in the middle of a line, or before its end. MyST-NB ends
each piece with a line of its own, so that a line breaks, or a blank one comes in, now and then. Here the pieces of a
stream are put together first, with nothing in between.
"""

from copy import copy

from myst_nb.core import render


def joined(outputs):
    """Give the outputs of a cell with the pieces of each stream as one, where its first piece stood."""
    whole, streams = [], {}
    for output in outputs:
        if output["output_type"] != "stream":
            whole.append(output)
        elif output["name"] in streams:
            streams[output["name"]]["text"] += output["text"]
        else:
            streams[output["name"]] = copy(output)
            whole.append(streams[output["name"]])
    return whole


def setup(app):
    """Put the pieces together before MyST-NB does what it does with streams."""
    coalesce = render.coalesce_streams
    render.coalesce_streams = lambda outputs: coalesce(joined(outputs))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
