"""The still picture of Playground, for places where the figure cannot live. Pillow is loaded only here."""

import io
from collections.abc import Collection, Sequence

from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, WEIGHT

WIDTH, ROW, CHIP, MARGIN = 640, 24, 28, 8
LINE = (217, 222, 232)
LEFT, LONGEST = 150, 400  # where the bars begin, and how long a share of 1 is
MOST_LINES = 6  # of tokens; the rest is left to the figure

Bar = tuple[str, float, float]  # a token, its share, and its share with parts switched off


def draw_playground(
    words: Sequence[str], place: int, hidden: Collection[int], bars: Sequence[Bar], is_part: bool
) -> bytes:
    """The tokens, one framed, the hidden ones crossed out; below them the tokens expected there, as bars. A PNG.

    Args:
        is_part: Whether something is switched off: then each token has a second bar, which is hollow.
    """
    boxes = _lay_out(words)
    top = max(y for _, y, _ in boxes) + CHIP + 2 * MARGIN
    picture = Image.new("RGB", (WIDTH, top + ROW * len(bars) + MARGIN), PAGE)
    draw = ImageDraw.Draw(picture)
    for i, (x, y, width) in enumerate(boxes):
        color = ACCENT if i == place else LINE
        draw.rounded_rectangle((x, y, x + width, y + CHIP - 6), 4, outline=color, width=2 if i == place else 1)
        draw.text((x + width / 2, y + (CHIP - 6) / 2), _in_latin(words[i]), fill=INK, font=_font(), anchor="mm")
        if i in hidden:
            draw.line((x, y + CHIP - 6, x + width, y), fill=ACCENT)
    for i, bar in enumerate(bars):
        _draw_bar(draw, bar, top + i * ROW, is_part)
    out = io.BytesIO()
    picture.quantize(32).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(13)


def _lay_out(words: Sequence[str]) -> list[tuple[int, int, int]]:
    """Place and width of each token, line by line."""
    boxes, x, y = [], MARGIN, MARGIN
    for text in map(_in_latin, words):
        width = round(_font().getlength(text)) + 12
        if x + width > WIDTH - MARGIN:
            x, y = MARGIN, y + CHIP
        if y >= MARGIN + MOST_LINES * CHIP:
            break
        boxes.append((x, y, width))
        x += width + 4
    return boxes


def _in_latin(token: str) -> str:
    """The picture's font has Latin letters only, and a space shows as a dot."""
    return "".join(one if " " < one < "\u0180" else "·" for one in token[:24])


def _draw_bar(draw: ImageDraw.ImageDraw, bar: Bar, y: int, is_part: bool) -> None:
    word, share, shown = bar
    draw.text((LEFT - 8, y + ROW / 2), _in_latin(word), fill=INK, font=_font(), anchor="rm")
    bottom = y + ROW // 2 if is_part else y + ROW - 5
    draw.rectangle((LEFT, y + 4, LEFT + LONGEST * share, bottom), fill=WEIGHT)
    told = f"{100 * share:.0f} %"
    if is_part:
        draw.rectangle((LEFT, y + ROW // 2 + 1, LEFT + LONGEST * shown, y + ROW - 4), outline=WEIGHT)
        told += f", then {100 * shown:.0f} %"
    draw.text((WIDTH - MARGIN, y + ROW / 2), told, fill=INK, font=_font(), anchor="rm")
