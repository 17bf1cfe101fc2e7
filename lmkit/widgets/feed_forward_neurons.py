"""FeedForwardNeurons: what each neuron fires on over a whole corpus, and what it writes."""

from collections.abc import Callable, Mapping

import numpy as np
import torch
import traitlets
from jaxtyping import Float
from torch import nn

from lmkit.inside.neurons import writes
from lmkit.inside.survey import BEFORE, OUTSIDE, Survey
from lmkit.text.tokenizer import readable
from lmkit.widgets.base import LivingFigure, check_exists

MOST = 2**16 - 1  # tokens of a vocabulary: the page gets two bytes for each. This one stands for no token


class FeedForwardNeurons(LivingFigure):
    r"""All neurons of a layer at a glance; of one of them, the passages that it fires on and the tokens that it writes.

    The reader chooses a layer and a neuron, or types a token and finds the neurons that write it or fire on it. `layer`
    and `neuron` follow what the reader chooses, and the figure follows them. What a neuron writes is its value read
    through the final norm's gain and the unembedding: see `lmkit.inside.neurons.writes`, which also says what is
    left out.

    Args:
        survey: What `lmkit.inside.survey.survey` kept: the model on a corpus.
        model: The model that was surveyed.
        decode: Gives the word for a token id.
        layer: The layer that it opens with, from 0.
        neuron: The neuron that it opens with, from 0; the one with the highest peak if None.
        label: The title.
        scores: A number for each neuron, "layer neuron", by the name that the reader sorts by; peak activation and
            kurtosis if None.
        top: How many tokens that a neuron raises are kept, and as many that it lowers.

    Raises:
        TypeError: The model is not an lmkit Transformer.
        ValueError: The model has nothing to read with, or does not fit the survey or the scores, or its vocabulary is
            too large.
    """

    view = traitlets.Unicode("feed-forward-neurons").tag(sync=True)
    shape = traitlets.Dict(help="layers, neurons, passages, window, top, texts").tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    names = traitlets.List(traitlets.Unicode(), help="every token of the vocabulary, by its id").tag(sync=True)
    peak_values = traitlets.Bytes(help="float16, layer neuron: the highest activation").tag(sync=True)
    passage_names = traitlets.Bytes(
        help="uint16, layer neuron passage window: a token id; 65535 where the text is over"
    ).tag(sync=True)
    passage_levels = traitlets.Bytes(help="round(255 sqrt(a / peak)), layer neuron passage window").tag(sync=True)
    written_names = traitlets.Bytes(help="uint16, layer neuron 2 top: raised, then lowered").tag(sync=True)
    written_values = traitlets.Bytes(help="float16, the same, in logits for an activation of 1").tag(sync=True)
    score_names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    scores = traitlets.Bytes(help="float32, score layer neuron").tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    neuron = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        survey: Survey,
        model: nn.Module,
        *,
        decode: Callable[[int], str],
        layer: int = 0,
        neuron: int | None = None,
        label: str = "Neurons of the feed-forward networks",
        scores: Mapping | None = None,
        top: int = 6,
    ) -> None:
        written = writes(model).cpu()  # (layer, neuron, vocab)
        _check_fit(survey, written, top)
        peak = survey.peak
        scores = {"peak activation": peak, "kurtosis": survey.kurtosis} if scores is None else scores
        ids, values = _strongest(written, top)
        heard = survey.passages.numpy()
        sizes = (*survey.passages.shape, top, survey.n_texts)
        super().__init__(
            shape=dict(zip(("layers", "neurons", "passages", "window", "top", "texts"), sizes, strict=True)),
            label=label,
            names=readable([decode(i) for i in range(written.shape[-1])]),
            peak_values=peak.numpy().astype("<f2").tobytes(),
            passage_names=np.where(heard == OUTSIDE, MOST, heard).astype("<u2").tobytes(),
            passage_levels=_shares(survey).tobytes(),
            written_names=ids.astype("<u2").tobytes(),
            written_values=values.astype("<f2").tobytes(),
            score_names=list(scores),
            scores=_pack_scores(scores, tuple(peak.shape)),
            layer=layer,
            neuron=_loudest(peak, layer) if neuron is None else neuron,
            description=_describe(survey),
        )
        self.description += f": {self._says()}."

    @traitlets.validate("layer", "neuron")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        name = proposal.trait.name
        return check_exists(name, proposal.value, self.shape[f"{name}s"])

    def poster(self) -> bytes:
        """The neurons of the layer beside the passages and the tokens of the chosen one, as a PNG."""
        from lmkit.widgets.posters.neurons import draw_neurons

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
        places = self._of_neuron(self.passage_names, "<u2", self.shape["passages"], self.shape["window"])
        return [["" if place == MOST else self.names[place] for place in passage] for passage in places]

    def _written(self) -> tuple[list[str], list[str]]:
        """The tokens that the chosen neuron raises most, and those that it lowers most."""
        raised, lowered = self._of_neuron(self.written_names, "<u2", 2, self.shape["top"])
        return [self.names[i] for i in raised], [self.names[i] for i in lowered]

    def _says(self) -> str:
        word = self._passage_words()[0][BEFORE]
        raised, lowered = self._written()
        return (
            f"L{self.layer} · {self.neuron} fires hardest on “{word}”, raises “{raised[0]}” most and lowers "
            f"“{lowered[0]}” most"
        )


def _loudest(peak: Float[torch.Tensor, "layer neuron"], layer: int) -> int:
    """The neuron of a layer with the highest peak; 0 where there is no such layer, which the figure then says."""
    return int(peak[layer].argmax()) if 0 <= layer < len(peak) else 0


def _shares(survey: Survey) -> np.ndarray:
    """The activations of the passages as bytes, 255 at the peak of the neuron."""
    peak = survey.peak.clamp(min=1e-9)[..., None, None]
    return (255 * (survey.levels / peak).clamp(0, 1).sqrt()).round().to(torch.uint8).numpy()


def _strongest(written: Float[torch.Tensor, "layer neuron vocab"], top: int) -> tuple[np.ndarray, np.ndarray]:
    """Ids and logits of the tokens that each neuron raises most, and of those that it lowers most."""
    raised, lowered = written.topk(top), written.topk(top, largest=False)
    ids = torch.stack([raised.indices, lowered.indices], dim=2)  # (layer, neuron, 2, top)
    return ids.numpy(), torch.stack([raised.values, lowered.values], dim=2).numpy()


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


def _describe(survey: Survey) -> str:
    layers, size = survey.peak.shape
    corpus = f"{survey.n_texts:,} texts of {survey.n_tokens:,} tokens"
    return f"{layers * size:,} neurons in {layers} layers, on {corpus}"


def _check_fit(survey: Survey, written: Float[torch.Tensor, "layer neuron vocab"], top: int) -> None:
    layers, size, vocab = written.shape
    if survey.peak.shape != (layers, size):
        theirs = "{} layers of {} neurons".format(*survey.peak.shape)
        raise ValueError(f"the survey has {theirs}, the model {layers} of {size}: pass the model that was surveyed.")
    if survey.passages.max() >= vocab:
        raise ValueError(
            f"the survey holds the token {int(survey.passages.max())}, but the model's vocabulary has {vocab}: "
            "pass the model that was surveyed."
        )
    if vocab > MOST:
        raise ValueError(f"the vocabulary has {vocab:,} tokens, but the figure takes {MOST:,} at most.")
    if not 1 <= top <= vocab:
        raise ValueError(f"top is {top}, but the vocabulary has {vocab} tokens: choose from 1 to {vocab}.")
