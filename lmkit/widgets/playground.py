"""Playground: a model that runs in the page, on the reader's own text."""

from collections.abc import Mapping, Sequence

import torch
import traitlets
from ipywidgets import widget_serialization
from jaxtyping import Float
from torch import Tensor

from lmkit.inside import interventions
from lmkit.model.transformer import Transformer
from lmkit.widgets.base import CannotShow, LivingFigure, check_exists
from lmkit.widgets.model_weights import ModelWeights, network_of, weights_of

CAPACITY = 256  # tokens that the figure reads, the mark of a story among them
MOST_CHARACTERS = 2000  # of a text: every keystroke stays quick
MOST_OFF = 64  # heads, and as many neurons
HOTTEST = 5.0  # temperature
STORY, MASK = 0, 1  # the mark with which every text begins, and what stands for a hidden token
BARS = 8  # in the still picture
MARKED = ("book-instruct",)

Off = dict[str, list[list[int]]]


class Playground(LivingFigure):
    """A model of the book, alive in the page: type a text, let the model write on, switch off what it computes with.

    What the reader types, chooses and switches off, the traits follow, and the figure follows the traits.

    Args:
        model: "book", "tiny", or "book-masked", which says what stands where a token is hidden.
        text: What it opens with, at most 2,000 characters. The model reads the first 255 tokens of it.
        beginnings: Texts that the reader may begin with, beside the one it opens with.
        off: What is switched off at first: {"heads": [(layer, head), ...], "neurons": [(layer, neuron), ...]}.
        layer: The layer in focus, from 0.
        head: The head in focus, from 0.
        position: The token in focus; 0 is the mark with which every text begins. The last one if None; of a masked
            model, the first one that is hidden.
        hidden: Which tokens are hidden from a masked model, by position.
        temperature: That of the next draw; 0 takes the most probable token.
        top_k: How many of the most probable tokens may be drawn; all if None.
        top_p: The share of the probability that may be drawn from.
        seed: Of the draws. The same text, numbers and seed give the same story.

    Raises:
        ValueError: There is no such model, layer, head, neuron or token, or a number is out of its range.
    """

    view = traitlets.Unicode("playground").tag(sync=True)
    weights = traitlets.Instance(ModelWeights).tag(sync=True, **widget_serialization)
    capacity = traitlets.Int(CAPACITY).tag(sync=True)
    beginnings = traitlets.List(traitlets.Unicode()).tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    off = traitlets.Dict(help="heads and neurons, each a list of pairs").tag(sync=True)
    layer = traitlets.Int().tag(sync=True)
    head = traitlets.Int().tag(sync=True)
    position = traitlets.Int().tag(sync=True)
    hidden = traitlets.List(traitlets.Int()).tag(sync=True)
    temperature = traitlets.Float().tag(sync=True)
    top_k = traitlets.Int(None, allow_none=True).tag(sync=True)
    top_p = traitlets.Float().tag(sync=True)
    seed = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        model: str = "book",
        text: str = "One day, a girl called Nora met a boy called Tom in the park.",
        *,
        beginnings: Sequence[str] = (),
        off: Mapping[str, Sequence[Sequence[int]]] | None = None,
        layer: int = 0,
        head: int = 0,
        position: int | None = None,
        hidden: Sequence[int] = (),
        temperature: float | int = 1.0,
        top_k: int | None = None,
        top_p: float | int = 1.0,
        seed: int = 1,
    ) -> None:
        weights = weights_of(model)
        self._network, self._tokenizer = network_of(model)
        if model in MARKED:
            raise CannotShow(f"{model!r} answers between marks, which no text has: use AskBoth.")
        super().__init__(
            weights=weights,
            beginnings=[_check_text(one) for one in beginnings],
            text=text,
            off=_as_lists(off or {}),
            layer=layer,
            head=head,
            position=self._chosen(text, position, hidden),
            hidden=list(hidden),
            temperature=float(temperature),
            top_k=top_k,
            top_p=float(top_p),
            seed=seed,
            description="",
        )
        self.description = self._describe()

    def _chosen(self, text: str, position: int | None, hidden: Sequence[int]) -> int:
        """The token to look at: unless it is named, the first hidden one, or the last."""
        n_tokens = len(self._read(_check_text(text)))
        if position is None:
            position = hidden[0] if hidden else n_tokens - 1
        for one in (position, *hidden):
            check_exists("token", one, n_tokens)
        return position

    @traitlets.validate("layer", "head")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        config = self._network.config
        count = config.n_layers if proposal.trait.name == "layer" else config.n_heads
        return check_exists(proposal.trait.name, proposal.value, count)

    @traitlets.validate("text")
    def _is_short(self, proposal: traitlets.Bunch) -> str:
        return _check_text(proposal.value)

    @traitlets.validate("position")
    def _is_read(self, proposal: traitlets.Bunch) -> int:
        return check_exists("token", proposal.value, self.capacity)

    @traitlets.validate("hidden")
    def _can_be_hidden(self, proposal: traitlets.Bunch) -> list[int]:
        if proposal.value and self._network.config.causal:
            raise CannotShow(
                f"hidden is {proposal.value}, but {self.weights.name!r} sees no hidden tokens: use 'book-masked'."
            )
        for position in proposal.value:
            check_exists("token", position, self.capacity - 1, first=1)  # what a text begins with stays in sight
        return sorted(set(proposal.value))

    @traitlets.validate("off")
    def _can_be_off(self, proposal: traitlets.Bunch) -> Off:
        return _check_off(proposal.value, self._network)

    @traitlets.validate("temperature", "top_k", "top_p", "seed")
    def _is_in_range(self, proposal: traitlets.Bunch) -> float | int | None:
        value, (low, high) = proposal.value, self._range_of(proposal.trait.name)
        if value is not None and not low <= value <= high:
            raise CannotShow(f"{proposal.trait.name} is {value}, but must be from {low} to {high}.")
        return value

    def _range_of(self, name: str) -> tuple[float | int, float | int]:
        vocabulary = self._network.config.vocab_size
        return {"temperature": (0, HOTTEST), "top_k": (1, vocabulary), "top_p": (0.01, 1), "seed": (0, 2**31 - 1)}[name]

    def _read(self, text: str) -> list[int]:
        whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # a page may send half a character
        return [STORY, *self._tokenizer.encode(whole)][: self.capacity]

    def _predict(self, off: Off) -> tuple[list[int], Float[Tensor, "position vocab"]]:
        """What the model makes of the text: its tokens, and the share of every token at each place."""
        tokens = self._read(self.text)
        seen = [MASK if i in self.hidden else token for i, token in enumerate(tokens)]
        with torch.no_grad(), interventions.changed(self._network, off=off):
            return tokens, self._network(torch.tensor([seen]))[0].softmax(dim=-1)

    def _describe(self) -> str:
        """What is seen, in one sentence with numbers."""
        tokens, shares = self._predict(self.off)
        place = min(self.position, len(tokens) - 1)
        best = int(shares[place].argmax())
        word, likely = self._tokenizer.words([tokens[place], best])
        what = f"The model {self.weights.name}, run in the page on a text of {len(tokens)} tokens"
        without = f", {_count(self.off)} switched off" if _count(self.off) else ""
        asked = f"after “{word}”" if self._network.config.causal else f"in the place of “{word}”"
        return f"{what}{without}: {asked} it expects “{likely}”, with {100 * float(shares[place, best]):.0f} %."

    def poster(self) -> bytes:
        """The tokens of the text, and what the model expects at the one in focus, as a PNG."""
        from lmkit.widgets.posters.playground import draw_playground

        tokens, shares = self._predict({"heads": [], "neurons": []})
        _, shown = self._predict(self.off)
        place = min(self.position, len(tokens) - 1)
        likely = shares[place].topk(BARS).indices
        columns = (side[place, likely].tolist() for side in (shares, shown))
        bars = list(zip(self._tokenizer.words(likely.tolist()), *columns, strict=True))
        return draw_playground(self._tokenizer.words(tokens), place, self.hidden, bars, bool(_count(self.off)))


