"""A chapter has the number of its file: chapters/02_attention is chapter 2, in the side bar and above its text."""

import re

from docutils import nodes

CHAPTER = re.compile(r"chapters/(\d+)_")


def number_of(page: str) -> int | None:
    """The number of a chapter; None for any other page."""
    found = CHAPTER.match(page)
    return int(found[1]) if found else None


def number_chapters(app, env) -> list[str]:
    """Tell Sphinx the numbers, as if a table of contents had counted the chapters and not their sections."""
    for page in env.all_docs:
        if number := number_of(page):
            first, *others = env.tocs[page].findall(nodes.reference)
            env.toc_secnumbers[page] = {"": (number,), **{other["anchorname"]: None for other in others}}
            env.titles[page]["secnumber"] = first["secnumber"] = (number,)
    return []  # no page must be read again


def setup(app):
    """Connect to Sphinx, after it has given its own numbers."""
    app.connect("env-get-updated", number_chapters, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
