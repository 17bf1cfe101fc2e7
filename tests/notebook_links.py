"""Where the links of a notebook lead."""

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

from lmkit.classroom.notebooks import Notebook, text_of


def dead_links(notebook: Notebook, folder: Path, static: Path | None = None) -> list[str]:
    """The links that lead neither to a file of the folder, nor to a mark in the notebook, nor out into the web.

    `static` is the folder that the server shows under /static.
    """
    texts = [text_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    marks = {f"#{name}" for text in texts for name in re.findall(r'<a id="([\w-]+)" name="\1"></a>\n\n#', text)}

    def holds(link: str) -> bool:
        if link.startswith(("https://", "http://")):
            return True
        page = link.split("#")[0]
        if static and page.startswith("/static/"):
            return (static / page.removeprefix("/static/")).is_file()
        return (folder / page).is_file() if page else link in marks

    return [link for text in texts for link in links_of(text) if not holds(link)]


def links_of(text: str) -> Iterator[str]:
    """The addresses in a text of Markdown, also those in its HTML."""
    for block in MarkdownIt().enable("table").parse(text):
        for token in [block, *(block.children or [])]:
            yield from (str(token.attrs[name]) for name in ("href", "src") if name in token.attrs)
            if token.type.startswith("html"):
                yield from re.findall(r"(?:href|src)=[\"']([^\"']*)", token.content)
