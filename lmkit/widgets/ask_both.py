"""AskBoth: the reader asks, and a model answers in the page before and after it was taught to."""

from collections.abc import Sequence

import torch
import traitlets
from ipywidgets import widget_serialization

from lmkit.learning.instruct import MARKS
from lmkit.model.generation import generate
from lmkit.widgets.base import CannotShow, LivingFigure
from lmkit.widgets.model_weights import ModelWeights, network_of, weights_of

BEFORE, AFTER = "book", "book-instruct"
MOST_CHARACTERS = 600  # of what is asked
MOST_TOKENS = 140  # of it that are read
LONGEST = {BEFORE: 40, AFTER: 110}  # tokens that are written


class AskBoth(LivingFigure):
    """What `book` and `book-instruct` make of the same words, run in the page. The reader types them; so does Python.

    `book` reads them as a text and goes on. `book-instruct` reads them between its marks, as a turn of a dialogue, and
    answers. Both say the most probable token each time: at most 40 and 110, fewer where a story or an answer ends.

    Args:
        text: What is asked first, at most 600 characters. Its first 140 tokens are read.
        questions: Texts that the reader may ask by a click.

    Raises:
        ValueError: A text is too long.
    """

    view = traitlets.Unicode("ask-both").tag(sync=True)
    weights = traitlets.Instance(ModelWeights, help="of book").tag(sync=True, **widget_serialization)
    tuned = traitlets.Instance(ModelWeights, help="of book-instruct").tag(sync=True, **widget_serialization)
    opening = traitlets.List(traitlets.Unicode(), help="a text, and what both say to it").tag(sync=True)
    questions = traitlets.List(traitlets.Unicode()).tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)

    def __init__(self, text: str, *, questions: Sequence[str] = ()) -> None:
        super().__init__(
            weights=weights_of(BEFORE),
            tuned=weights_of(AFTER),
            questions=[_check(one) for one in questions],
            text=text,
            description="",
        )
        self.opening = [text, self.says(BEFORE), self.says(AFTER)]
        self.description = self._describe()

    @traitlets.validate("text")
    def _is_short(self, proposal: traitlets.Bunch) -> str:
        return _check(proposal.value)

    def says(self, name: str) -> str:
        """What a model writes after the text: `book`, or `book-instruct`."""
        network, tokenizer = network_of(name)
        given, end = _given(name, self.text)
        written = generate(network, torch.tensor([given]), LONGEST[name], end_token=end)[0, len(given) :].tolist()
        return tokenizer.decode(written[: written.index(end)] if end in written else written).strip()

    def _describe(self) -> str:
        """What is seen, in one sentence."""
        text, goes_on, answers = self.opening
        return f"After “{text}”, {BEFORE} goes on with “{goes_on}”, and {AFTER} answers “{answers}”."

    def poster(self) -> bytes:
        """The text, and what both models say to it, as a PNG."""
        from lmkit.widgets.posters.asking import draw_answers

        said = {f"{BEFORE} goes on": self.says(BEFORE), f"{AFTER} answers": self.says(AFTER)}
        return draw_answers(self.text, said)


def _given(name: str, text: str) -> tuple[list[int], int]:
    """The tokens that a model reads, and the one with which it ends."""
    network, tokenizer = network_of(name)
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # a page may send half a character
    if name == BEFORE:
        return [0, *tokenizer.encode(whole)[:MOST_TOKENS]], 0
    user, answer, end = range(network.config.vocab_size - len(MARKS), network.config.vocab_size)
    return [0, user, *tokenizer.encode(f" {whole}")[:MOST_TOKENS], answer], end


def _check(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise CannotShow(f"the text has {len(text):,} characters; the figure takes {MOST_CHARACTERS}: shorten it.")
    return text
