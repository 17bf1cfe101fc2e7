"""The still picture of HeadAtlas, for places where the figure cannot live. Pillow is loaded only here."""

import io

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, WEIGHT

SIZE, EDGE, LEFT = 420, 48, 64
FAINT = (217, 222, 232)


def draw_atlas(
    x: Float[np.ndarray, "layer head"],
    y: Float[np.ndarray, "layer head"],
    names: tuple[str, str],
    chosen: tuple[int, int],
) -> bytes:
    """A dot for each head, the later its layer the deeper; one of them named. A PNG."""
    picture = Image.new("RGB", (LEFT + SIZE + EDGE, SIZE + 2 * EDGE), PAGE)
    draw = ImageDraw.Draw(picture)
    draw.rectangle((LEFT, EDGE, LEFT + SIZE, EDGE + SIZE), outline=FAINT)
    across, up = _places(x) * SIZE + LEFT, EDGE + SIZE - _places(y) * SIZE
    for layer, head in np.ndindex(x.shape):
        if (layer, head) != chosen:
            _dot(draw, across[layer, head], up[layer, head], _tone(layer, len(x)), INK)
    at = across[chosen], up[chosen]
    _dot(draw, *at, ACCENT, PAGE)
    side = "r" if at[0] > LEFT + SIZE / 2 else "l"
    name = "L{} · H{}".format(*chosen)
    draw.text((at[0] + (10 if side == "l" else -10), at[1]), name, fill=ACCENT, font=_font(14), anchor=f"{side}m")
    _name_axes(draw, x, y, names)
    out = io.BytesIO()
    picture.quantize(32).save(out, format="PNG", optimize=True)
    return out.getvalue()


def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)


def _places(values: Float[np.ndarray, "layer head"]) -> Float[np.ndarray, "layer head"]:
    """From 0, or the least, to the largest, with room at the ends."""
    low, high = min(0.0, float(values.min())), float(values.max())
    return 0.04 + 0.92 * (values - low) / max(high - low, 1e-9)


def _tone(layer: int, layers: int) -> tuple[int, ...]:
    t = (1 + layer) / layers
    return tuple(round(a + (b - a) * t) for a, b in zip(PAGE, WEIGHT, strict=True))


def _dot(draw: ImageDraw.ImageDraw, x: float, y: float, fill: tuple[int, ...], edge: tuple[int, ...]) -> None:
    draw.ellipse((x - 5, y - 5, x + 5, y + 5), fill=fill, outline=edge)


def _name_axes(
    draw: ImageDraw.ImageDraw,
    x: Float[np.ndarray, "layer head"],
    y: Float[np.ndarray, "layer head"],
    names: tuple[str, str],
) -> None:
    bottom = EDGE + SIZE + 8
    draw.text((LEFT + SIZE / 2, bottom + 14), names[0], fill=INK, font=_font(14), anchor="mt")
    draw.text((LEFT, EDGE - 10), names[1], fill=INK, font=_font(14), anchor="ls")
    draw.text((LEFT + 0.96 * SIZE, bottom), f"{x.max():.2f}", fill=INK, font=_font(11), anchor="mt")
    draw.text((LEFT - 6, EDGE + 0.04 * SIZE), f"{y.max():.2f}", fill=INK, font=_font(11), anchor="rm")
