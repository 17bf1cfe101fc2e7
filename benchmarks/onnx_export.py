"""A model of lmkit in the format that onnxruntime-web reads."""

import contextlib
import io
from pathlib import Path
from unittest import mock

import torch

from lmkit.model import transformer
from lmkit.model.transformer import Transformer


def write(model: Transformer, ids: torch.Tensor, path: Path) -> None:
    """Write `model` for texts of as many tokens as `ids` has. Its check of the tokens depends on them: no graph can."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with mock.patch.object(transformer, "check_tokens"), contextlib.redirect_stdout(io.StringIO()):
        program = torch.onnx.export(model, (ids[None],), input_names=["tokens"], output_names=["logits"], dynamo=True)
    program.save(path)
