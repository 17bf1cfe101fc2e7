"""The still picture of a figure, for places where the figure cannot live. Pillow is loaded only here."""

import io

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont

PAGE, INK, WEIGHT, ACCENT = (255, 255, 255), (29, 36, 51), (18, 52, 112), (179, 64, 15)
LEVELS = 10  # shades in the picture; more only makes the file larger
GAP, GUTTER, FOCUS = 4, 26, 300


def draw_heads(weights: Float[np.ndarray, "layer head query key"], layer: int, head: int) -> bytes:
    """All heads in a grid, one framed; at its right that one, large: rows are queries, columns are keys."""
    layers, heads = weights.shape[:2]
    cell = int(np.clip(360 / heads, 4, (42_000 / (layers * heads)) ** 0.5))
    pitch = cell + GAP
    left = GUTTER + heads * pitch + 24
    picture = Image.new("RGB", (left + FOCUS + GAP, GUTTER + max(layers * pitch, FOCUS) + GAP), PAGE)
    draw = ImageDraw.Draw(picture)
    for i, j in np.ndindex(layers, heads):
        picture.paste(_shade(weights[i, j], cell), (GUTTER + j * pitch, GUTTER + i * pitch))
    _number_heads(draw, layers, heads, pitch)
    _frame(draw, GUTTER + head * pitch, GUTTER + layer * pitch, cell)
    picture.paste(_shade(weights[layer, head], FOCUS), (left, GUTTER))
    draw.text((left, 4), f"L{layer} · H{head}", fill=ACCENT, font=ImageFont.load_default(14))
    draw.rectangle((left - 1, GUTTER - 1, left + FOCUS, GUTTER + FOCUS), outline=INK)
    return _to_png(picture)


def _shade(head: Float[np.ndarray, "query key"], size: int) -> Image.Image:
    """One head as a square picture; where tokens outnumber pixels, the largest share of each pixel shows."""
    rows, columns = (_bins(n, size) for n in head.shape)
    pooled = np.maximum.reduceat(np.maximum.reduceat(head, rows, axis=0), columns, axis=1)
    t = np.rint(np.sqrt(pooled) * (LEVELS - 1))[..., None] / (LEVELS - 1)
    colors = (np.array(PAGE) + (np.array(WEIGHT) - np.array(PAGE)) * t).astype(np.uint8)
    return _scale(colors, size)


def _bins(n: int, size: int) -> np.ndarray:
    """Where each pixel's tokens begin, for at most `size` pixels."""
    pixels = min(n, size)
    return np.arange(pixels) * n // pixels


def _scale(colors: UInt8[np.ndarray, "row column 3"], size: int) -> Image.Image:
    return Image.fromarray(colors).resize((size, size), Image.Resampling.NEAREST)


def _number_heads(draw: ImageDraw.ImageDraw, layers: int, heads: int, pitch: int) -> None:
    """Layers down the side, heads along the top; only every so manyth where they would touch."""
    font = ImageFont.load_default(11)
    for j in range(0, heads, -(-28 // pitch)):
        draw.text((GUTTER + j * pitch + (pitch - GAP) / 2, GUTTER - 6), f"H{j}", fill=INK, font=font, anchor="ms")
    for i in range(0, layers, -(-14 // pitch)):
        draw.text((GUTTER - 7, GUTTER + i * pitch + (pitch - GAP) / 2), f"L{i}", fill=INK, font=font, anchor="rm")


def _frame(draw: ImageDraw.ImageDraw, x: int, y: int, size: int) -> None:
    draw.rectangle((x - 2, y - 2, x + size + 1, y + size + 1), outline=ACCENT, width=2)


def _to_png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.quantize(32).save(out, format="PNG", optimize=True)
    return out.getvalue()
