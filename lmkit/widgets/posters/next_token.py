"""The most probable next tokens, a bar each: still."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import INK, PAGE, WEIGHT, _to_png

WIDTH, LEFT, TOP, ROW = 640, 110, 34, 20
LONGEST = 70  # characters of the text: its end is what counts


def draw_shares(text: str, words: Sequence[str], shares: Float[np.ndarray, " token"]) -> bytes:
    """Each token with its bar and its share. A PNG."""
    picture = Image.new("RGB", (WIDTH, TOP + ROW * len(words) + 8), PAGE)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(13)
    said = text if len(text) <= LONGEST else f"...{text[-LONGEST:]}"
    draw.text((10, 8), _plain(said), fill=INK, font=ImageFont.load_default(14))
    for i, (word, share) in enumerate(zip(words, shares.tolist(), strict=True)):
        y = TOP + i * ROW
        draw.text((LEFT - 8, y + ROW / 2), _plain(word.strip()), fill=INK, font=font, anchor="rm")
        draw.rectangle((LEFT, y + 3, LEFT + share * (WIDTH - LEFT - 70), y + ROW - 3), fill=WEIGHT)
        draw.text((WIDTH - 10, y + ROW / 2), f"{share:.1%}", fill=INK, font=font, anchor="rm")
    return _to_png(picture)


def _plain(text: str) -> str:
    """What the picture's font can write; the rest is left to the figure."""
    return "".join(character if " " <= character < "\u0100" else "·" for character in text)
