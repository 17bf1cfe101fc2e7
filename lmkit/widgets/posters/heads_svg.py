"""One head as a drawing, for papers: words as text, shares as rectangles."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from lmkit.widgets.posters import svg

PAGE, WEIGHT, INK, ACCENT, LINE = (255, 255, 255), (18, 52, 112), "#1d2433", "#b3400f", "#d9dee8"
SIDE, LETTER = 480, 7.3  # pixels: of all cells, and of a letter


def draw_head(
    shares: Float[np.ndarray, "query key"],
    rows: Sequence[str],
    columns: Sequence[str],
    query: int,
    name: str,
    says: str,
) -> str:
    """A map of one head, rows its queries and columns its keys, with the chosen query framed."""
    rows, columns = ([word[:16] for word in labels] for labels in (rows, columns))
    cell = min(24.0, SIDE / max(shares.shape))
    left = 12 + LETTER * max(map(len, rows))
    top = 44 + LETTER * max(map(len, columns))
    n_query, n_key = shares.shape
    cells = [
        svg.box(left + j * cell, top + i * cell, cell, cell, shade(float(shares[i, j])))
        for i, j in np.argwhere(shares >= 0.002)
    ]
    parts = [svg.words(name, left, 14, ACCENT, mono=False), *cells]
    parts += [svg.box(left, top, n_key * cell, n_query * cell, stroke=LINE)]
    parts += [
        svg.words(rows[i], left - 6, top + (i + 0.5) * cell, ACCENT if i == query else INK, "end")
        for i in _shown(n_query, cell, query)
    ]
    parts += [svg.words(columns[j], left + (j + 0.5) * cell, top - 8, INK, turn=-60) for j in _shown(n_key, cell, 0)]
    parts += [svg.box(left, top + query * cell, n_key * cell, cell, stroke=ACCENT)]
    width = left + n_key * cell + 12 + LETTER * max(map(len, columns)) / 2
    return svg.drawing(width, top + n_query * cell + 8, says, parts)


def shade(share: float) -> str:
    """The color of a share, by its root, as the page has it."""
    depth = min(1.0, float(share)) ** 0.5
    return "#" + "".join(f"{round(a + (b - a) * depth):02x}" for a, b in zip(PAGE, WEIGHT, strict=True))


def _shown(count: int, cell: float, first: int) -> list[int]:
    """Which labels have room, the first of them for sure."""
    every = int(-(-13 // cell))
    return [i for i in range(count) if (i - first) % every == 0]
