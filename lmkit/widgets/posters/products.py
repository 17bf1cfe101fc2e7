"""The products of a query and a key, a bar each: still, and as a drawing."""

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters import svg
from lmkit.widgets.posters.heads import INK, PAGE, WEIGHT, _to_png

WIDTH, HEIGHT, TOP, LEFT = 640, 200, 30, 10
LOSS = (138, 90, 0)


def draw_products(products: Float[np.ndarray, " d_head"], says: str) -> bytes:
    """Bars up for what raises the score, down for what lowers it. A PNG."""
    picture = Image.new("RGB", (WIDTH, TOP + HEIGHT + 10), PAGE)
    draw = ImageDraw.Draw(picture)
    draw.text((LEFT, 8), f"{says}, sum {products.sum():.2f}", fill=INK, font=ImageFont.load_default(14))
    for x, y, width, height, raises in _bars(products):
        draw.rectangle((x, y, x + width, y + height), fill=WEIGHT if raises else LOSS)
    zero = _zero(products)
    draw.line((LEFT, zero, WIDTH - LEFT, zero), fill=INK)
    return _to_png(picture)


def draw_products_svg(products: Float[np.ndarray, " d_head"], says: str, description: str) -> str:
    """The same as a drawing."""
    colors = {raises: "#" + bytes(color).hex() for raises, color in ((True, WEIGHT), (False, LOSS))}
    bars = [svg.box(x, y, width, height, colors[raises]) for x, y, width, height, raises in _bars(products)]
    zero = _zero(products)
    title = svg.words(f"{says}, sum {products.sum():.2f}", LEFT, 14, "#1d2433", mono=False)
    axis = svg.line(LEFT, zero, WIDTH - LEFT, zero, "#1d2433", 1)
    return svg.drawing(WIDTH, TOP + HEIGHT + 10, description, [title, *bars, axis])


def _scale(products: np.ndarray) -> float:
    """Pixels for 1."""
    return HEIGHT / max(float(np.ptp(np.append(products, 0))), 1e-9)


def _zero(products: np.ndarray) -> float:
    return TOP + max(0.0, float(products.max())) * _scale(products)


def _bars(products: np.ndarray) -> list[tuple[float, float, float, float, bool]]:
    """Left, top, width and height of each, and whether it raises the score."""
    scale, zero = _scale(products), _zero(products)
    pitch = (WIDTH - 2 * LEFT) / len(products)
    return [
        (LEFT + i * pitch, zero - max(0.0, p) * scale, 0.8 * pitch, abs(p) * scale, p > 0)
        for i, p in enumerate(products.astype(float).tolist())
    ]
