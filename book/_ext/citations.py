"""A citation stands in a chapter as a link, which every notebook shows as text; in the book it becomes a citation.

`([Gage, 1994](../book/references.md#gage1994))` is read as MyST's {cite:p}, and
`[Gage (1994)](../book/references.md#gage1994)` as {cite:t}. `python -m tools.cite gage1994` prints both.
"""

import re

IN_BRACKETS = r"\[[^\[\]()\"\n]+, \d{4}\]\(\.\./book/references\.md#\w+\)"
GROUP = re.compile(rf"\({IN_BRACKETS}(?:; {IN_BRACKETS})*\)")
NAMED = re.compile(r"\[[^\[\]()\"\n]+ \(\d{4}\)\]\(\.\./book/references\.md#(\w+)\)")
KEY = re.compile(r"references\.md#(\w+)\)")


def as_roles(text: str) -> str:
    """The same text with a role of MyST in the place of each link to a reference."""
    text = GROUP.sub(lambda group: f"{{cite:p}}`{','.join(KEY.findall(group[0]))}`", text)
    return NAMED.sub(r"{cite:t}`\1`", text)


def read_citations(app, docname, source):
    """Change what Sphinx reads of a notebook; its file stays as it is."""
    if app.env.doc2path(docname).endswith(".ipynb"):
        source[0] = as_roles(source[0])


def setup(app):
    """Connect to Sphinx."""
    app.connect("source-read", read_citations)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
