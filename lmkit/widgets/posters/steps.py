"""The still picture of AttentionSteps, for places where the figure cannot live."""

import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, WEIGHT

SIDE, LEFT, TOP = 320, 110, 34
NAMES = ("1 Q K^T", "2 divided by the root of d", "3 mask", "4 softmax", "5 times V")


def draw_matrix(
    matrix: Float[np.ndarray, "query column"], tokens: Sequence[str], step: int, query: int
) -> bytes:
    """One step's matrix, a row for each query, the chosen row framed; numbers where there is room. A PNG."""
    rows, columns = matrix.shape
    tall, wide = SIDE / rows, SIDE / columns
    picture = Image.new("RGB", (LEFT + SIDE + 8, TOP + SIDE + 8), PAGE)
    draw = ImageDraw.Draw(picture)
    draw.text((LEFT, 10), NAMES[step - 1], fill=ACCENT, font=ImageFont.load_default(14))
    for (i, j), tone in np.ndenumerate(_tones(matrix, step)):
        left, top = LEFT + j * wide, TOP + i * tall
        box = (left, top, max(left, left + wide - 1), max(top, top + tall - 1))  # a pixel at least
        _draw_cell(draw, box, float(tone), float(matrix[i, j]), numbers=min(tall, wide) >= 38)
    for i in range(0, rows, max(1, round(12 / tall))):
        color = ACCENT if i == query else INK
        draw.text((LEFT - 8, TOP + (i + 0.5) * tall), tokens[i][:14], fill=color, anchor="rm")
    chosen = (LEFT - 2, TOP + query * tall - 2, LEFT + SIDE, TOP + (query + 1) * tall)
    draw.rectangle(chosen, outline=ACCENT, width=2)
    return _to_png(picture)


def _tones(matrix: Float[np.ndarray, "query column"], step: int) -> Float[np.ndarray, "query column"]:
    """0 to 1: shares by their root, other numbers by their place in the range; NaN where hidden."""
    if step == 4:
        return np.sqrt(matrix)
    seen = matrix[np.isfinite(matrix)]
    return np.where(np.isfinite(matrix), (matrix - seen.min()) / max(np.ptp(seen), 1e-6), np.nan)


def _draw_cell(draw: ImageDraw.ImageDraw, box: tuple, tone: float, value: float, numbers: bool) -> None:
    if np.isnan(tone):
        draw.line((box[0], box[3], box[2], box[1]), fill=INK)
        return
    draw.rectangle(box, fill=tuple(round(a + (b - a) * tone) for a, b in zip(PAGE, WEIGHT, strict=True)))
    if numbers:
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        draw.text(middle, f"{value:.2f}", fill=PAGE if tone > 0.5 else INK, anchor="mm")


def _to_png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.quantize(64).save(out, format="PNG", optimize=True)
    return out.getvalue()
