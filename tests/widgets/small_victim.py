"""A classifier of stories with weights from chance: it answers otherwise for nearly every word."""

from functools import cache

import torch

from lmkit import load
from lmkit.learning.finetuning import Classifier
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.text.labelled import Labelled

TEXTS = [
    "One day, a girl called Mia met a boy called Tom in the park. Mia had a red kite. Tom broke it. Mia felt sad.",
    "A boy named Sam lived in Oakby. The flowers near the tree were pretty. Sam's lamp was lost. Zoe found it for Sam. "
    "Sam was glad.",
]
STORIES = Labelled(TEXTS, [0, 1], ["bad", "good"])


@cache
def tokenizer():
    return load("tiny").tokenizer.tokenizer


def victim(seed: int = 0, **changes) -> Classifier:
    dice = torch.Generator().manual_seed(seed)
    config = TransformerConfig(
        **{"vocab_size": 768, "n_layers": 2, "n_heads": 2, "d_model": 32, "unembed": False, "init_std": 0.3, **changes}
    )
    model = Classifier(Transformer(config, dice), n_classes=2, generator=dice)
    with torch.no_grad():
        model.head.weight.normal_(0, 0.3, generator=dice)
        model.head.bias.normal_(0, 0.3, generator=dice)
    return model
