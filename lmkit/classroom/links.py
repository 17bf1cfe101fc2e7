"""Links of a chapter, for who reads it outside of the book: each leads somewhere, or is read as plain text.

In the book Sphinx makes an address of each. A notebook that lies elsewhere has no pages of the book beside it, and no
program that shows notebooks knows a section by the name that the book gives it.
"""

import re
import unicodedata
from collections.abc import Callable, Collection

from lmkit.classroom.notebooks import Notebook, text_of

LINK = re.compile(r"\[([^\[\]]+)\]\((?=[^)])((?:[\w./-]+\.(?:md|ipynb))?)((?:#[\w-]+)?)\)")
HEADING = re.compile(r"^#+ (.+)$", flags=re.MULTILINE)


def anchor(heading: str) -> str:
    """The name by which the built book knows a section: that of docutils, of its letters and digits."""
    plain = unicodedata.normalize("NFKD", heading.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"^[-0-9]+|-+$", "", re.sub(r"[^a-z0-9]+", "-", plain))


def handed_out(notebook: Notebook, chapters: Collection[str]) -> Notebook:
    """The notebook for a folder in which only these chapters lie, by the names of their files."""
    return linked(notebook, lambda page, section: page + section if page in chapters else "")


def linked(notebook: Notebook, address: Callable[[str, str], str]) -> Notebook:
    """The notebook with other addresses in its links. A section of its own is marked, so that links find it.

    Args:
        address: For a page as a chapter names it, and `#section` or "", where it is; "" where it is not.
    """
    words = [text_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    there = {f"#{anchor(heading)}" for text in words for heading in HEADING.findall(text)}
    used = there & {section for text in words for _, page, section in LINK.findall(text) if not page}

    def follow(link: re.Match) -> str:
        name, page, section = link.groups()
        found = address(page, section) if page else section if section in there else ""
        return f"[{name}]({found})" if found else name

    def place(heading: re.Match) -> str:
        name = anchor(heading[1])  # Jupyter looks for the id, others for the name
        return f'<a id="{name}" name="{name}"></a>\n\n{heading[0]}' if f"#{name}" in used else heading[0]

    def changed(text: str) -> str:
        return HEADING.sub(place, LINK.sub(follow, text))

    cells = [
        {**cell, "source": changed(text_of(cell))} if cell["cell_type"] == "markdown" else cell
        for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}
