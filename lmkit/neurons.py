r"""Neurons: what each neuron of the feed-forward networks fires on, and what it writes.

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

from lmkit.tracing import trace
from lmkit.transformer import Transformer

BATCH = 16  # texts that are traced at a time


@dataclass(frozen=True)
class Recording:
    """How strongly every neuron fired on every token of a corpus.

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

    It takes 4 bytes a token and neuron: 20,000 tokens and 2,048 neurons are 164 MB.

    Args:
        model: anything that `lmkit.trace` can look into.
        texts: token ids of each text.

    Raises:
        ValueError: there is no text, or one without a token. Others as `lmkit.trace`.
    """
    if not texts or not all(len(text) for text in texts):
        raise ValueError("the corpus holds no text, or a text without a token: pass a list of non-empty texts")
    parts = []
    for first in range(0, len(texts), BATCH):
        batch = texts[first : first + BATCH]
        tokens = nn.utils.rnn.pad_sequence(batch, batch_first=True)  # (text, position), 0 where a text is over
        lengths = torch.tensor([len(text) for text in batch])
        real = torch.arange(tokens.shape[1]) < lengths[:, None]
        seen = trace(model, tokens, real).activations
        parts.append(torch.stack([layer[real] for layer in seen]))  # (layer, token, neuron)
    bounds = torch.tensor([0, *(len(text) for text in texts)]).cumsum(dim=0)
    return Recording(torch.cat(list(texts)), bounds, torch.cat(parts, dim=1))


def peaks(recording: Recording, layer: int) -> tuple[Float[Tensor, "text neuron"], Int[Tensor, "text neuron"]]:
    """In each text, say how hard each neuron of a layer fires at its highest, and at which token of the corpus."""
    found = []
    for start, end in recording.starts.unfold(0, 2, 1).tolist():
        highest, place = recording.activations[layer, start:end].max(dim=0)
        found.append((highest, place + start))
    values, places = zip(*found, strict=True)
    return torch.stack(values), torch.stack(places)


def peak(recording: Recording) -> Float[Tensor, "layer neuron"]:
    """Give the highest activation of each neuron on the corpus."""
    return recording.activations.amax(dim=1)


def kurtosis(recording: Recording) -> Float[Tensor, "layer neuron"]:
    r"""Say how rarely and how hard each neuron fires: 3 for a bell curve, hundreds for one that few tokens excite.

    $$K = \overline{(a - \bar a)^4} \big/ \overline{(a - \bar a)^2}^{\,2}$$

    A neuron that never changes has no kurtosis, and gets 0.
    """
    layers = []
    for activations in recording.activations:  # one at a time: the powers need as much memory again
        apart = activations - activations.mean(dim=0)
        square = apart.square()
        variance = square.mean(dim=0)
        layers.append(torch.where(variance > 0, square.square().mean(dim=0) / variance.square(), 0.0))
    return torch.stack(layers)


def activation_on(recording: Recording, token: int) -> Float[Tensor, "layer neuron"]:
    """Give the mean activation of each neuron on one token of the vocabulary.

    Raises:
        ValueError: the corpus does not hold the token.
    """
    here = recording.tokens == token
    if not here.any():
        raise ValueError(f"the corpus does not hold the token {token}: choose one that it holds, or read more texts")
    return recording.activations[:, here].mean(dim=1)


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
            "unembed of an lmkit Transformer: use lmkit.conversion.from_transformers(model)."
        )
    if model.unembed is None:
        raise ValueError("this model has no unembedding, so nothing to read with what its neurons write")
    if not model.config.norm_first:
        raise ValueError("this model norms after each addition and has no final norm to read its neurons' values with")
