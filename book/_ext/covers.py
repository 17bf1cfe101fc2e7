"""What a guess is about stays covered until the reader has guessed.

A cell that asks for a guess has the tag `guess`. The cells that come right after it, and the text after those, which
says what came out, go into a <details>; it ends at the next cell or heading, or at an HTML comment. It is open, so that
without scripts, and in print, they follow as they always would; a script folds it before it is seen. The figure opens
it when the guess is made (lmkit/widgets/js/guess), the browser when it finds words or an anchor inside, and the reader
whenever he likes.
"""

from itertools import takewhile

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

TAG = "tag_guess"
OPEN = """<details class="covered" open><summary>Show the result without a guess</summary>
<script data-fold>document.currentScript.parentElement.open = false</script>
"""


class covered(nodes.General, nodes.Element):
    """What is folded away until the reader has guessed."""


class CoverResults(SphinxPostTransform):
    """Cover what follows each cell that asks for a guess."""

    default_priority = 2  # before the outputs of a cell become one form
    formats = ("html",)

    def run(self, **kwargs):
        """Visit every cell that asks for a guess."""
        for cell in list(self.document.findall(asks_for_a_guess)):
            cover(cell)


def asks_for_a_guess(node) -> bool:
    """Whether this is a cell with the tag, as MyST-NB marks it."""
    return is_cell(node) and TAG in node["classes"]


def is_cell(node) -> bool:
    """Whether this is a code cell."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "cell_code"


def ends_a_cover(node) -> bool:
    """Whether this is a cell, a section, or a comment of the author's, which MyST leaves as HTML."""
    comment = isinstance(node, nodes.raw) and node.astext().startswith("<!--")
    return comment or is_cell(node) or isinstance(node, nodes.section)


def cover(cell: nodes.Element) -> None:
    """Put the cells right after this one, and the text after them, into a cover."""
    after = cell.parent[cell.parent.index(cell) + 1 :]
    results = list(takewhile(lambda node: is_cell(node) and not asks_for_a_guess(node), after))
    told = takewhile(lambda node: not ends_a_cover(node), after[len(results) :])
    hidden = [*results, *told]
    for node in hidden:
        cell.parent.remove(node)
    cell.parent.insert(cell.parent.index(cell) + 1, covered("", *hidden))


def open_cover(writer, node):
    """Write the start of the element."""
    writer.body.append(OPEN)


def close_cover(writer, node):
    """Write its end."""
    writer.body.append("</details>\n")


def setup(app):
    """Register the node and the transform."""
    app.add_node(covered, html=(open_cover, close_cover))
    app.add_post_transform(CoverResults)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
