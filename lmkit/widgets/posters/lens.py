"""The still picture of LogitLens, for places where the figure cannot live. Pillow is loaded only here."""

import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, WEIGHT

WIDTH, LEFT, ROW = 720, 84, 22
COLUMNS = 14  # at most; the rest is left to the figure
LEVELS = 10  # shades; more only makes the file larger


def draw_lens(
    guesses: Sequence[Sequence[str]],
    shares: Float[np.ndarray, "entry position"],
    words: Sequence[str],
    layer: int,
    position: int,
) -> bytes:
    """The most likely token of each cell, shaded by its share; rows are layers, columns are words. A PNG."""
    first = int(np.clip(position - COLUMNS // 2, 0, max(0, len(words) - COLUMNS)))
    columns = range(first, min(len(words), first + COLUMNS))
    cell = min(80, (WIDTH - LEFT) // len(columns))
    picture = Image.new("RGB", (LEFT + cell * len(columns) + 4, ROW * (len(guesses) + 1) + 4), PAGE)
    draw = ImageDraw.Draw(picture)
    for j, column in enumerate(columns):
        x = LEFT + j * cell
        _write(draw, words[column], x, 0, cell, ACCENT if column == position else INK)
        for i, row in enumerate(guesses):
            tone = round(float(np.sqrt(shares[i, column])) * LEVELS) / LEVELS
            color = tuple(round(a + (b - a) * tone) for a, b in zip(PAGE, WEIGHT, strict=True))
            draw.rectangle((x, (i + 1) * ROW, x + cell - 2, (i + 2) * ROW - 2), fill=color)
            _write(draw, row[column], x, (i + 1) * ROW, cell, PAGE if tone > 0.5 else INK)
    for i in range(len(guesses)):
        name, color = f"layer {i - 1}" if i else "embedding", ACCENT if i == layer else INK
        draw.text((LEFT - 8, (i + 1.5) * ROW), name, fill=color, font=_font(), anchor="rm")
    x, y = LEFT + (position - first) * cell, (layer + 1) * ROW
    draw.rectangle((x - 2, y - 2, x + cell, y + ROW), outline=ACCENT, width=2)
    out = io.BytesIO()
    picture.quantize(32).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(12)


def _write(draw: ImageDraw.ImageDraw, token: str, x: int, y: int, width: int, color: tuple[int, int, int]) -> None:
    """A token as far as it fits; one that the picture's font cannot write is left to the figure."""
    text = "".join(character if " " < character < "\u0100" else "·" for character in token[: max(1, width // 8)])
    draw.text((x + width / 2, y + ROW / 2), text, fill=color, font=_font(), anchor="mm")
