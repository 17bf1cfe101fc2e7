"""WordSwap: a story whose words can be swapped, and a classifier that answers anew after each swap."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
import traitlets

from lmkit.learning.finetuning import Classifier, probabilities
from lmkit.learning.security.substitution import NEUTRAL, Swap, choices, put
from lmkit.model.transformer import Transformer
from lmkit.shelf import packing
from lmkit.text.labelled import Labelled
from lmkit.text.storyworld.lexicon import NOUNS
from lmkit.text.tokenizer import Tokenizer
from lmkit.widgets.base import CannotShow, LivingFigure, check_exists

MOST_BYTES = 100_000  # of the packed weights, which travel with the figure
CAPACITY = 192  # tokens that the page reads, the mark of a story among them
ROOM = 24  # tokens that swaps may add to a story
STORY = 0  # the mark with which every text begins


class WordSwap(LivingFigure):
    """A story whose words the reader swaps for others of their kind, and what a classifier makes of it, at once.

    The classifier runs in the page, with its weights rounded to one byte each. It can be attacked there, too: by the
    attack of `lmkit.learning.security.substitution`, step by step. `story` and `swaps` follow what the reader does, and
    the figure follows them.

    Args:
        model: Of two classes, on a causal Transformer, reading the last token; at most 100 kB when it is packed.
        tokenizer: That of the model; its first special token begins each text.
        stories: With what is true of them, whatever is swapped.
        story: The one it opens with, from 0.
        swaps: Pairs, such as ("Mia", "Zoe"), that are made already.

    Raises:
        ValueError: The model cannot run in the page or is too large, a story is too long or has nothing to swap, there
            is no such story, or a swap cannot be made.
    """

    view = traitlets.Unicode("word-swap").tag(sync=True)
    weights = traitlets.Bytes(help="the body, as lmkit.shelf.packing wrote it").tag(sync=True)
    head = traitlets.Bytes(help="float32: a row for each class, then the biases").tag(sync=True)
    capacity = traitlets.Int(CAPACITY).tag(sync=True)
    texts = traitlets.List(traitlets.Unicode()).tag(sync=True)
    labels = traitlets.List(traitlets.Int()).tag(sync=True)
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    groups = traitlets.List(help="words that may stand for each other").tag(sync=True)
    plurals = traitlets.Dict().tag(sync=True)
    story = traitlets.Int().tag(sync=True)
    swaps = traitlets.List(help="pairs: a word of the story, and what stands in its place").tag(sync=True)

    def __init__(
        self,
        model: Classifier,
        tokenizer: Tokenizer,
        stories: Labelled,
        *,
        story: int = 0,
        swaps: Sequence[Sequence[str]] = (),
    ) -> None:
        _check_model(model, stories)
        self._tokenizer = tokenizer
        for text in stories.texts:
            self._check_text(text)
        packed, body = _packed(model.body, tokenizer)
        self._network = Classifier(body, n_classes=2)
        self._network.head.load_state_dict(model.head.state_dict())
        groups = _groups()
        super().__init__(
            weights=packed,
            head=torch.cat([model.head.weight.detach().flatten(), model.head.bias.detach()]).numpy().tobytes(),
            texts=list(stories.texts),
            labels=list(stories.labels),
            classes=list(stories.classes),
            groups=groups,
            plurals={word: NOUNS[word].plural for group in groups for word in group if word in NOUNS},
            story=check_exists("story", story, len(stories)),
            swaps=[list(swap) for swap in swaps],
            description="",
        )
        self.description = self._describe()

    @traitlets.validate("story")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        return check_exists("story", proposal.value, len(self.texts))

    @traitlets.validate("swaps")
    def _can_be_made(self, proposal: traitlets.Bunch) -> list[list[str]]:
        _swapped(self.texts[self.story], proposal.value)
        return proposal.value

    def text(self) -> str:
        """The story with its swaps."""
        return _swapped(self.texts[self.story], self.swaps)

    def answers(self, texts: Sequence[str]) -> list[list[float]]:
        """The probability of each class for some texts, by the weights that the page has."""
        rows = [torch.tensor([[STORY, *self._tokenizer.encode(text)]]) for text in texts]
        return [probabilities(self._network, row)[0].tolist() for row in rows]

    def _check_text(self, text: str) -> None:
        n = 1 + len(self._tokenizer.encode(text))
        if n > CAPACITY - ROOM:
            raise ValueError(f"a story has {n} tokens, and the figure takes {CAPACITY - ROOM}: choose a shorter one")
        if not choices(text):
            raise ValueError(f"no word can be swapped in {text[:40]!r}")

    def _describe(self) -> str:
        """What is seen, in one sentence with numbers."""
        ((_, p),) = self.answers([self.text()])
        said, true = self.classes[int(p > 0.5)], self.classes[self.labels[self.story]]
        n = len(choices(self.texts[self.story]))
        return (
            f"A story with {n} words that can be swapped. How does it end? A classifier says “{said}”, with "
            f"{100 * max(p, 1 - p):.0f} %; the truth, “{true}”, stays whatever is swapped."
        )

    def poster(self) -> bytes:
        """The story, the words that can be swapped in colour, and the classifier's answer as a bar. A PNG."""
        from lmkit.widgets.posters.swap import draw_swap

        text = self.text()
        ((_, p),) = self.answers([text])
        return draw_swap(text, set(choices(text)), self.classes, p, self.classes[self.labels[self.story]])


def _check_model(model: Classifier, stories: Labelled) -> None:
    body = model.body
    if not isinstance(body, Transformer) or not body.config.causal or model.read != "last":
        raise ValueError("the page runs a classifier on a causal lmkit Transformer that reads the last token")
    for what, n in (("the model", model.head.out_features), ("the stories", len(stories.classes))):
        if n != 2:
            raise ValueError(f"{what} should have two classes, and {'has' if what == 'the model' else 'have'} {n}")


def _packed(body: Transformer, tokenizer: Tokenizer) -> tuple[bytes, Transformer]:
    """Give the bytes of a body, and the body that can be read from them."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "body.safetensors"
        packing.pack(body, tokenizer, {}, path)
        data = path.read_bytes()
        if len(data) > MOST_BYTES:
            raise ValueError(f"the model takes {len(data):,} bytes, and the figure {MOST_BYTES:,}: train a smaller one")
        return data, packing.unpack(path)[0]


def _groups() -> list[list[str]]:
    """List the words that may stand for each other, each group once, in the order in which an attack tries them."""
    kinds = ({word, *others} for word, others in NEUTRAL.items() if others)
    return [list(group) for group in dict.fromkeys(tuple(one for one in NEUTRAL if one in kind) for kind in kinds)]


def _swapped(text: str, swaps: Sequence[Sequence[str]]) -> str:
    """The text after these swaps (CannotShow where one cannot be made)."""
    made: set[str] = set()
    for pair in swaps:
        if len(pair) != 2 or pair[0] in made or pair[1] not in choices(text).get(pair[0], ()):
            raise CannotShow(f"swaps has {list(pair)}: give pairs of a word of the story and one that may replace it.")
        text = put(text, Swap(*pair))
        made.add(pair[1])
    return text
