"""What stands for a model with its tokenizer, where a figure needs no more than tokens and attentions."""

from types import SimpleNamespace

import torch

from lmkit.shelf.pretrained import Pretrained

PIECES = "[CLS] the cat didn ' t eat it , it was un ##fresh ##lucky ! [SEP]".split()


class SmallReader(Pretrained):
    """It makes the same tokens of every text, but for its ending: unfresh, or else unlucky."""

    def __init__(self):
        super().__init__("toy", torch.nn.Identity(), None, "this file")

    def encode(self, text):
        left_out = PIECES.index("##lucky" if "unfresh" in text else "##fresh")
        return torch.tensor([[i for i in range(len(PIECES)) if i != left_out]])

    def words(self, ids):
        return [PIECES[i] for i in ids.flatten().tolist()]

    def trace(self, text):
        return SimpleNamespace(attentions=tuple(weights(0 if "unfresh" in text else 1)))


def weights(seed: int) -> torch.Tensor:
    """Two layers of three heads on the tokens of one text: "layer 1 head query key"."""
    scores = torch.randn(2, 1, 3, 15, 15, generator=torch.Generator().manual_seed(seed)) * 2
    return scores.softmax(dim=-1)
