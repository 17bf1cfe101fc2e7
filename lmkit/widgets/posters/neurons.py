"""The still picture of FeedForwardNeurons, for places where the figure cannot live. Pillow is loaded only here."""

import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, WEIGHT

WIDTH, ROW, LEFT = 760, 20, 230
GRID = 200  # pixels for all neurons of a layer
LEVELS = 10  # shades; more only makes the file larger


def draw_neurons(
    score: Float[np.ndarray, " neuron"],
    layer: int,
    neuron: int,
    passages: Sequence[Sequence[str]],
    shares: Float[np.ndarray, "passage window"],
    raised: Sequence[str],
    lowered: Sequence[str],
) -> bytes:
    """At the left every neuron, the highest score first and one framed; beside it what that one fires on and writes."""
    height = max(GRID + 3 * ROW, (len(passages) + len(raised) + 3) * ROW) + 8
    picture = Image.new("RGB", (WIDTH, height), PAGE)
    draw = ImageDraw.Draw(picture)
    draw.text((4, 4), f"L{layer} · {neuron}", fill=ACCENT, font=_font())
    _draw_grid(draw, score, neuron)
    draw.text((LEFT, 4), "fires on", fill=INK, font=_font())
    for i, (words, row) in enumerate(zip(passages, shares, strict=True)):
        _draw_passage(draw, words, row, (i + 1) * ROW + 4)
    top = (len(passages) + 1) * ROW + 8
    for x, name, tokens in ((LEFT, "raises", raised), (LEFT + 220, "lowers", lowered)):
        draw.text((x, top), name, fill=INK, font=_font())
        for i, token in enumerate(tokens):
            draw.text((x + 12, top + (i + 1) * ROW), _in_latin(token), fill=WEIGHT, font=_font())
    out = io.BytesIO()
    picture.quantize(32).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _font() -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(12)


def _in_latin(token: str) -> str:
    """The picture's font has Latin letters only, and a space shows as a dot."""
    return "".join(one if " " < one < "\u0180" else "·" for one in token[:24])


def _tone(share: float) -> tuple[int, ...]:
    t = round(np.clip(share, 0, 1) ** 0.5 * LEVELS) / LEVELS
    return tuple(round(a + (b - a) * t) for a, b in zip(PAGE, WEIGHT, strict=True))


def _draw_grid(draw: ImageDraw.ImageDraw, score: Float[np.ndarray, " neuron"], neuron: int) -> None:
    order = np.argsort(-score, kind="stable")
    columns = int(np.ceil(np.sqrt(len(order))))
    size = max(2, GRID // columns)
    shares = (score[order] / max(float(score.max()), 1e-9)).tolist()
    for i, share in enumerate(shares):
        x, y = 8 + i % columns * size, 28 + i // columns * size
        draw.rectangle((x, y, x + size - 2, y + size - 2), fill=_tone(share))
    place = order.tolist().index(neuron)
    x, y = 8 + place % columns * size, 28 + place // columns * size
    draw.rectangle((x - 2, y - 2, x + size, y + size), outline=ACCENT, width=2)


def _draw_passage(
    draw: ImageDraw.ImageDraw, words: Sequence[str], shares: Float[np.ndarray, " window"], y: int
) -> None:
    """The words of a passage, colored by the activation, as far as there is room; it ends at the end of the window."""
    x = LEFT
    for word, share in zip(words, shares.tolist(), strict=True):
        text = _in_latin(word)
        width = _font().getlength(text) + 2
        if x + width > WIDTH:
            return
        tone = _tone(share)
        draw.rectangle((x, y, x + width, y + ROW - 4), fill=tone)
        draw.text((x + 1, y + 1), text, fill=PAGE if sum(tone) < 380 else INK, font=_font())
        x += width
