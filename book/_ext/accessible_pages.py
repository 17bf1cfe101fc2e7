"""Repairs of markup that comes from elsewhere and that a screen reader could not use.

What the theme's own templates do wrong is repaired in book/_templates/.
"""

REPAIRS = {
    # bertviz: its drop-down lists have no name
    '<select id="layer">': '<select id="layer" aria-label="Layer">',
    '<select id="filter">': '<select id="filter" aria-label="Attention between">',
    # MyST-NB: a folded cell is named otherwise than it reads
    '<summary aria-label="Toggle hidden content">': "<summary>",
    # docutils: a bibliography is a list, whose parts must be its items
    'role="doc-biblioentry"': 'role="listitem"',
}


def repair(body: str) -> str:
    """The body of a page with every repair made."""
    for faulty, sound in REPAIRS.items():
        body = body.replace(faulty, sound)
    return body


def repair_page(app, pagename, templatename, context, doctree):
    """Repair one page."""
    context["body"] = repair(context.get("body", ""))


def setup(app):
    """Connect to Sphinx."""
    app.connect("html-page-context", repair_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