def _as_lists(off: Mapping[str, Sequence[Sequence[int]]]) -> dict[str, list[list[int]]]:
    return {"heads": [], "neurons": [], **{kind: [list(pair) for pair in pairs] for kind, pairs in off.items()}}


def _check_off(off: dict, network: Transformer) -> Off:
    """Both lists, each pair once, if the model has all of them (CannotShow)."""
    known = {"heads": network.config.n_heads, "neurons": network.config.d_hidden}
    if extra := set(off) - set(known):
        raise CannotShow(f"off has {sorted(extra)}, but only heads and neurons can be switched off.")
    checked = {}
    for kind, count in known.items():
        pairs = _as_lists(off)[kind]
        if len(pairs) > MOST_OFF:
            raise CannotShow(f"{len(pairs)} {kind} are to be off; the figure takes {MOST_OFF}.")
        for pair in pairs:
            if len(pair) != 2:
                raise CannotShow(f"off has {pair} among its {kind}; each needs a layer and a number, such as [1, 2].")
            check_exists("layer", pair[0], network.config.n_layers)
            check_exists(kind.removesuffix("s"), pair[1], count)
        checked[kind] = [list(pair) for pair in dict.fromkeys(map(tuple, pairs))]
    return checked


def _check_text(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise CannotShow(f"the text has {len(text):,} characters; the figure takes {MOST_CHARACTERS:,}: shorten it.")
    return text


def _count(off: Off) -> int:
    return len(off["heads"]) + len(off["neurons"])
