"""The flow of attention through layers: still, and as a drawing. The output stands above, the input below."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters import svg
from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, WEIGHT, _to_png

WIDTH, TOP, LEFT, LEVEL, WORDS = 640, 14, 40, 44, 70
LEAST = 0.01  # links that carry less are not drawn
_Flows = Float[np.ndarray, "layer to from"]


def draw_flow(flows: _Flows, tokens: Sequence[str], token: int) -> bytes:
    """Links as wide and as dark as what they carry. A PNG."""
    picture = Image.new("RGB", (WIDTH, _height(flows)), PAGE)
    draw = ImageDraw.Draw(picture)
    for start, end, carries in _links(flows):
        depth = min(1.0, carries**0.5)
        color = tuple(round(a + (b - a) * depth) for a, b in zip(PAGE, WEIGHT, strict=True))
        draw.line((*start, *end), fill=color, width=max(1, round(8 * carries)))
    font = ImageFont.load_default(10)
    for i in range(0, len(tokens), max(1, -(-len(tokens) // 14))):
        x, _ = _place(flows, 0, i)
        draw.text((x, _height(flows) - WORDS + 10), tokens[i][:9], fill=INK, font=font, anchor="ma")
    draw.text(_place(flows, len(flows), token), tokens[token][:12], fill=ACCENT, font=font, anchor="md")
    return _to_png(picture)


def draw_flow_svg(flows: _Flows, tokens: Sequence[str], token: int, says: str) -> str:
    """The same, with every word as text."""
    blue = "#" + bytes(WEIGHT).hex()
    lines = [svg.line(*start, *end, blue, 0.3 + 8 * carries) for start, end, carries in _links(flows)]
    words = []
    for i, one in enumerate(tokens):
        x, y = _place(flows, 0, i)
        words.append(svg.words(one[:12], x, y + 10, "#1d2433", turn=60))
    x, y = _place(flows, len(flows), token)
    words.append(svg.words(tokens[token][:12], x, y - 8, "#b3400f", "middle"))
    return svg.drawing(WIDTH, _height(flows) + 20, says, [*lines, *words])


def _height(flows: _Flows) -> int:
    return TOP + LEVEL * len(flows) + WORDS


def _place(flows: _Flows, level: int, i: int) -> tuple[float, float]:
    """Where a token stands at a level: 0 is the input."""
    return LEFT + i * (WIDTH - 2 * LEFT) / max(1, flows.shape[-1] - 1), float(TOP + (len(flows) - level) * LEVEL)


def _links(flows: _Flows) -> Iterator[tuple[tuple[float, float], tuple[float, float], float]]:
    for layer, to, start in np.argwhere(flows >= LEAST).tolist():
        yield _place(flows, layer + 1, to), _place(flows, layer, start), float(flows[layer, to, start])
