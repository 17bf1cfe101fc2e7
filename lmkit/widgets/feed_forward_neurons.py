"""FeedForwardNeurons: what each neuron fires on over a whole corpus, and what it writes."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
import traitlets
from jaxtyping import Float, Int
from torch import nn

from lmkit import neurons
from lmkit.neurons import Recording
from lmkit.widgets.base import LivingFigure

MOST_TOKENS = 2**16  # of a corpus, and of a vocabulary: the page gets two bytes for each
BEFORE, AFTER = 11, 4  # tokens of a passage around the one where the neuron fires hardest


class FeedForwardNeurons(LivingFigure):
    r"""All neurons of a layer at a glance; of one of them, the passages that it fires on and the tokens that it writes.

    The reader chooses a layer and a neuron, or types a token and finds the neurons that write it or fire on it. `layer`
    and `neuron` follow what the reader chooses, and the figure follows them. What a neuron writes is its value read
    through the final norm's gain and the unembedding: see `lmkit.neurons.writes`, which also says what is left out.

    Args:
        recording: What `lmkit.neurons.record` saw: the model on a corpus.
        model: The model that was recorded.
        decode: Gives the word for a token id.
        layer: The layer that it opens with, from 0.
        neuron: The neuron that it opens with, from 0; the one with the highest peak if None.
        label: The title.
        scores: A number for each neuron, "layer neuron", by the name that the reader sorts by; peak activation and
            kurtosis if None.
        passages: How many passages of each neuron are kept, from different texts.
        top: How many tokens that a neuron raises are kept, and as many that it lowers.

    Raises:
        TypeError: The model is not an lmkit Transformer.
        ValueError: The model has nothing to read with, or does not fit the recording or the scores, or the corpus is
            too large.
    """

    view = traitlets.Unicode("feed-forward-neurons").tag(sync=True)
    shape = traitlets.Dict(help="layers, neurons, passages, window, top, texts").tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="every token that is shown; others name it by its place").tag(
        sync=True
    )
    corpus = traitlets.Bytes(help="uint16 a token: its place in names").tag(sync=True)
    bounds = traitlets.List(traitlets.Int(), help="where each text begins, and where the last one ends").tag(sync=True)
    peak_places = traitlets.Bytes(help="uint16, layer neuron passage: a token of the corpus").tag(sync=True)
    peak_values = traitlets.Bytes(help="float16, layer neuron: the highest activation").tag(sync=True)
    passage_levels = traitlets.Bytes(help="round(255 sqrt(a / peak)), layer neuron passage window").tag(sync=True)
    written_names = traitlets.Bytes(help="uint16, layer neuron 2 top: raised, then lowered").tag(sync=True)
    written_values = traitlets.Bytes(help="float16, the same, in logits for an activation of 1").tag(sync=True)
    score_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    scores = traitlets.Bytes(help="float32, score layer neuron").tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    neuron = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        recording: Recording,
        model: nn.Module,
        *,
        decode: Callable[[int], str],
        layer: int = 0,
        neuron: int | None = None,
        label: str = "Neurons of the feed-forward networks",
        scores: Mapping | None = None,
        passages: int = 4,
        top: int = 6,
    ) -> None:
        written = neurons.writes(model)  # (layer, neuron, vocab)
        _check_fit(recording, written, passages, top)
        peak = neurons.peak(recording)
        scores = {"peak activation": peak, "kurtosis": neurons.kurtosis(recording)} if scores is None else scores
        places, levels = _passages(recording, peak, passages)
        ids, values = _strongest(written, top)
        named, (corpus, shown) = _name(recording.tokens.numpy(), ids)
        sizes = (*peak.shape, passages, BEFORE + 1 + AFTER, top, recording.n_texts)
        super().__init__(
            shape=dict(zip(("layers", "neurons", "passages", "window", "top", "texts"), sizes, strict=True)),
            label=label,
            names=[decode(int(i)) for i in named],
            corpus=corpus.astype("<u2").tobytes(),
            bounds=recording.starts.tolist(),
            peak_places=places.astype("<u2").tobytes(),
            peak_values=peak.numpy().astype("<f2").tobytes(),
            passage_levels=levels.tobytes(),
            written_names=shown.astype("<u2").tobytes(),
            written_values=values.astype("<f2").tobytes(),
            score_names=list(scores),
            scores=_pack_scores(scores, tuple(peak.shape)),
            layer=layer,
            neuron=_loudest(peak, layer) if neuron is None else neuron,
            description=_describe(recording, tuple(peak.shape)),
        )
        self.description += f": {self._says()}."

    @traitlets.validate("layer", "neuron")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        name, value = proposal.trait.name, proposal.value
        size = self.shape[f"{name}s"]
        if not 0 <= value < size:
            raise ValueError(f"{name} {value} does not exist: there are {size}, from 0 to {size - 1}.")
        return value

    def poster(self) -> bytes:
        """The neurons of the layer beside the passages and the tokens of the chosen one, as a PNG."""
        from lmkit.widgets.neurons_poster import draw_neurons

        score = np.frombuffer(self.scores, "<f4").reshape(-1, *self._sizes())[0, self.layer]
        levels = self._of_neuron(self.passage_levels, np.uint8, self.shape["passages"], self.shape["window"])
        shares = (levels / 255) ** 2
        return draw_neurons(score, self.layer, self.neuron, self._passage_words(), shares, *self._written())

    def _sizes(self) -> tuple[int, int]:
        return self.shape["layers"], self.shape["neurons"]

    def _of_neuron(self, data: bytes, kind: object, *axes: int) -> np.ndarray:
        """The part of a binary trait that belongs to the chosen neuron."""
        return np.frombuffer(data, kind).reshape(*self._sizes(), *axes)[self.layer, self.neuron]

    def _passage_words(self) -> list[list[str]]:
        """The words of each passage of the chosen neuron; empty where its text is over."""
        corpus, bounds = np.frombuffer(self.corpus, "<u2"), np.array(self.bounds)
        passages = []
        for place in self._of_neuron(self.peak_places, "<u2", self.shape["passages"]).astype(int):
            text = np.searchsorted(bounds, place, side="right") - 1
            reach = range(place - BEFORE, place + AFTER + 1)
            words = [self.names[corpus[i]] if bounds[text] <= i < bounds[text + 1] else "" for i in reach]
            passages.append(words)
        return passages

    def _written(self) -> tuple[list[str], list[str]]:
        """The tokens that the chosen neuron raises most, and those that it lowers most."""
        raised, lowered = self._of_neuron(self.written_names, "<u2", 2, self.shape["top"])
        return [self.names[i] for i in raised], [self.names[i] for i in lowered]

    def _says(self) -> str:
        word = self._passage_words()[0][BEFORE]
        raised, lowered = self._written()
        return (
            f"layer {self.layer}, neuron {self.neuron} fires hardest on “{word}”, raises “{raised[0]}” most and lowers "
            f"“{lowered[0]}” most"
        )


def _loudest(peak: Float[torch.Tensor, "layer neuron"], layer: int) -> int:
    """The neuron of a layer with the highest peak; 0 where there is no such layer, which the figure then says."""
    return int(peak[layer].argmax()) if 0 <= layer < len(peak) else 0


def _passages(
    recording: Recording, peak: Float[torch.Tensor, "layer neuron"], count: int
) -> tuple[Int[np.ndarray, "layer neuron passage"], np.ndarray]:
    """The tokens where each neuron fires hardest, the hardest first and each in another text; and what is around."""
    places, levels = [], []
    for layer in range(len(peak)):
        values, where = neurons.peaks(recording, layer)  # (text, neuron)
        best = values.topk(count, dim=0).indices
        place = where.gather(0, best).T.contiguous()  # (neuron, passage)
        places.append(place)
        levels.append(_around(recording, layer, place, peak[layer]))
    return torch.stack(places).numpy(), torch.stack(levels).numpy()


def _around(
    recording: Recording,
    layer: int,
    place: Int[torch.Tensor, "neuron passage"],
    peak: Float[torch.Tensor, " neuron"],
) -> torch.Tensor:
    """The activations around some tokens as bytes, 255 at the peak of the neuron; 0 where the text is over."""
    reach = place[..., None] + torch.arange(-BEFORE, AFTER + 1)  # (neuron, passage, window)
    text = torch.searchsorted(recording.starts, place, right=True) - 1
    inside = (reach >= recording.starts[text][..., None]) & (reach < recording.starts[text + 1][..., None])
    which = torch.arange(len(place))[:, None, None].expand_as(reach)
    around = recording.activations[layer, reach.clamp(0, len(recording.tokens) - 1), which]
    share = (around / peak.clamp(min=1e-9)[:, None, None]).clamp(0, 1) * inside
    return (255 * share.sqrt()).round().to(torch.uint8)


def _strongest(written: Float[torch.Tensor, "layer neuron vocab"], top: int) -> tuple[np.ndarray, np.ndarray]:
    """Ids and logits of the tokens that each neuron raises most, and of those that it lowers most."""
    raised, lowered = written.topk(top), written.topk(top, largest=False)
    ids = torch.stack([raised.indices, lowered.indices], dim=2)  # (layer, neuron, 2, top)
    return ids.numpy(), torch.stack([raised.values, lowered.values], dim=2).numpy()


def _name(*ids: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The different tokens, and each array with the places of its tokens among them."""
    named, places = np.unique(np.concatenate([one.ravel() for one in ids]), return_inverse=True)
    ends = np.cumsum([one.size for one in ids])[:-1]
    return named, [part.reshape(one.shape) for part, one in zip(np.split(places, ends), ids, strict=True)]


