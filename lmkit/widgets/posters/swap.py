"""A story, the words of it that can be swapped, and a classifier's answer: still."""

import re
from collections.abc import Collection, Sequence

from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, WEIGHT, _to_png

WIDTH, MARGIN, LINE, BAR = 640, 12, 22, 18
LINE_COLOR = (217, 222, 232)


def draw_swap(text: str, swappable: Collection[str], classes: Sequence[str], share: float, truth: str) -> bytes:
    """The words line by line, those that can be swapped underlined; below them a bar from one class to the other.

    Args:
        share: That of the second class.
    """
    font = ImageFont.load_default(14)
    places = _lay_out(text.split(), font)
    top = round(places[-1][1]) + LINE + 34
    picture = Image.new("RGB", (WIDTH, top + BAR + 30), PAGE)
    draw = ImageDraw.Draw(picture)
    for word, (x, y) in zip(text.split(), places, strict=True):
        can_be = _bare(word) in swappable
        draw.text((x, y), _plain(word), fill=ACCENT if can_be else INK, font=font)
        if can_be:
            draw.line((x, y + LINE - 4, x + font.getlength(_plain(word)), y + LINE - 4), fill=ACCENT)
    right = WIDTH - MARGIN
    draw.text((MARGIN, top - 20), f"{classes[0]} {1 - share:.0%}", fill=INK, font=font)
    draw.text((right, top - 20), f"{share:.0%} {classes[1]}", fill=INK, font=font, anchor="ra")
    draw.rectangle((MARGIN, top, right, top + BAR), fill=LINE_COLOR)
    draw.rectangle((right - share * (right - MARGIN), top, right, top + BAR), fill=WEIGHT)
    draw.text((MARGIN, top + BAR + 6), f"The truth: {truth}", fill=INK, font=font)
    return _to_png(picture)


def _lay_out(words: Sequence[str], font: ImageFont.ImageFont | ImageFont.FreeTypeFont) -> list[tuple[float, float]]:
    places, x, y = [], float(MARGIN), float(MARGIN)
    for word in map(_plain, words):
        width = font.getlength(word)
        if x + width > WIDTH - MARGIN:
            x, y = float(MARGIN), y + LINE
        places.append((x, y))
        x += width + font.getlength(" ")
    return places


def _bare(word: str) -> str:
    return re.sub(r"'s\b|\W", "", word)


def _plain(text: str) -> str:
    """What the picture's font can write; the rest is left to the figure."""
    return "".join(character if " " <= character < "\u0100" else "·" for character in text)
