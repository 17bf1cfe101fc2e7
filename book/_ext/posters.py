"""A living figure leaves a picture and a sentence for readers without JavaScript.

A widget's output carries three forms: the widget, a PNG and a sentence. MyST-NB keeps the first and drops the
rest. Before it does, the picture, with the sentence as its alternative, goes into a <noscript> beside it. A figure that
has no picture, since it asks a question, leaves the sentence.
"""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

VIEW = "application/vnd.jupyter.widget-view+json"


class noscript(nodes.General, nodes.Element):
    """What is shown where JavaScript is off."""


class AddPosters(SphinxPostTransform):
    """Put the picture or the sentence of each widget beside it."""

    default_priority = 3  # MyST-NB selects one form at 4
    formats = ("html",)

    def run(self, **kwargs):
        """Visit every output that has several forms."""
        for bundle in list(self.document.findall(is_bundle)):
            forms = {form["mime_type"]: form for form in bundle.children}
            if VIEW in forms:
                bundle.parent.insert(bundle.parent.index(bundle), poster(forms))


def is_bundle(node) -> bool:
    """Whether this is an output in several forms, as MyST-NB marks it."""
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


def poster(forms: dict) -> noscript:
    """The picture with its sentence; the sentence alone, where there is no picture."""
    sentence = forms["text/plain"].astext()
    if "image/png" not in forms:
        return noscript("", nodes.paragraph("", sentence))
    picture = next(forms["image/png"].findall(nodes.image)).deepcopy()
    picture["alt"] = sentence
    return noscript("", picture)


def open_noscript(writer, node):
    """Write the start of the element."""
    writer.body.append("<noscript>")


def close_noscript(writer, node):
    """Write its end."""
    writer.body.append("</noscript>")


def setup(app):
    """Register the node and the transform."""
    app.add_node(noscript, html=(open_noscript, close_noscript))
    app.add_post_transform(AddPosters)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
