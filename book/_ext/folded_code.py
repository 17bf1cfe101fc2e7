"""Code that a reader may skip is folded to one line, which says what it does.

A cell with the metadata `"fold": "draws the curve"` becomes the line *Code that draws the curve*, with the code inside;
its outputs stay. The cells tagged `set-up`, which install and import, become one line together. In a notebook nothing
changes. code-switch.js opens all of them, on every page.
"""

from html import escape
from itertools import groupby

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

SET_UP = "Set-up: what this chapter imports"


class fold(nodes.General, nodes.Element):
    """Something under a line that opens it."""


class FoldCode(SphinxPostTransform):
    """Fold the code of the cells that say so."""

    default_priority = 190  # MyST-NB folds what has its own tags at 199
    formats = ("html",)

    def run(self, **kwargs):
        """Visit every cell with code."""
        cells = [cell for cell in self.document.findall(nodes.container) if cell.get("nb_element") == "cell_code"]
        for cell in cells:
            if does := cell["cell_metadata"].get("fold"):
                fold_together([cell], f"Code that {does}")
        for parent, some in groupby(filter(is_set_up, cells), key=lambda cell: cell.parent):
            for neighbors in side_by_side(parent, list(some)):
                fold_together(neighbors, SET_UP)


def is_set_up(cell: nodes.container) -> bool:
    """Whether a cell installs or imports."""
    return "set-up" in cell["cell_metadata"].get("tags", [])


def side_by_side(parent: nodes.Element, cells: list[nodes.container]) -> list[list[nodes.container]]:
    """The cells in groups, each of such as follow one another with nothing between them."""
    places = [(parent.index(cell) - number, cell) for number, cell in enumerate(cells)]
    return [[cell for _, cell in group] for _, group in groupby(places, key=lambda place: place[0])]


def fold_together(cells: list[nodes.container], line: str) -> None:
    """Put the code of some cells under one line, in the place of the first of them."""
    codes = [code for cell in cells for code in cell.children if code.get("nb_element") == "cell_code_source"]
    for code in codes:
        code.parent.remove(code)
    cells[0].insert(0, fold("", *codes, line=line))
    for cell in cells[1:]:
        if not cell.children:
            cell.parent.remove(cell)


def open_fold(writer, node):
    """Write the line."""
    writer.body.append(f'<details class="fold"><summary>{escape(node["line"])}</summary>\n')


def close_fold(writer, node):
    """Write the end."""
    writer.body.append("</details>\n")


def setup(app):
    """Register the node and the transform."""
    app.add_node(fold, html=(open_fold, close_fold))
    app.add_post_transform(FoldCode)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
