"""From how many kinds of transformers a viewer gets heads: each with small random weights, as the tests trace it."""

from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import nn

import lmkit
from benchmarks.viewers import Viewer, words
from tests.inside.test_traced_kinds import KINDS, make, texts


def kinds_shown(viewer: Viewer) -> dict[str, int]:
    """Count the kinds that are shown as they are loaded, and those that are where eager attention is asked for."""
    loaded = sum(is_shown(viewer, make(kind)) for kind in KINDS)
    eager = sum(is_shown(viewer, make(kind, attn_implementation="eager")) for kind in KINDS)
    return {"kinds": len(KINDS), "as_loaded": loaded, "eager": eager}


def is_shown(viewer: Viewer, model: nn.Module) -> bool:
    """Whether a viewer writes a page for what a model attends to in a text; of a translator, what its encoder does."""
    tokens, _, written = texts(model)
    given = {name: ids[:1] for name, ids in written.items()}
    try:
        if viewer.package == "lmkit":
            seen = lmkit.trace(model, tokens[:1], **given)
            weights = seen.encoder or seen
        else:
            with torch.no_grad():
                seen = model(tokens[:1], **given, output_attentions=True)
            weights = seen.encoder_attentions if written else seen.attentions
        with TemporaryDirectory() as folder:
            viewer.write(weights, words(tokens.shape[1]), Path(folder))
    except Exception:  # whatever a viewer says where it cannot
        return False
    return True
