"""ModelWeights: one of the book's own models, once on a page, for all the figures there that let it run.

The page reads the same packed bytes as Python, one byte a weight, and so computes with the same numbers.
"""

import hashlib
from functools import lru_cache

import anywidget
import traitlets
from ipywidgets import Layout

from lmkit.model.transformer import Transformer
from lmkit.shelf import packing, pretrained
from lmkit.text.tokenizer import Tokenizer

_made: dict[str, "ModelWeights"] = {}


class ModelWeights(anywidget.AnyWidget):
    """Holds the packed file of a model, and shows nothing. `weights_of` gives the one that all figures share.

    All that it holds follows from the model: so do its bytes in the built book, where it is one file for all pages.

    Args:
        name: "tiny", "book", "book-masked" or "book-instruct".

    Raises:
        ValueError: the book has no such model.
    """

    _esm = "export default {};"
    _view_name = traitlets.Unicode(None, allow_none=True).tag(sync=True)  # it has no view
    name = traitlets.Unicode().tag(sync=True)
    sha256 = traitlets.Unicode(help="of the bytes: the page knows by it which it has already").tag(sync=True)
    weights = traitlets.Bytes(help="what lmkit.shelf.packing wrote").tag(sync=True)

    def __init__(self, name: str) -> None:
        data = pretrained.packed(name).read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        identity = digest[:32]  # the same in every run
        super().__init__(
            name=name, sha256=digest, weights=data, model_id=identity, layout=Layout(model_id=f"{identity}-layout")
        )

    def __repr__(self) -> str:
        return f"ModelWeights({self.name!r}, sha256={self.sha256!r})"


def weights_of(name: str) -> ModelWeights:
    """Give the holder of a model: the same one to everybody, so that a page gets the bytes once.

    Raises:
        ValueError: the book has no such model.
    """
    holder = _made.get(name)
    if holder is None or holder.comm is None:  # closed, such as by `Widget.close_all`
        holder = _made[name] = ModelWeights(name)
    return holder


@lru_cache
def network_of(name: str) -> tuple[Transformer, Tokenizer]:
    """Give the same model for Python, with its tokenizer.

    Raises:
        ValueError: the book has no such model.
    """
    network, tokenizer, _ = packing.unpack(pretrained.packed(name))
    return network, tokenizer
