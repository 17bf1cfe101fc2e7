"""The living figures: widgets that work in a notebook and, with no kernel, in the built page.

`AttentionHeads` is the class of that name in `attention_heads.py`. Each figure is found by its file, and loaded when it
is first asked for; what it alone needs, such as `Example` of `AttentionSteps`, lies in the same file.
"""

from importlib import import_module
from pathlib import Path

from lmkit.widgets.base import LivingFigure

_SHARED = {"base", "encoding", "head_texts", "magnitudes", "model_weights", "saving", "sources"}  # for making figures
_FIGURES = {
    path.stem.title().replace("_", ""): path.stem
    for path in sorted(Path(__file__).parent.glob("[!_]*.py"))
    if path.stem not in _SHARED
}
__all__ = list(_FIGURES)


def __getattr__(name: str) -> type[LivingFigure]:
    """Load a figure when it is first asked for (PEP 562)."""
    if name not in _FIGURES:
        raise AttributeError(f"lmkit.widgets has no {name!r}; its figures: {', '.join(_FIGURES)}")
    return getattr(import_module(f"{__name__}.{_FIGURES[name]}"), name)


def __dir__() -> list[str]:
    """List the names that are here, and those that come when they are asked for."""
    return sorted({*globals(), *_FIGURES})
