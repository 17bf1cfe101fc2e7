"""The elements of a drawing in SVG."""

import base64
import re
from collections.abc import Sequence
from xml.sax.saxutils import escape

MONO = "ui-monospace, Menlo, Consolas, monospace"
Number = int | float
NO_XML = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
BLANKS = str.maketrans({" ": "␣", "\n": "↵", "\t": "⇥"})


def drawing(width: Number, height: Number, says: str, parts: Sequence[str]) -> str:
    """A drawing of some elements on white, with a sentence for who does not see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img"><title>{_plain(says)}</title>'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def box(x: Number, y: Number, width: Number, height: Number, fill: str = "none", stroke: str = "none") -> str:
    """A rectangle."""
    line = "" if stroke == "none" else f' stroke="{stroke}" stroke-width="2"'
    return f'<rect x="{x:.4g}" y="{y:.4g}" width="{width:.4g}" height="{height:.4g}" fill="{fill}"{line}/>'


def line(x: Number, y: Number, x2: Number, y2: Number, stroke: str, width: Number) -> str:
    """A straight line."""
    return (
        f'<line x1="{x:.4g}" y1="{y:.4g}" x2="{x2:.4g}" y2="{y2:.4g}" stroke="{stroke}" stroke-width="{width:.3g}"/>'
    )


def words(
    text: str, x: Number, y: Number, fill: str, anchor: str = "start", turn: Number = 0, mono: bool = True
) -> str:
    """A token, with its blanks seen; or other words."""
    turned = f' transform="rotate({turn:g} {x:.4g} {y:.4g})"' if turn else ""
    family = MONO if mono else "system-ui, sans-serif"
    shown = text.translate(BLANKS) if mono else text
    return (
        f'<text x="{x:.4g}" y="{y:.4g}" fill="{fill}" font-family="{family}" font-size="12" text-anchor="{anchor}" '
        f'dominant-baseline="central"{turned}>{_plain(shown)}</text>'
    )


def picture(png: bytes, width: Number, height: Number) -> str:
    """A picture of pixels, from the upper left corner."""
    data = base64.b64encode(png).decode()
    return f'<image width="{width:g}" height="{height:g}" href="data:image/png;base64,{data}"/>'


def _plain(text: str) -> str:
    return escape(NO_XML.sub("�", text))
