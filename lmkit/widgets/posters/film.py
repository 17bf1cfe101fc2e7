"""The still picture of TrainingFilm, for places where the figure cannot live. Pillow is loaded only here."""

import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFont

from lmkit.widgets.posters.heads import ACCENT, INK, PAGE, WEIGHT, draw_heads

HEIGHT, MARGIN = 120, 26
GRAY = (150, 158, 172)


def draw_film(
    curves: Sequence[Float[np.ndarray, "2 _"]],
    step: int,
    weights: Float[np.ndarray, "layer head query key"],
    layer: int,
    head: int,
) -> bytes:
    """The loss on the training text (gray) and on the held-out one (dark), the step marked; below, its heads. A PNG."""
    heads = Image.open(io.BytesIO(draw_heads(weights, layer, head))).convert("RGB")
    picture = Image.new("RGB", (heads.width, HEIGHT + 2 * MARGIN + heads.height), PAGE)
    picture.paste(heads, (0, HEIGHT + 2 * MARGIN))
    draw = ImageDraw.Draw(picture)
    low, high = np.concatenate(curves, axis=1).min(axis=1), np.concatenate(curves, axis=1).max(axis=1)
    span = np.maximum(high - low, 1e-6) / (picture.width - 2 * MARGIN, -HEIGHT)
    for points, color in zip(curves, (GRAY, WEIGHT), strict=True):
        x, y = (points - low[:, None]) / span[:, None]
        draw.line([(MARGIN + a, MARGIN + HEIGHT + b) for a, b in zip(x, y, strict=True)], fill=color, width=2)
    x = MARGIN + float(np.clip((step - low[0]) / span[0], 0, picture.width - 2 * MARGIN))
    draw.line((x, MARGIN, x, MARGIN + HEIGHT + 6), fill=ACCENT, width=2)
    draw.text((x + 5, MARGIN + HEIGHT - 8), f"step {step:,}", fill=ACCENT, font=ImageFont.load_default(14))
    draw.text((MARGIN, 6), f"loss, {low[1]:.2f} to {high[1]:.2f}", fill=INK, font=ImageFont.load_default(14))
    out = io.BytesIO()
    picture.quantize(32).save(out, format="PNG", optimize=True)
    return out.getvalue()