def _pack_scores(scores: Mapping, shape: tuple[int, int]) -> bytes:
    packed = []
    for name, values in scores.items():
        array = np.asarray(values, dtype="<f4")
        if array.shape != tuple(shape):
            raise ValueError(
                f"the score {name!r} has shape {array.shape}; it needs one number a neuron: {tuple(shape)}."
            )
        if not np.isfinite(array).all():
            raise ValueError(f"the score {name!r} holds a number that is not finite.")
        packed.append(array.tobytes())
    if not packed:
        raise ValueError("scores is empty: pass at least one, or None for peak activation and kurtosis.")
    return b"".join(packed)


def _describe(recording: Recording, sizes: tuple[int, int]) -> str:
    layers, size = sizes
    corpus = f"{recording.n_texts:,} texts of {len(recording.tokens):,} tokens"
    return f"{layers * size:,} neurons in {layers} layers, on {corpus}"


def _check_fit(
    recording: Recording, written: Float[torch.Tensor, "layer neuron vocab"], passages: int, top: int
) -> None:
    layers, size, vocab = written.shape
    recorded = (recording.activations.shape[0], recording.activations.shape[2])
    if recorded != (layers, size):
        raise ValueError(
            f"the recording has {recorded[0]} layers of {recorded[1]} neurons, the model {layers} of {size}: "
            "pass the model that was recorded."
        )
    if recording.tokens.max() >= vocab:
        raise ValueError(
            f"the recording holds the token {int(recording.tokens.max())}, but the model's vocabulary has {vocab}: "
            "pass the model that was recorded."
        )
    if max(len(recording.tokens), vocab) > MOST_TOKENS:
        raise ValueError(
            f"the corpus has {len(recording.tokens):,} tokens and the vocabulary {vocab:,}; the figure takes "
            f"{MOST_TOKENS:,} of each: record fewer texts."
        )
    if not 1 <= passages <= recording.n_texts:
        raise ValueError(f"passages is {passages}, but each text gives one, and there are {recording.n_texts}.")
    if not 1 <= top <= vocab:
        raise ValueError(f"top is {top}, but the vocabulary has {vocab} tokens: choose from 1 to {vocab}.")
