"""NextToken: what may come next after a text, and what is left of it when it is drawn in one way or another."""

from collections.abc import Sequence

import numpy as np
import torch
import traitlets
from jaxtyping import Float
from torch import Tensor

from lmkit.model.sampling import probabilities
from lmkit.shelf.pretrained import Pretrained
from lmkit.text.tokenizer import readable
from lmkit.widgets.base import CannotShow, LivingFigure, check_exists

BARS = 12  # tokens that are seen at once
MOST_TOKENS = 4096  # of the vocabulary: every token travels with the figure
HOTTEST = 3.0


class NextToken(LivingFigure):
    r"""The probabilities of the next token, at a temperature, with the tail cut off, and some draws from them.

    The reader chooses the text, the temperature, top-k, top-p and min-p; so does Python with the traits of these names.

    Args:
        model: With its tokenizer, as `lmkit.load` gives it: one that predicts the next token, of at most 4,096 tokens.
        texts: What may have been read before.
        text: The one it opens with, from 0.
        temperature: From 0, which takes the most probable token, to 3.
        top_k: How many of the most probable tokens may be drawn; all if None.
        top_p: The share of the probability that may be drawn from.
        min_p: The share of the largest probability that a token must have.
        seed: Of the draws.

    Raises:
        ValueError: There is no such text, a number is out of its range, or the vocabulary is too large.
    """

    view = traitlets.Unicode("next-token").tag(sync=True)
    logits = traitlets.Bytes(help="float32: text vocab").tag(sync=True)
    words = traitlets.List(traitlets.Unicode(), help="every token").tag(sync=True)
    texts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    text = traitlets.Int().tag(sync=True)
    temperature = traitlets.Float().tag(sync=True)
    top_k = traitlets.Int(None, allow_none=True).tag(sync=True)
    top_p = traitlets.Float().tag(sync=True)
    min_p = traitlets.Float().tag(sync=True)
    seed = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        model: Pretrained,
        texts: Sequence[str],
        *,
        text: int = 0,
        temperature: float | int = 1.0,
        top_k: int | None = None,
        top_p: float | int = 1.0,
        min_p: float | int = 0.0,
        seed: int = 1,
    ) -> None:
        rows = torch.stack([_next_logits(model, one) for one in texts])
        vocab = rows.shape[1]
        if vocab > MOST_TOKENS:
            raise ValueError(f"{model.name} has {vocab} tokens, and this figure shows at most {MOST_TOKENS}.")
        super().__init__(
            logits=rows.numpy().astype("<f4").tobytes(),
            words=readable(model.words(torch.arange(vocab))),
            texts=list(texts),
            label=model.name,
            text=check_exists("text", text, len(texts)),
            temperature=float(temperature),
            top_k=top_k,
            top_p=float(top_p),
            min_p=float(min_p),
            seed=seed,
            description="",
        )
        first = ", ".join(self.words[i].strip() for i in self.best()[:3])
        self.description = f"What {model.name} expects after “{texts[text]}”: first of all {first}."

    @traitlets.validate("text")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        return check_exists("text", proposal.value, len(self.texts))

    @traitlets.validate("temperature", "top_p", "min_p")
    def _is_in_range(self, proposal: traitlets.Bunch) -> float:
        name, value = proposal.trait.name, proposal.value
        low, high = {"temperature": (0, HOTTEST), "top_p": (0.01, 1), "min_p": (0, 1)}[name]
        if not low <= value <= high:
            raise CannotShow(f"{name} is {value}, but must be from {low} to {high}.")
        return value

    @traitlets.validate("top_k")
    def _keeps_one(self, proposal: traitlets.Bunch) -> int | None:
        if proposal.value is not None and proposal.value < 1:
            raise CannotShow(f"top_k is {proposal.value}, but at least 1 token must be kept.")
        return proposal.value

    def shares(self) -> Float[np.ndarray, " vocab"]:
        """The probabilities that are drawn from, as the page has them."""
        row = torch.from_numpy(np.frombuffer(self.logits, "<f4").reshape(len(self.texts), -1)[self.text].copy())
        if self.temperature == 0:
            return torch.nn.functional.one_hot(row.argmax(), len(row)).double().numpy()
        how = dict(temperature=self.temperature, top_k=self.top_k, top_p=self.top_p, min_p=self.min_p)
        return probabilities(row[None].double(), **how)[0].numpy()

    def best(self) -> list[int]:
        """The tokens that have a bar, the most probable first."""
        row = np.frombuffer(self.logits, "<f4").reshape(len(self.texts), -1)[self.text]
        return np.argsort(-row, kind="stable")[:BARS].tolist()

    def poster(self) -> bytes:
        """A bar for each of the most probable tokens, as a PNG."""
        from lmkit.widgets.posters.next_token import draw_shares

        best = self.best()
        return draw_shares(self.texts[self.text], [self.words[i] for i in best], self.shares()[best])


@torch.inference_mode()
def _next_logits(model: Pretrained, text: str) -> Float[Tensor, "vocab"]:
    tokens = model.encode(text)
    return model.model(tokens)[0, -1].float()
