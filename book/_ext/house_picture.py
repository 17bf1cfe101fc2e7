"""The picture of lmkit's house, drawn from its imports: a box a room, an arrow from each room to those that it calls.

In a page: ```{house} lmkit```. A room is what lies at the top of the package, a folder or a file; a floor is where a
room stands when every arrow goes down. What imports itself in a circle has no floor, and the build says so.
"""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive

Arrows = set[tuple[str, str]]

CAPTION = (
    "Each box is a room. An arrow leads from a room to one that it calls, and all arrows lead down. What each room is "
    "for stands below, from the top floor on."
)
WIDTH, BOX_WIDTH, BOX_HEIGHT, FLOOR_HEIGHT = 640, 132, 46, 112


def rooms(package: Path) -> dict[str, str]:
    """Each room at the top of the package, with the first sentence of its docstring."""
    starts = [*package.glob("*/__init__.py"), *package.glob("[!_]*.py")]
    return {_room_of(package, path): _sentence(path) for path in sorted(starts)}


def _room_of(package: Path, path: Path) -> str:
    return path.relative_to(package).with_suffix("").parts[0]


def _sentence(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split()).split(". ")[0].removesuffix(".") + "."


def arrows(package: Path) -> Arrows:
    """Who imports whom, from room to room; imports inside of functions count like all others."""
    known = rooms(package)
    found = {
        (_room_of(package, path), room)
        for path in package.rglob("*.py")
        for name in _imported(path)
        if name.split(".")[0] == package.name
        for room in name.split(".")[1:2]
    }
    return {(one, other) for one, other in found if one != other and one in known and other in known}


def _imported(path: Path) -> Iterator[str]:
    """The full name of every module, or thing in a module, that a file imports."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floors(package: Path) -> list[list[str]]:
    """The rooms by floor, the lowest first: each stands one floor above the highest room that it calls.

    Raises:
        ValueError: rooms that import each other in a circle.
    """
    calls: dict[str, set[str]] = {room: set() for room in rooms(package)}
    for one, other in arrows(package):
        calls[one].add(other)
    height: dict[str, int] = {}
    try:
        for room in TopologicalSorter(calls).static_order():
            height[room] = 1 + max((height[below] for below in calls[room]), default=-1)
    except CycleError as error:
        raise ValueError(f"these rooms import each other in a circle: {' -> '.join(error.args[1])}") from None
    return [sorted(room for room in height if height[room] == floor) for floor in range(max(height.values()) + 1)]


def _places(levels: list[list[str]]) -> dict[str, tuple[float, float]]:
    """The middle of each box; the lowest floor stands at the bottom."""
    return {
        room: (WIDTH * (i + 0.5) / len(level), FLOOR_HEIGHT * (len(levels) - floor - 0.5))
        for floor, level in enumerate(levels)
        for i, room in enumerate(level)
    }


def svg(package: Path) -> str:
    """Draw the picture, in the colours of the page around it."""
    levels, known = floors(package), rooms(package)
    places = _places(levels)
    lines = [_line(places[one], places[other]) for one, other in sorted(arrows(package))]
    boxes = [_box(room, known[room], *place) for room, place in places.items()]
    said = "; ".join(f"{one} calls {', '.join(below)}" for one, below in _called(package).items())
    return (
        f'<svg class="house" viewBox="0 0 {WIDTH} {FLOOR_HEIGHT * len(levels)}" role="img" '
        f'aria-label="{escape(f"The rooms of {package.name} on {len(levels)} floors: {said}.")}">'
        '<defs><marker id="house-arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z"/></marker></defs>' + "".join(lines + boxes) + "</svg>"
    )


def _called(package: Path) -> dict[str, list[str]]:
    pairs = sorted(arrows(package))
    return {one: [other for caller, other in pairs if caller == one] for one, _ in pairs}


def _line(start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = start, end
    path = f"M{x1:.0f} {y1 + BOX_HEIGHT / 2:.0f}L{x2:.0f} {y2 - BOX_HEIGHT / 2:.0f}"
    return f'<path d="{path}" marker-end="url(#house-arrow)"/>'


def _box(room: str, sentence: str, x: float, y: float) -> str:
    left, top = x - BOX_WIDTH / 2, y - BOX_HEIGHT / 2
    return (
        f"<g><title>{escape(sentence)}</title>"
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>'
        f'<text x="{x:.0f}" y="{y + 6:.0f}">{escape(room)}</text></g>'
    )


class House(Directive):
    """The picture, and below it each room with its sentence, from the top floor down."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Build what the directive puts into the page."""
        env = self.state.document.settings.env
        package = Path(env.srcdir) / self.arguments[0]
        for path in package.rglob("*.py"):
            env.note_dependency(str(path))
        known = rooms(package)
        table = nodes.definition_list()
        for room in (room for level in reversed(floors(package)) for room in level):
            term = nodes.term("", "", nodes.literal(room, room))
            table += nodes.definition_list_item("", term, nodes.definition("", nodes.paragraph("", known[room])))
        picture = f'<figure class="pictured">{svg(package)}<figcaption>{CAPTION}</figcaption></figure>'
        return [nodes.raw("", picture, format="html"), table]


def setup(app):
    """Connect to Sphinx."""
    app.add_directive("house", House)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
