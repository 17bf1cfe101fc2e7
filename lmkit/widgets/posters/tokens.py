"""The still picture of TokenStrip, for places where the figure cannot live. Pillow is loaded only here."""

import io
from collections.abc import Mapping

from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, WEIGHT

WIDTH, ROW, CHIP, MARGIN = 640, 22, 30, 8
LINE = (217, 222, 232)
MOST_LINES = 8  # of tokens; the rest is left to the figure


def draw_tokens(words: Mapping[str, list[str]], tokenizer: int, token: int) -> bytes:
    """How many tokens each tokenizer needs, as bars; below them the tokens of the chosen one. A PNG."""
    boxes = _lay_out(list(words.values())[tokenizer])
    top = len(words) * ROW + 2 * MARGIN
    bottom = max((y for _, y, _, _ in boxes), default=0) + CHIP
    picture = Image.new("RGB", (WIDTH, top + bottom + MARGIN), PAGE)
    draw = ImageDraw.Draw(picture)
    _draw_bars(draw, {name: len(tokens) for name, tokens in words.items()}, tokenizer)
    for i, (x, y, width, text) in enumerate(boxes):
        color = ACCENT if i == token else INK
        box = (x, top + y, x + width, top + y + CHIP - 6)
        draw.rounded_rectangle(box, 4, outline=ACCENT if i == token else LINE)
        draw.text((x + width / 2, top + y + (CHIP - 6) / 2), text, fill=color, font=_font(), anchor="mm")
    out = io.BytesIO()
    picture.quantize(32).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(13)


def _lay_out(tokens: list[str]) -> list[tuple[int, int, int, str]]:
    """Place, width and text of each token, line by line."""
    boxes, x, y = [], MARGIN, 0
    for text in map(_in_latin, tokens):
        width = round(_font().getlength(text)) + 12
        if x + width > WIDTH - MARGIN:
            x, y = MARGIN, y + CHIP
        if y == MOST_LINES * CHIP:
            break
        boxes.append((x, y, width, text))
        x += width + 4
    return boxes


def _in_latin(token: str) -> str:
    """The picture's font has Latin letters only: a token in another script shows its bytes, a space a dot."""
    shown = token.replace(" ", "·")[:40]
    return shown if shown.isprintable() and max(shown) < "\u0180" else f"<{token[:8].encode().hex().upper()}>"


def _draw_bars(draw: ImageDraw.ImageDraw, counts: Mapping[str, int], chosen: int) -> None:
    most = max(1, *counts.values())
    for i, (name, count) in enumerate(counts.items()):
        y = MARGIN + i * ROW
        color = ACCENT if i == chosen else INK
        draw.text((MARGIN, y + ROW / 2), name[:24], fill=color, font=_font(), anchor="lm")
        draw.rectangle((180, y + 6, 180 + 340 * count / most, y + ROW - 7), fill=WEIGHT)
        draw.text((WIDTH - MARGIN, y + ROW / 2), f"{count:,} tokens", fill=color, font=_font(), anchor="rm")
