"""An exercise cannot be typed into a page: in place of the check and its verdict, the page says where it can be.

In the notebook nothing changes. The check is still run at every build, as all cells are.
"""

import json
import posixpath
from pathlib import Path

from docutils import nodes


def colab_address(options: dict, page: str) -> str:
    """The address at which Colab opens the notebook of a page, from the options of the theme."""
    repository = options["repository_url"].removeprefix("https://github.com/")
    colab = options["launch_buttons"]["colab_url"]
    return f"{colab}/github/{repository}/blob/{options['repository_branch']}/{page}.ipynb"


def offer(colab: str, download: str) -> nodes.paragraph:
    """The sentence that takes the place of a check, with a link to the notebook in Colab and one to its file."""
    links = [
        nodes.reference("", "open this exercise in Colab", refuri=colab, internal=False),
        nodes.reference("", "download the notebook", refuri=download, internal=False),
    ]
    said = (nodes.Text(text) for text in ("To type your answer and have it checked, ", ", or ", "."))
    return nodes.paragraph("", "", next(said), links[0], next(said), links[1], next(said))


def is_check(node: nodes.Node) -> bool:
    """Whether this is a cell that checks an answer."""
    return isinstance(node, nodes.container) and node.get("cell_metadata", {}).get("lmkit", {}).get("role") == "check"


def offer_notebooks(app, doctree):
    """Put the offer in the place of each check of a page that is a notebook; Colab opens at the cell to fill in."""
    page, checks = app.env.docname, list(doctree.findall(is_check))
    if not checks or app.builder.format != "html":
        return
    cells = json.loads(Path(app.env.doc2path(page)).read_text("utf-8"))["cells"]
    colab = colab_address(app.config.html_theme_options, page)
    download = posixpath.relpath(f"_sources/{page}.ipynb", posixpath.dirname(page))
    for check in checks:
        stub = cells[check["cell_index"] - 1]
        check.parent.replace(check, offer(f"{colab}#scrollTo={stub['id']}", download))


def setup(app):
    """Connect to Sphinx."""
    app.connect("doctree-read", offer_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
