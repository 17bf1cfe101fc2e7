"""The still picture of TwoEndings, for places where the figure cannot live. Pillow is loaded only here."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, WEIGHT

WIDTH, ROW, MARGIN, SPACE = 640, 76, 12, 10
LINE = (150, 165, 190)


def draw_endings(words: Sequence[str], shares: Sequence[float], word: int) -> bytes:
    """The sentence, row by row, with a line from one word to each that it looks at, as thick as its share. A PNG."""
    places = _lay_out(words)
    picture = Image.new("RGB", (WIDTH, places[-1][1] + MARGIN + 24), PAGE)
    draw = ImageDraw.Draw(picture)
    for (x, y), share in sorted(zip(places, shares, strict=True), key=lambda pair: pair[1]):
        if (x, y) != places[word] and share >= 0.01:
            color = tuple(round(a + (b - a) * share**0.5) for a, b in zip(LINE, WEIGHT, strict=True))
            draw.line(_way(places[word], (x, y)), fill=color, width=max(1, round(12 * share)), joint="curve")
    for i, ((x, y), text, share) in enumerate(zip(places, words, shares, strict=True)):
        color = ACCENT if i == word else INK
        draw.text((x, y), text, fill=color, font=_font(15), anchor="mm")
        if share >= 0.05:
            draw.text((x, y + 15), f"{100 * share:.0f} %", fill=color, font=_font(11), anchor="mm")
    out = io.BytesIO()
    picture.quantize(64).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def _lay_out(words: Sequence[str]) -> list[tuple[int, int]]:
    """The middle of each word."""
    places, x, y = [], MARGIN, ROW - MARGIN
    for text in words:
        width = round(_font(15).getlength(text))
        if x + width > WIDTH - MARGIN:
            x, y = MARGIN, y + ROW
        places.append((x + width // 2, y))
        x += width + SPACE
    return places


def _way(start: tuple[int, int], end: tuple[int, int]) -> list[tuple[float, float]]:
    """From above one word to above another of its row, over an arch; to another row, straight."""
    (x, y), (to_x, to_y) = start, end
    if to_y != y:
        down = 1 if to_y > y else -1
        return [(x, y + 12 * down), (to_x, to_y - (12 if down > 0 else -22))]
    top = y - 12 - 2 * min(36, 14 + abs(to_x - x) / 10)  # of the corner that pulls the curve up to half of its height
    steps = [i / 16 for i in range(17)]
    return [(x + (to_x - x) * t, (1 - t) ** 2 * (y - 12) + 2 * t * (1 - t) * top + t**2 * (y - 12)) for t in steps]
