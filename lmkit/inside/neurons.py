r"""Neurons: how each neuron of the feed-forward networks fires on a text, and what it writes.

A feed-forward network is a sum over its neurons: neuron $i$ compares the vector with its key $k_i$, a row of `read`,
and adds its value $v_i$, a column of `write`, as strongly as it fires.

$$\mathrm{FFN}(x) = b + \sum_i f(x \cdot k_i)\, v_i$$

Source: Geva et al. 2021, "Transformer feed-forward layers are key-value memories", section 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.inside.batches import check_texts, padded
from lmkit.inside.tracing import trace
from lmkit.inside.unembedding import check_reader, read_out

BATCH = 16  # texts that are traced at a time


@dataclass(frozen=True)
class Recording:
    """How strongly every neuron fired on every token of some texts.

    Attributes:
        tokens: all texts, one after the other.
        starts: where each text begins, and at the end where the last one ends.
        activations: what each neuron hands to the projection that writes.
    """

    tokens: Int[Tensor, " token"]
    starts: Int[Tensor, " bound"]
    activations: Float[Tensor, "layer token neuron"]

    @property
    def n_texts(self) -> int:
        """How many texts were read."""
        return len(self.starts) - 1


def record(model: nn.Module, texts: Sequence[Int[Tensor, " _"]]) -> Recording:
    """Let a model read texts, and keep how strongly every neuron fires on every token.

    It takes 4 bytes a token and neuron: 20,000 tokens and 2,048 neurons are 164 MB. For more, see
    `lmkit.inside.survey`. A model on a GPU is read there; what is kept lies on the CPU, like the texts.

    Args:
        model: anything that `lmkit.trace` can look into.
        texts: token ids of each text.

    Raises:
        ValueError: there is no text, or one without a token. Others as `lmkit.trace`.
    """
    check_texts(texts)
    parts = []
    for first in range(0, len(texts), BATCH):
        tokens, real = padded(texts[first : first + BATCH])
        seen = trace(model, tokens, real).activations
        parts.append(torch.stack([layer.cpu()[real] for layer in seen]))  # (layer, token, neuron)
    bounds = torch.tensor([0, *(len(text) for text in texts)]).cumsum(dim=0)
    return Recording(torch.cat(list(texts)), bounds, torch.cat(parts, dim=1))


@torch.no_grad()
def writes(model: nn.Module) -> Float[Tensor, "layer neuron vocab"]:
    r"""Read each neuron's value as the model reads its last stream: which tokens does it raise, which does it lower?

    In logits for an activation of 1; see `lmkit.inside.unembedding` for the formula, its source and what it leaves out.

    Raises:
        TypeError: the model is not an lmkit Transformer.
        ValueError: the model has no unembedding, or no final norm.
    """
    check_reader(model)
    return torch.stack([read_out(model, block.feed_forward.write.weight.T) for block in model.blocks])
