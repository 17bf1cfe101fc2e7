"""At its end the build says how long each chapter ran, the slowest first: nobody should wait two minutes for one.

The times are those of the execution that gave the outputs, which may have been an earlier one: outputs are cached.
"""

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.util import logging

LONGEST = 120  # seconds: what a chapter may take on two quiet cores

logger = logging.getLogger(__name__)


def times(env) -> dict[str, float]:
    """The seconds that each executed page took."""
    runs = {page: NbMetadataCollector.get_exec_data(env, page) for page in env.all_docs}
    return {page: run["runtime"] for page, run in runs.items() if run and run["runtime"] is not None}


def table(seconds: dict[str, float]) -> str:
    """One line a page, the slowest first, and a mark at those that take too long."""
    slowest_first = sorted(seconds.items(), key=lambda item: -item[1])
    lines = [
        f"  {page:28} {took:6.1f} s" + (f"  more than {LONGEST} s" if took > LONGEST else "")
        for page, took in slowest_first
    ]
    return "\n".join(["Running the notebooks took:", *lines])


def say_times(app, exception):
    """Print the table after a build that came to its end."""
    if exception is None and (seconds := times(app.env)):
        logger.info(table(seconds))


def setup(app):
    """Connect to Sphinx."""
    app.connect("build-finished", say_times)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
