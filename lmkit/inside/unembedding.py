"""Unembedding: read a vector of the stream as the model reads its last one. Which tokens does it raise, which lower?"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmkit.model.transformer import Transformer


@torch.no_grad()
def read_out(model: nn.Module, vectors: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch vocab"]:
    r"""Say by how many logits each vector raises each token.

    $$\ell = W_U\,(g \odot (v - \bar v)), \qquad \text{then centered over the vocabulary}$$

    $g$ is the gain of the final norm. Centering changes no prediction: a softmax does not see what is added to all
    logits alike. A norm of kind "rms" subtracts no mean.

    Left out: the norm's division by the size of the stream, which depends on the text and scales all tokens alike;
    and everything that later blocks make of what was written. So of a last block this is what is done to the
    prediction, up to a factor; of early ones it may be only a part of it.

    Raises:
        TypeError: the model is not an lmkit Transformer.
        ValueError: the model has no unembedding, or no final norm.

    Source: Geva et al. 2021, section 4; Geva et al. 2022, section 3.
    """
    check_reader(model)
    if model.config.norm == "layer":
        vectors = vectors - vectors.mean(dim=-1, keepdim=True)
    logits = model.unembed(model.final_norm.weight * vectors)
    return logits - logits.mean(dim=-1, keepdim=True)


def check_reader(model: nn.Module) -> None:
    """Refuse a model that `read_out` cannot read with (TypeError, ValueError)."""
    if reason := _why_not(model):
        raise reason


def can_read(model: nn.Module) -> bool:
    """Say whether `read_out` can read with this model."""
    return _why_not(model) is None


def check_unembedding(model: nn.Module) -> None:
    """Refuse a model that does not say what it predicts, or is not lmkit's (TypeError, ValueError)."""
    if reason := _no_unembedding(model):
        raise reason


def _why_not(model: nn.Module) -> Exception | None:
    if reason := _no_unembedding(model):
        return reason
    if not model.config.norm_first:
        return ValueError("this model norms after each addition and has no final norm to read its stream with")
    return None


def _no_unembedding(model: nn.Module) -> Exception | None:
    if not isinstance(model, Transformer):
        return TypeError(
            f"the model is a {type(model).__name__}, but vectors are read with the final_norm and the unembed of an "
            "lmkit Transformer: use lmkit.shelf.conversion.from_transformers(model)."
        )
    if model.unembed is None:
        return ValueError("this model has no unembedding, so nothing to read its stream with")
    return None
