"""Matplotlib figures that follow the page's theme and speak to those who cannot see them.

A figure becomes SVG inside the page: its text stays text, its ground is transparent, and three colors are
handed to the page's theme, so that the same figure is right in light and in dark. Beside it lies a PNG, for a notebook
that Jupyter does not trust: there it takes the drawing out, and keeps the picture.
"""

import ast
import base64
import inspect
import io
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from html import escape
from itertools import cycle

import matplotlib.pyplot as plt
from IPython.display import HTML, Markdown
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from PIL import Image
from torch import Tensor

NARROW = 4.8  # inches: drawn so wide, the words of a figure are large enough in the column of a telephone
INK = "#000000"  # text and axes: the color of the words around the figure
WEIGHT = "#123470"  # what the figure is about
ACCENT = "#b3400f"  # the one thing to notice

Numbers = Sequence[int | float] | Tensor

_STYLE = """<style>
.lmkit-plot { --lmkit-weight: #123470; --lmkit-accent: #b3400f; margin: 0.5rem 0 1rem; max-width: 45rem; }
.lmkit-plot svg { display: block; width: 100%; height: auto; }
.lmkit-plot text { fill: currentColor; }
.lmkit-plot .lmkit-still { display: none; }
.lmkit-plot .lmkit-narrow { display: none; }
.lmkit-plot .lmkit-drawn { display: block !important; }
.lmkit-plot figcaption { margin: 0.3rem 0 0; font-size: 14px; line-height: 1.5; text-align: left; }
html[data-theme="dark"] .lmkit-plot, body[data-jp-theme-light="false"] .lmkit-plot, body.vscode-dark .lmkit-plot,
html[theme="dark"] .lmkit-plot { --lmkit-weight: #ffd67a; --lmkit-accent: #ffb37a; }
@media screen and (max-width: 480px) {
  .lmkit-plot .lmkit-wide { display: none; }
  .lmkit-plot .lmkit-narrow { display: block; }
}
</style>"""


def show(figure: Figure, alt: str, still: bool = True) -> HTML:
    """Turn a Matplotlib figure into part of the page, as wide as the text, with its caption.

    One that is too wide for a telephone is drawn a second time for it: narrow, its panels one below the other.

    Args:
        alt: one or two sentences that say what is to be seen. They stand under the figure, for every reader; who cannot
            see it hears them once, in its place.
        still: False leaves the PNG out, for what is no notebook.

    Raises:
        ValueError: when `alt` is empty, since a figure without words is lost to some readers.
    """
    if not alt.strip():
        raise ValueError("this figure has no alt text: pass alt='what is to be seen, in a sentence'")
    png = f'<img class="lmkit-still" alt="" src="data:image/png;base64,{_to_png(figure)}">' if still else ""
    drawn = f'<div class="lmkit-drawn" style="display: none">{_drawings(figure)}</div>'  # the style, if kept, shows it
    caption = f"<figcaption>{escape(' '.join(alt.split()))}</figcaption>"
    return HTML(f'{_STYLE}<figure class="lmkit-plot">{png}{drawn}{caption}</figure>')


# --- What chapters draw again and again. Each draws into `axes`, and leaves scales and words to `axes.set`. ---


def lines(axes: Axes, x: Numbers, curves: Mapping[str, Numbers], notice: Collection[str] = ()) -> None:
    """Draw curves over the same x, each with a line style of its own, so that no reader has to tell colors apart.

    Few points are marked one by one. More than one curve gets a legend.

    Args:
        notice: the names of those that are drawn in the accent.

    Raises:
        ValueError: there is no curve of a name to notice.
    """
    _check_names(notice, curves)
    few = len(x) <= 20
    for (name, y), style, mark in zip(curves.items(), cycle(["-", "--", ":", "-."]), cycle("os^v"), strict=False):
        color = ACCENT if name in notice else WEIGHT
        axes.plot(x, y, style, marker=mark if few else None, markersize=4, color=color, label=name)
    if len(curves) > 1:
        axes.legend(frameon=False)


def dots(axes: Axes, rows: Mapping[str, Numbers], notice: Mapping[str, float] | None = None) -> None:
    """Draw a row of dots for each name, such as the results of some runs; the first row is the topmost.

    Args:
        notice: of some rows, one value that gets a diamond in the accent.

    Raises:
        ValueError: there is no row of a name to notice.
    """
    _check_names(notice or {}, rows)
    for place, (name, values) in enumerate(rows.items()):
        axes.plot(values, [place] * len(values), "o", color=WEIGHT, alpha=0.6)
        if notice and name in notice:
            axes.plot(notice[name], place, "D", color=ACCENT)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)


def points(axes: Axes, x: Float[Tensor, "*n"], y: Float[Tensor, "*n"], notice: object) -> None:
    """Draw one number against another, a point for each head, or whatever it may be.

    Args:
        notice: index of those that are circled in the accent, such as (layer, head).
    """
    axes.scatter(x.flatten(), y.flatten(), s=18, color=WEIGHT)
    axes.scatter(x[notice], y[notice], s=80, facecolors="none", edgecolors=ACCENT)


