"""The PNG of a plot is for notebooks alone: a page shows the drawing, and does not load the picture."""

import re

STILL = re.compile(r'<img class="lmkit-still"[^>]*>')


def drop_stills(app, pagename, templatename, context, doctree):
    """Take them out of the body of a page."""
    context["body"] = STILL.sub("", context.get("body", ""))


def setup(app):
    """Connect to Sphinx."""
    app.connect("html-page-context", drop_stills)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
