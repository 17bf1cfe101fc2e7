"""Scripts in the outputs of a page run when the reader comes near, from files beside the page.

bertviz writes a script of 0.8 MB for a few heads. In the page itself it would be loaded, read and run before anything
else that stands below it, for a reader too who never comes that far. late.js runs it.
"""

import hashlib
import re
from functools import partial
from pathlib import Path

FIRST = 100  # before all other scripts, of which Sphinx's own begin at 200
SCRIPT = re.compile(r'<script(?: type="(?:text|application)/javascript")?(?: src="([^"]*)")?>(.*?)</script>', re.DOTALL)


def lay_aside(found: re.Match, folder: Path, address: str) -> str:
    """A mark in the place of a script, which names its file; a script without one is written into one."""
    source, text = found.groups()
    if source is None:
        name = f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.js"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
        source = f"{address}/{name}"
    return f'<script type="text/plain" data-late="{source}"></script>'


def hold_back(app, pagename, templatename, context, doctree):
    """Take the scripts out of the body of a page."""
    folder, address = Path(app.outdir, "_static", "late"), context["pathto"]("_static/late", True)
    body, count = SCRIPT.subn(partial(lay_aside, folder=folder, address=address), context.get("body", ""))
    if count:
        context["body"] = body
        app.add_js_file("late.js", priority=FIRST, loading_method="defer")


def setup(app):
    """Connect to Sphinx, when the addresses of libraries are local."""
    app.connect("html-page-context", hold_back, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
