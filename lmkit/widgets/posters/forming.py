"""The still picture of HeadForming, for places where the figure cannot live. Pillow is loaded only here."""

import io

from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, WEIGHT

FIRST, START, LENGTH = 14, 2, 24  # the words of a text, and where the stretch begins that comes once more
CELL, TOP, LEFT = 12, 34, 8
WIDTH = 480  # for the words
LINE = (217, 222, 232)


def draw_forming(layers: int) -> bytes:
    """Rows look at columns. Layer 0: at the word before; the last layer: at what followed last time. A PNG."""
    side = LENGTH * CELL
    picture = Image.new("RGB", (max(WIDTH, layers * (side + 2 * LEFT) + LEFT), TOP + side + 34), PAGE)
    draw = ImageDraw.Draw(picture)
    for layer in range(layers):
        left = LEFT + layer * (side + 2 * LEFT)
        last = layer == layers - 1
        name = "what followed the same word" if last else "the word before"
        draw.text((left, 10), f"layer {layer}: {name}", fill=ACCENT, font=ImageFont.load_default(14))
        draw.rectangle((left, TOP, left + side, TOP + side), outline=LINE)
        for row, column in _followers() if last else _one_back():
            x, y = left + column * CELL, TOP + row * CELL
            draw.rectangle((x + 1, y + 1, x + CELL - 1, y + CELL - 1), fill=WEIGHT)
    words = f"Where the heads would have to look: {FIRST} words, and a stretch of them once more."
    draw.text((LEFT, TOP + side + 10), words, fill=INK, font=ImageFont.load_default(12))
    out = io.BytesIO()
    picture.quantize(32).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _one_back() -> list[tuple[int, int]]:
    return [(row, row - 1) for row in range(1, FIRST)]


def _followers() -> list[tuple[int, int]]:
    return [(row, START + row - FIRST + 1) for row in range(FIRST, LENGTH)]
