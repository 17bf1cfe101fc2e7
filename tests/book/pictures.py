"""Reading the pictures of the living figures: from pixels back to the numbers that were drawn."""

import io
from base64 import b64decode

import numpy as np
from PIL import Image

from tests.book.browsing import states_of

PAGE = {"light": (0xFF, 0xFF, 0xFF), "dark": (0x14, 0x18, 0x1E)}
WEIGHT = {"light": (0x12, 0x34, 0x70), "dark": (0xFF, 0xD6, 0x7A)}
LOSS = {"light": (0x8A, 0x5A, 0x00), "dark": (0x8C, 0xB8, 0xFF)}
ACCENT = (0xB3, 0x40, 0x0F)
QUIET = (0x5B, 0x64, 0x78)

STEP = 3  # pixels between two clicks

CLICK = """(canvas, points) => points.map(([x, y]) => {
  const box = canvas.getBoundingClientRect();
  canvas.dispatchEvent(new MouseEvent("click", { clientX: box.left + x, clientY: box.top + y, bubbles: true }));
  return canvas.getAttribute("aria-valuetext");
})"""
BACKGROUND = """elements => elements.map((element) =>
  getComputedStyle(element).backgroundColor.match(/[\\d.]+/g).map(Number))"""


def show_figure(show, widget, **context):
    """One widget and nothing else on a page, without motion; gives the page."""
    hosted = states_of(widget)
    seen = show(hosted, [widget.model_id], viewport={"width": 1000, "height": 900}, reduced_motion="reduce", **context)
    assert seen.complaints == []
    return seen.page


def picture_of(canvas) -> np.ndarray:
    """What is painted on a canvas: row, column, (red, green, blue, opacity), each 0 to 255."""
    address = canvas.evaluate("canvas => canvas.toDataURL()")
    return np.array(Image.open(io.BytesIO(b64decode(address.split(",")[1]))).convert("RGBA")).astype(int)


def depth_of(color, theme: str = "light", ends=(WEIGHT, LOSS)) -> float:
    """How far a color is on the way from the color of the page to that of a weight, or of a loss, from 0 to 1.

    NaN for a color that is not on these ways, such as that of a letter or a frame.
    """
    page = np.array(PAGE[theme])
    for end in ends:
        way, gone = np.array(end[theme]) - page, np.array(color[:3]) - page
        depth = float(way @ gone / (way @ way))
        if np.abs(gone - depth * way).max() <= 3:
            return depth
    return float("nan")


def share_of(color, theme: str = "light", ends=(WEIGHT, LOSS)) -> float:
    """The share that a color stands for: colors go by its square root."""
    return depth_of(color, theme, ends) ** 2


def backgrounds(elements) -> list[list[float]]:
    """The background colors of the elements that a locator finds."""
    return elements.evaluate_all(BACKGROUND)


def marked(picture: np.ndarray, color: tuple[int, int, int], nearness: int = 24) -> np.ndarray:
    """Where a picture has this color, row by column; also where it is nearly transparent."""
    return (np.abs(picture[..., :3] - color).max(axis=-1) <= nearness) & (picture[..., 3] > 12)


def middles(canvas, names: list[str], name_in, *, x: int | None = None, y: int | None = None) -> list[float]:
    """Where rows or columns of equal size have their middles, as clicks along a line find them.

    Args:
        names: What they are called, from the first to the last.
        name_in: Takes the name out of what the canvas says after a click.
        x: The line goes down at this x, or, where y is given, across at that y.
    """
    box = canvas.bounding_box()
    length = int(box["height"] if y is None else box["width"])
    points = [(x, at) if y is None else (at, y) for at in range(0, length, STEP)]
    said = canvas.evaluate(CLICK, points[::-1] + points)[len(points) :]  # backwards first: before it, the first is hit
    found = [name_in(one) for one in said]
    assert list(dict.fromkeys(found)) == names
    second, last = found.index(names[1]) * STEP, found.index(names[-1]) * STEP
    pitch = (last - second) / (len(names) - 2)
    return [second + (i - 0.5) * pitch for i in range(len(names))]
