"""A printed table keeps its lines on a telephone, in letters as small as that takes. If it is very wide, they wrap.

Any other printed text wraps there. So does what is wide and mostly sentences: those must be read, in letters of a size.
"""

import re

from docutils import nodes

COLUMN = re.compile(r"\S {2,}(?=\S)")  # two spaces or more in a line: something is set in columns
WIDEST = 100  # characters; a longer line is prose
FITTING = (48, 54, 62, 70, 76)  # of the longest line: look.css has a size of letters for each
LEGIBLE = 62  # beyond it letters are too small for sentences


def is_table(text: str) -> bool:
    """Whether two lines or more are set in columns, and none is long."""
    lines = text.splitlines()
    return sum(bool(COLUMN.search(line)) for line in lines) >= 2 and max(map(len, lines)) <= WIDEST


def is_dense(text: str) -> bool:
    """Whether most lines have three columns or more."""
    lines = text.splitlines()
    return sum(len(COLUMN.findall(line)) >= 2 for line in lines) > len(lines) / 2


def mark_tables(app, doctree):
    """Mark the outputs whose lines must not be broken, for book.css."""
    for block in doctree.findall(nodes.literal_block):
        if "stream" in block["classes"] and is_table(block.astext()):
            longest = max(map(len, block.astext().splitlines()))
            sizes = [columns for columns in FITTING if columns <= LEGIBLE or is_dense(block.astext())]
            fits = [f"columns-{columns}" for columns in sizes if longest <= columns]
            block["classes"] += ["printed-table", *fits[:1]]


def setup(app):
    """Connect to Sphinx."""
    app.connect("doctree-read", mark_tables)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
