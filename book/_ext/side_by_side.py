"""Pages with code that must be run are run side by side, one a processor; Sphinx would run them one after the other.

MyST-NB then finds their outputs in its cache. One that fails leaves none: MyST-NB runs it again, and reports the error.

Each computes with one thread. Chapters that compute with all processors at the same time wait for each other: the one
on feed-forward networks takes more than twice as long.
"""

import logging
import os
from pathlib import Path

from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor

READERS = {".ipynb": "nbformat", ".md": "myst_nb_md"}  # those of jupyter-cache and of MyST-NB, by their names

logger = logging.getLogger(__name__)
logger.setLevel(logging.INFO)  # at this level the executor says which page begins, and which is done


def notebooks(app) -> list[Path]:
    """The pages in the table of contents whose outputs are cached: first the chapters, which take longest."""
    paths = [Path(app.srcdir) / f"{page}{kind}" for kind in READERS for page in app.config.external_site_map]
    return [path for path in paths if path.exists() and _is_cached(path)]


def _is_cached(path: Path) -> bool:
    text = path.read_text("utf-8")
    return path.suffix == ".ipynb" or ("```{code-cell}" in text and "execution_mode: force" not in text)


def run_notebooks(app):
    """Run those whose outputs are not in the cache, if there are several."""
    cache = get_cache(app.config.nb_execution_cache_path)
    reader = {path: {"type": "plugin", "name": READERS[path.suffix]} for path in notebooks(app)}
    records = [cache.add_nb_to_project(str(path), read_data=data) for path, data in reader.items()]
    waiting = [record.uri for record in records if cache.get_cached_project_nb(record.uri) is None]
    if len(waiting) > 1:
        executor = load_executor("local-parallel", cache, logger)
        executor.run_and_cache(filter_uris=waiting, timeout=app.config.nb_execution_timeout)


def setup(app):
    """Connect to Sphinx, after fresh_outputs has chosen the cache. What is set here, their kernels inherit."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    app.connect("builder-inited", run_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
