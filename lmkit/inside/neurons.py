r"""Neurons: how each neuron of the feed-forward networks fires on a text, and what it writes.

A feed-forward network is a sum over its neurons: neuron $i$ compares the vector with its key $k_i$, a row of `read`,
and adds its value $v_i$, a column of `write`, as strongly as it fires.

$$\mathrm{FFN}(x) = b + \sum_i f(x \cdot k_i)\, v_i$$

Source: Geva et al. 2021, "Transformer feed-forward layers are key-value memories", section 2.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.inside.tracing import trace
from lmkit.model.transformer import Transformer

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
    if not texts or not all(len(text) for text in texts):
        raise ValueError("there is no text, or a text without a token: pass a list of non-empty texts")
    parts = []
    for first in range(0, len(texts), BATCH):
        batch = texts[first : first + BATCH]
        tokens = nn.utils.rnn.pad_sequence(batch, batch_first=True)  # (text, position), 0 where a text is over
        lengths = torch.tensor([len(text) for text in batch])
        real = torch.arange(tokens.shape[1]) < lengths[:, None]
        seen = trace(model, tokens, real).activations
        parts.append(torch.stack([layer.cpu()[real] for layer in seen]))  # (layer, token, neuron)
    bounds = torch.tensor([0, *(len(text) for text in texts)]).cumsum(dim=0)
    return Recording(torch.cat(list(texts)), bounds, torch.cat(parts, dim=1))


@torch.no_grad()
def writes(model: nn.Module) -> Float[Tensor, "layer neuron vocab"]:
    r"""Read each neuron's value as the model reads its last stream: which tokens does it raise, which does it lower?

    $$\ell_i = W_U\,(g \odot (v_i - \bar v_i)), \qquad \text{then centered over the vocabulary}$$

    in logits for an activation of 1. $g$ is the gain of the final norm. Centering changes no prediction: a softmax does
    not see what is added to all logits alike. A norm of kind "rms" subtracts no mean.

    Left out: the norm's division by the size of the stream, which depends on the text and scales all tokens alike;
    and everything that later blocks make of what was written. So in a last block this is what the neuron does to the
    prediction, up to a factor; in early ones it may be only a part of it.

    Raises:
        TypeError: the model is not an lmkit Transformer.
        ValueError: the model has no unembedding, or no final norm.

    Source: Geva et al. 2021, section 4; Geva et al. 2022, section 3.
    """
    _check_reader(model)
    gain = model.final_norm.weight
    layers = []
    for block in model.blocks:
        values = block.feed_forward.write.weight.T  # (neuron, d_model)
        if model.config.norm == "layer":
            values = values - values.mean(dim=-1, keepdim=True)
        logits = model.unembed(gain * values)  # (neuron, vocab)
        layers.append(logits - logits.mean(dim=-1, keepdim=True))
    return torch.stack(layers)


@contextmanager
def switched_off(model: Transformer, layer: int, neurons: Sequence[int]) -> Iterator[None]:
    """Silence some neurons of a layer while the block lasts: whatever they would say, they write 0.

    Raises:
        IndexError: the model has no such layer or neuron.
    """
    write = model.blocks[layer].feed_forward.write
    alive = torch.ones(write.in_features)
    alive[list(neurons)] = 0

    def silence(_, inputs):
        return (inputs[0] * alive.to(inputs[0].device),)

    handle = write.register_forward_pre_hook(silence)
    try:
        yield
    finally:
        handle.remove()


def _check_reader(model: nn.Module) -> None:
    if not isinstance(model, Transformer):
        raise TypeError(
            f"the model is a {type(model).__name__}, but what neurons write is read with the final_norm and the "
            "unembed of an lmkit Transformer: use lmkit.shelf.conversion.from_transformers(model)."
        )
    if model.unembed is None:
        raise ValueError("this model has no unembedding, so nothing to read with what its neurons write")
    if not model.config.norm_first:
        raise ValueError("this model norms after each addition and has no final norm to read its neurons' values with")
