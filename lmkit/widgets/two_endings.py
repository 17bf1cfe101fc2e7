"""TwoEndings: one sentence with two endings, and what a word of it looks at, as lines to the other words."""

import re
from collections.abc import Sequence

import numpy as np
import torch
import traitlets
from jaxtyping import Float

from lmkit.inside.heads import strongest
from lmkit.shelf.pretrained import Pretrained
from lmkit.text.tokenizer import readable
from lmkit.widgets.base import LivingFigure, check_exists
from lmkit.widgets.encoding import as_weights
from lmkit.widgets.head_texts import SPECIAL

WORDS = re.compile(r"[\w'’]+|[^\w\s]")  # a word with its apostrophe, or one sign of punctuation
MOST_WORDS = 40  # lines to more of them cannot be told apart


class TwoEndings(LivingFigure):
    """What one word of a sentence looks at, with either of two endings. The reader exchanges them; so does Python.

    Shown is the head that, with the first ending, looks most from that word to another one that is named. The pieces of
    a word are added up, and marks such as [CLS] count as words.

    Args:
        loaded: The model and its tokenizer, as `lmkit.load` gives them.
        sentence: The sentence, with {} in the place of its ending.
        endings: Two words.
        word: The word that looks; where it stands there twice, the first.
        to: The word by which the head is chosen; likewise.
        ending: The ending that it opens with, 0 or 1.

    Raises:
        ValueError: There are not two endings of one word each, the sentence has no place for them, or lacks a word that
            was named, or is too long.
    """

    view = traitlets.Unicode("two-endings").tag(sync=True)
    words = traitlets.List(traitlets.Unicode(), help="with the first ending in its place").tag(sync=True)
    endings = traitlets.List(traitlets.Unicode()).tag(sync=True)
    shares = traitlets.List(help="for each ending, what the word gives to each word").tag(sync=True)
    word = traitlets.Int(help="the place of the word that looks").tag(sync=True)
    to = traitlets.Int(help="that of the word by which the head was chosen").tag(sync=True)
    place = traitlets.Int(help="that of the ending").tag(sync=True)
    head = traitlets.List(traitlets.Int(), help="layer, head, and how many heads there are").tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    ending = traitlets.Int().tag(sync=True)

    def __init__(
        self, loaded: Pretrained, sentence: str, endings: Sequence[str], *, word: str, to: str, ending: int = 0
    ) -> None:
        _check_sentence(sentence, endings)
        words, place = _words_of(loaded, sentence, endings)
        at, towards = (_place_of(one, words) for one in (word, to))
        first, second = (_looks(loaded, sentence.format(one), at) for one in endings)  # (layer, head, word)
        layer, head, _ = strongest(torch.from_numpy(first[..., towards]))
        super().__init__(
            words=words,
            endings=list(endings),
            shares=[[round(float(share), 4) for share in each[layer, head]] for each in (first, second)],
            word=at,
            to=towards,
            place=place,
            head=[layer, head, first[..., 0].size],
            label=loaded.name,
            ending=ending,
            description="",
        )
        self.description = self._describe()

    @traitlets.validate("ending")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        return check_exists("ending", proposal.value, 2)

    def _with(self, ending: int) -> list[str]:
        return [*self.words[: self.place], self.endings[ending], *self.words[self.place + 1 :]]

    def _describe(self) -> str:
        """What is seen, in one sentence with numbers."""
        layer, head, _ = self.head
        gives = " and ".join(
            f"{100 * shares[self.to]:.0f} % with “{ending}”"
            for ending, shares in zip(self.endings, self.shares, strict=True)
        )
        most = int(np.argmax(self.shares[1]))
        who = f"from “{self.words[self.word]}”, L{layer} · H{head} of {self.label}"
        what = f"A sentence with two endings: {who} gives “{self.words[self.to]}” {gives}"
        return f"{what}, where most goes to “{self._with(1)[most]}” ({100 * self.shares[1][most]:.0f} %)."

    def poster(self) -> bytes:
        """The sentence with the ending it opens with, and the lines, as a PNG."""
        from lmkit.widgets.posters.endings import draw_endings

        return draw_endings(self._with(self.ending), self.shares[self.ending], self.word)


def _check_sentence(sentence: str, endings: Sequence[str]) -> None:
    if len(endings) != 2 or endings[0] == endings[1] or not all(map(WORDS.fullmatch, endings)):
        raise ValueError(f"endings is {endings!r}, but must be two different words.")
    if sentence.count("{}") != 1:
        raise ValueError(f"the sentence {sentence!r} must have one place for the ending, written {{}}.")


def _words_of(loaded: Pretrained, sentence: str, endings: Sequence[str]) -> tuple[list[str], int]:
    """The words with the first ending in its place, and that place."""
    words, others = (_group(loaded, sentence.format(one))[0] for one in endings)
    if len(words) > MOST_WORDS:
        raise ValueError(f"the sentence has {len(words)} words; the figure takes {MOST_WORDS}.")
    return words, next(i for i, (one, other) in enumerate(zip(words, others, strict=True)) if one != other)


def _place_of(word: str, words: Sequence[str]) -> int:
    if word not in words:
        raise ValueError(f"there is no word {word!r} among {list(words)}.")
    return words.index(word)


def _looks(loaded: Pretrained, text: str, at: int) -> Float[np.ndarray, "layer head word"]:
    """What each head gives to each word from one of them; from its pieces, on average."""
    words, owner = _group(loaded, text)
    attentions = as_weights(loaded.trace(text))  # (layer, head, query, key)
    rows = attentions[:, :, np.array(owner) == at].mean(axis=2)
    looks = np.zeros((*rows.shape[:2], len(words)), dtype=np.float32)
    np.add.at(looks, (slice(None), slice(None), owner), rows)
    return looks


def _group(loaded: Pretrained, text: str) -> tuple[list[str], list[int]]:
    """The words of a text with marks such as [CLS] among them, and which of them each token belongs to.

    The tokens of a word are as long together as the word is, whatever the tokenizer made of its letters.
    """
    pieces = readable(loaded.words(loaded.encode(text)))
    shown, owner, left, ahead = [], [], 0, WORDS.findall(text)
    for piece in pieces:
        if SPECIAL.fullmatch(piece):
            shown.append(piece)
        else:
            if left == 0 and ahead:
                shown.append(ahead.pop(0))
                left = len(shown[-1])
            left -= len(piece.removeprefix("##").strip())
        owner.append(len(shown) - 1)
    if left or ahead:
        raise ValueError(f"the tokens {pieces} do not add up to the words of {text!r}.")
    return shown, owner
