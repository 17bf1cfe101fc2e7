"""The search knows the sections of the book: their titles, and their sentences, which it shows as they stand.

Sphinx's own index knows which words a page has, and no more: to show where, its search loads every page that it found.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docutils import nodes

SENTENCE = re.compile(r"(?<=[.?!:])[”’)\"]*\s+(?=[^a-z\s])")
SILENT = (nodes.section, nodes.comment, nodes.raw, nodes.image, nodes.math_block)


class Section(NamedTuple):
    """A section, without those inside of it."""

    page: str
    anchor: str
    chapter: str
    title: str
    sentences: list[str]


def sections(doctree: nodes.document, page: str) -> Iterator[Section]:
    """All sections of a page. Its first holds what stands before the others."""
    chapter = next(doctree.findall(nodes.title)).astext()
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title).astext()
        sentences = [sentence for block in blocks(section) for sentence in sentences_of(block)]
        yield Section(page, section["ids"][0], chapter, title, sentences)


def blocks(node: nodes.Node) -> Iterator[nodes.Node]:
    """What is written in a section or a part of it, block by block; not what a cell printed, and not its own title."""
    for child in node.children:
        its_title = isinstance(child, nodes.title) and isinstance(node, nodes.section)
        if isinstance(child, SILENT) or its_title or "cell_output" in child.get("classes", ()):
            continue
        if isinstance(child, nodes.TextElement):
            yield child
        else:
            yield from blocks(child)


def sentences_of(block: nodes.Node) -> list[str]:
    """The sentences of a block, or the lines of a piece of code."""
    text = block.astext()
    parts = text.splitlines() if isinstance(block, nodes.literal_block) else SENTENCE.split(" ".join(text.split()))
    return [part.strip() for part in parts if part.strip()]


_found: dict[str, list[Section]] = {}
"""The sections of each page."""


def keep_sections(app, doctree, pagename):
    """Remember the sections of a page, when all its references are resolved."""
    if app.builder.format == "html":
        _found[pagename] = list(sections(doctree, pagename))


def drop_marks(app, pagename, templatename, context, doctree):
    """Take the script off a page that marks words for Sphinx's own search, in the menus too; found.js marks ours."""
    scripts = context["script_files"]
    scripts[:] = [script for script in scripts if script.filename != "_static/sphinx_highlight.js"]


def write_index(app, exception):
    """Write the index: a script, since the search page too can be opened from a folder."""
    if exception or app.builder.format != "html":
        return
    order = [page for page in app.env.toctree_includes.get(app.config.root_doc, []) if page in _found]
    pages = [*order, *(page for page in _found if page not in order)]
    data = json.dumps([section for page in pages for section in _found[page]], ensure_ascii=False)
    Path(app.outdir, "_static", "search-index.js").write_text(f"const sections = {data};\n", "utf-8")


def setup(app):
    """Connect to Sphinx."""
    app.add_js_file("found.js")
    app.connect("doctree-resolved", keep_sections)
    app.connect("html-page-context", drop_marks)
    app.connect("build-finished", write_index)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
