"""Matplotlib figures that follow the page's theme and speak to those who cannot see them.

A figure becomes SVG inside the page: its text stays text, its ground is transparent, and three colors are
handed to the page's theme, so that the same figure is right in light and in dark.
"""

import ast
import inspect
import io
import re
from collections.abc import Callable
from html import escape

import matplotlib.pyplot as plt
from IPython.display import HTML, Markdown
from matplotlib.figure import Figure

INK = "#000000"  # text and axes: the color of the words around the figure
WEIGHT = "#123470"  # what the figure is about
ACCENT = "#b3400f"  # the one thing to notice

_STYLE = """<style>
.lmkit-plot { --lmkit-weight: #123470; --lmkit-accent: #b3400f; overflow-x: auto; }
.lmkit-plot svg { max-width: 100%; height: auto; }
.lmkit-plot text { fill: currentColor; }
html[data-theme="dark"] .lmkit-plot, body[data-jp-theme-light="false"] .lmkit-plot, body.vscode-dark .lmkit-plot,
html[theme="dark"] .lmkit-plot { --lmkit-weight: #ffd67a; --lmkit-accent: #ffb37a; }
</style>"""


def show(figure: Figure, alt: str) -> HTML:
    """Turn a Matplotlib figure into part of the page.

    Args:
        alt: one or two sentences that say what is to be seen, for readers who cannot see it.

    Raises:
        ValueError: when `alt` is empty, since a figure without words is lost to some readers.
    """
    if not alt.strip():
        raise ValueError("this figure has no alt text: pass alt='what is to be seen, in a sentence'")
    svg = _follow_theme(_to_svg(figure))
    label = f'<svg role="img" aria-label="{escape(alt, quote=True)}" '
    return HTML(f'{_STYLE}<div class="lmkit-plot">{svg.replace("<svg ", label, 1)}</div>')


def source(code: Callable, *methods: str) -> Markdown:
    """Show the code of a function or class of lmkit, to be read on the page. `help` shows what its docstring says.

    Args:
        methods: of a class, show these only.

    Raises:
        ValueError: the class has no method of such a name.
    """
    text = inspect.getsource(code)
    hidden = _docstring_lines(text) | (_lines_of_others(text, methods) if methods else set())
    shown = [line for number, line in enumerate(text.splitlines(), start=1) if number not in hidden]
    return Markdown("\n".join(["```python", *shown, "```"]))


def _docstring_lines(code: str) -> set[int]:
    """The lines of the docstrings of a function or class and of its methods, counted from 1."""
    docstrings = [
        node.body[0]
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node)
    ]
    return {line for node in docstrings for line in range(node.lineno, node.end_lineno + 1)}


def _lines_of_others(code: str, methods: tuple[str, ...]) -> set[int]:
    """The lines of all methods of a class but these, each with the empty line before it, counted from 1."""
    found = [node for node in ast.parse(code).body[0].body if isinstance(node, ast.FunctionDef)]
    names = [node.name for node in found]
    for name in methods:
        if name not in names:
            raise ValueError(f"there is no method {name!r} to show; there are: {', '.join(names)}")
    others = [node for node in found if node.name not in methods]
    starts = [min([node, *node.decorator_list], key=lambda part: part.lineno).lineno - 1 for node in others]
    spans = [range(start, node.end_lineno + 1) for start, node in zip(starts, others, strict=True)]
    return set().union(*spans)


def _to_svg(figure: Figure) -> str:
    buffer = io.StringIO()
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": "lmkit"}):  # the same figure, the same bytes
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None}, bbox_inches="tight")
    plt.close(figure)
    svg = buffer.getvalue()
    return re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL)


def _follow_theme(svg: str) -> str:
    svg = re.sub(r"(fill|stroke): ?#000000", r"\1: currentColor", svg)
    svg = re.sub(rf"(fill|stroke): ?{WEIGHT}", r"\1: var(--lmkit-weight)", svg)
    return re.sub(rf"(fill|stroke): ?{ACCENT}", r"\1: var(--lmkit-accent)", svg)