def _check_names(notice: Collection[str], drawn: Collection[str]) -> None:
    for name in notice:
        if name not in drawn:
            raise ValueError(f"there is no {name!r} to notice; there are: {', '.join(drawn)}")


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


_WAITS = """(function draw(times) {
  if (window.requirejs) { DRAWN }
  else if (times) setTimeout(draw, 100, times - 1);
  else document.getElementById("PLACE").textContent =
    "bertviz fetches what it draws with from cdnjs.cloudflare.com, which did not answer.";
})(150);"""


def bertviz(view: HTML, alt: str) -> HTML:
    """A view of bertviz, made with `html_action="return"`, that waits for what it draws with, for up to 15 seconds.

    As bertviz shows it, it does not wait, and fails where all cells are run in a row. It draws in black: so its ground
    is white, whatever the theme is.

    Args:
        alt: what is to be seen, in a sentence or two, which stand under it.
    """
    waits = _WAITS.replace("PLACE", re.search(r'id="(bertviz-\w+)"', view.data)[1])
    script = re.compile(r'(?<=<script type="text/javascript">).*(?=</script>)', re.DOTALL)
    silent = re.sub(r"console\.log\([^)\n]*\)", "", view.data)  # it would tell the console which d3 it found
    waiting = script.sub(lambda drawn: waits.replace("DRAWN", drawn[0]), silent)
    drawn = f'<div style="background: #fff; color: #000; color-scheme: light; padding: 0.5rem">{waiting}</div>'
    return HTML(f'<figure class="pictured">{drawn}<figcaption>{escape(alt)}</figcaption></figure>')


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


def _drawings(figure: Figure) -> str:
    """The figure as SVG; twice, where a telephone needs another and there are panels to lay out anew."""
    panels = [axes for axes in figure.axes if axes.get_subplotspec() is not None]
    if not panels or figure.get_figwidth() <= 1.25 * NARROW:
        drawings = _to_svg(figure, "lmkit")
    else:
        wide = _to_svg(figure, "lmkit").replace("<svg ", '<svg class="lmkit-wide" ', 1)
        _make_narrow(figure, panels)
        drawings = wide + _to_svg(figure, "narrow").replace("<svg ", '<svg class="lmkit-narrow" ', 1)
    plt.close(figure)
    return _follow_theme(drawings).replace("<svg ", '<svg aria-hidden="true" ')


def _make_narrow(figure: Figure, panels: list[Axes]) -> None:
    """Lay its panels one below the other, each as high as it was, and with the labels that stood once for all."""
    height = figure.get_figheight() / panels[0].get_gridspec().nrows
    figure.set_layout_engine("constrained")
    for axes, place in zip(panels, GridSpec(len(panels), 1, figure), strict=True):
        axes.set_subplotspec(place)
        axes.tick_params(labelleft=True, labelbottom=True)
    for kind in ("xlabel", "ylabel"):
        said = {axes: getattr(axes, f"get_{kind}")() for axes in panels}
        if len(set(said.values()) - {""}) == 1:
            plt.setp(panels, **{kind: max(said.values())})
    figure.set_size_inches(NARROW, height * len(panels))


def _to_svg(figure: Figure, salt: str) -> str:
    """Its drawing; `salt` keeps the names inside apart from those of another drawing on the page."""
    buffer = io.StringIO()
    with plt.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}):  # the same figure, the same bytes
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None}, bbox_inches="tight")
    svg = buffer.getvalue()
    return _ungrouped(re.sub(r"<metadata>.*?</metadata>", "", svg[svg.index("<svg") :], flags=re.DOTALL))


def _to_png(figure: Figure) -> str:
    """A small picture on white, in base64."""
    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", dpi=90, facecolor="white", bbox_inches="tight")
    Image.open(full).convert("RGB").quantize(32).save(small, format="png", optimize=True)
    return base64.b64encode(small.getvalue()).decode()


def _ungrouped(svg: str) -> str:
    """The same without the groups that only name what they hold: a third of what a page must lay out."""
    is_kept: list[bool] = []

    def kept(tag: re.Match) -> str:
        if tag[0] == "</g>":
            return tag[0] if is_kept.pop() else ""
        is_kept.append(re.fullmatch(r'<g( id="[^"]*")?>', tag[0]) is None)
        return tag[0] if is_kept[-1] else ""

    return re.sub(r"<g\b[^>]*>|</g>", kept, svg)


def _follow_theme(svg: str) -> str:
    svg = re.sub(r"(fill|stroke): ?#000000", r"\1: currentColor", svg)
    svg = re.sub(rf"(fill|stroke): ?{WEIGHT}", r"\1: var(--lmkit-weight)", svg)
    return re.sub(rf"(fill|stroke): ?{ACCENT}", r"\1: var(--lmkit-accent)", svg)
