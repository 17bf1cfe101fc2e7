"""lmkit: the small package that every chapter of Inside Language Models calls.

Importing it costs next to nothing: PyTorch and transformers are loaded when something first needs them.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {  # public name -> the module it lives in
    "MissingModel": "shelf.pretrained",
    "Pretrained": "shelf.pretrained",
    "Trace": "inside.tracing",
    "load": "shelf.pretrained",
    "snapshots": "shelf.pretrained",
    "trace": "inside.tracing",
}


def __getattr__(name: str) -> object:
    """Fetch a public name from its module at first use (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"lmkit has no {name!r}; it has {', '.join(_HOME)} and its modules")
    return getattr(import_module(f"lmkit.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    """List the names that are here, and those that come when they are asked for."""
    return sorted({*globals(), *_HOME})
