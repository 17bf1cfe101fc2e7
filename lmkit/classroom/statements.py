"""What the notebooks of a release say of their exercises: where each stands, its first hint, what teaches it."""

import re
from dataclasses import dataclass
from pathlib import Path

from lmkit.classroom.links import anchor
from lmkit.classroom.notebooks import Notebook, exercise_of, read, role_of, text_of

HINT = re.compile(r"<summary>[^<]*</summary>(.*?)(?=<details>|</details>)", flags=re.DOTALL)
LINK = re.compile(r"\[([^\]]+)\]\(([\w./-]*#[\w-]+)\)")


@dataclass(frozen=True)
class Statement:
    """An exercise as its chapter puts it.

    Args:
        title: Its heading.
        chapter: The heading of its chapter.
        place: Its address in the built book, such as `chapters/02_attention.html#exercise-2-the-causal-mask`.
        taught: The name and the address of the section that teaches it, where its text links one.
        hint: The first of its hints, in Markdown.
    """

    title: str
    chapter: str
    place: str
    taught: tuple[str, str] | None
    hint: str


def statements_in(release: Path) -> dict[str, Statement]:
    """The exercises of a release, by their names."""
    paths = sorted((release / "teacher").glob("*.ipynb"))
    return {name: one for path in paths for name, one in _statements(path.stem, read(path)).items()}


def _statements(stem: str, chapter: Notebook) -> dict[str, Statement]:
    parts = {(exercise_of(cell), role_of(cell)): text_of(cell) for cell in chapter["cells"]}
    heading = next((text_of(cell) for cell in chapter["cells"] if text_of(cell).startswith("# ")), stem)
    return {
        name: _statement(text, parts.get((name, "hints"), ""), stem, _title(heading))
        for (name, role), text in parts.items()
        if role == "exercise"
    }


def _statement(text: str, hints: str, stem: str, chapter: str) -> Statement:
    title, page = _title(text), f"chapters/{stem}.html"
    hint = HINT.search(hints)
    return Statement(title, chapter, f"{page}#{anchor(title)}", _taught(text, page), hint[1].strip() if hint else "")


def _title(text: str) -> str:
    return text.split("\n", 1)[0].lstrip("# ")


def _taught(text: str, page: str) -> tuple[str, str] | None:
    """The first section that a statement links: on its own page, on that of another chapter, or of the book."""
    link = LINK.search(text)
    if not link:
        return None
    name, (path, section) = link[1], link[2].split("#")
    if not path:
        return name, f"{page}#{section}"
    path = path.removeprefix("../")
    folder = "" if "/" in path else "chapters/"
    return name, f"{folder}{re.sub(r'[.](ipynb|md)$', '.html', path)}#{section}"
