"""The still picture of AskBoth: what was asked, and two answers."""

import textwrap
from collections.abc import Mapping

from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, _to_png
from lmkit.widgets.posters.next_token import _plain

WIDTH, MARGIN, LINE, COLUMNS = 640, 12, 20, 80


def draw_answers(text: str, said: Mapping[str, str]) -> bytes:
    """The text, and below it each model's name with what it says. A PNG."""
    lines = [(INK, line) for line in textwrap.wrap(_plain(text), COLUMNS)]
    for name, words in said.items():
        lines += [(INK, ""), (ACCENT, name), *((INK, line) for line in textwrap.wrap(_plain(words), COLUMNS))]
    picture = Image.new("RGB", (WIDTH, 2 * MARGIN + LINE * len(lines)), PAGE)
    draw = ImageDraw.Draw(picture)
    for number, (color, line) in enumerate(lines):
        draw.text((MARGIN, MARGIN + LINE * number), line, fill=color, font=ImageFont.load_default(14))
    return _to_png(picture)
