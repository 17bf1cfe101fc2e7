"""An edit of lmkit runs the notebooks again.

jupyter-cache knows a notebook by its code cells alone, so outputs of an older lmkit would stay in the book.
Here the place of the cache carries a hash of everything outside the notebook that can change an output.
"""

import hashlib
import shutil
from pathlib import Path

NOT_RUN_BY_PYTHON = {"__pycache__", "js"}  # js/ holds the sources of lmkit/widgets/static/, which is hashed

NOT_OF_OUTPUTS = {"requirements-bench.txt", "requirements-pages.txt", "requirements-tests.txt"}


def inputs(root: Path) -> list[Path]:
    """Every file of lmkit that a notebook can run or read, and the pinned versions of all else."""
    package = [
        path
        for path in root.glob("lmkit/**/*")
        if path.is_file() and not NOT_RUN_BY_PYTHON & set(path.relative_to(root).parts)
    ]
    pins = [path for path in root.glob("requirements*.txt") if path.name not in NOT_OF_OUTPUTS]
    return sorted([*package, *pins])


def fingerprint(root: Path) -> str:
    """Twelve characters that change when the name or the content of an input does."""
    digest = hashlib.sha256()
    for path in inputs(root):
        name, content = path.relative_to(root).as_posix().encode(), path.read_bytes()
        digest.update(b"%d %s %d " % (len(name), name, len(content)) + content)
    return digest.hexdigest()[:12]


def choose_cache(app, config):
    """Point MyST-NB at the cache of the present lmkit, and remove the caches of former ones."""
    root = Path(app.srcdir)
    caches = root / "_build" / "executed"
    current = caches / fingerprint(root)
    for former in caches.glob("*"):
        if former != current:
            shutil.rmtree(former)
    config.nb_execution_cache_path = str(current)


def setup(app):
    """Connect to Sphinx, before MyST-NB (which has the default priority, 500) reads its settings."""
    app.connect("config-inited", choose_cache, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
