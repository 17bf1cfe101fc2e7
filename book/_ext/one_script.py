"""One script for all pages, made of a dozen: deferred, so that it holds nothing up, and asked for once.

Sphinx and the extensions put their scripts into the head of every page one by one. Those that only some pages load stay
files of their own, such as late.js. What the book has no use for is left out: tabs, toggle buttons, the shortcuts of
Sphinx, and the theme's own, which measures every box of code as soon as a page is opened and whenever a figure changes:
no box of the book scrolls.
"""

from pathlib import Path

ONE = "pages.js"
FOR_SOME = 100  # the priority of a script that only some pages load: before all others, which begin at 200
NOT_USED = {"doctools.js", "togglebutton.js", "design-tabs.js", "scripts/sphinx-book-theme.js"}
OF_THE_THEME = {"scripts/pydata-sphinx-theme.js"}  # its template names it, no list does; ours no longer does

_merged: dict[str, None] = {}
"""The scripts that become one, in their order."""


def is_used(script) -> bool:
    """Whether the book needs a script. One without a file sets an option of another that it does not need."""
    return bool(script.filename) and script.filename.removeprefix("_static/") not in NOT_USED


def load_one(app, pagename, templatename, context, doctree):
    """Let a page load the one, after those which only some pages load."""
    used = [script for script in context["script_files"] if is_used(script)]
    _merged.update((script.filename, None) for script in used if script.priority > FOR_SOME)
    context["script_files"][:] = [script for script in used if script.priority <= FOR_SOME]
    app.add_js_file(ONE, loading_method="defer")


def write_one(app, exception):
    """Write it, when all scripts are there; remove what no page loads any more."""
    if exception or app.builder.format != "html":
        return
    static = Path(app.outdir, "_static")
    paths = [Path(app.outdir, name) for name in _merged]
    (static / ONE).write_text("\n;\n".join(path.read_text("utf-8") for path in paths), "utf-8")
    for path in [*paths, *(static / name for name in NOT_USED | OF_THE_THEME)]:
        path.unlink(missing_ok=True)


def setup(app):
    """Connect to Sphinx: when all others have added their scripts to a page, and have written them."""
    app.connect("html-page-context", load_one, priority=990)
    app.connect("build-finished", write_one, priority=890)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
