"""TokenStrip: the tokenizer bench. Readers type their own words, and see tokens and how merges made them.

The page does byte pair encoding by itself: it gets nothing but the merges.
"""

from collections.abc import Mapping

import numpy as np
import traitlets

from lmkit.text.tokenizer import BYTES, Tokenizer
from lmkit.widgets.base import CannotShow, LivingFigure, check_exists

MOST_CHARACTERS = 500  # of a text in the figure, so that every keystroke stays quick
MOST_TOKENS = 2**16  # of a vocabulary: the page gets two bytes for each half of a merge


class TokenStrip(LivingFigure):
    """A text in tokens, beside what other tokenizers make of it. The reader types; so does Python.

    `text`, `tokenizer` and `token` follow what the reader types and chooses, and the figure follows them.

    Args:
        tokenizers: One tokenizer, or several by the names that the reader chooses them by.
        text: What it opens with, at most 500 characters.
        tokenizer: Which tokenizer it opens with, from 0.
        token: Which token of the text it opens with, from 0.
        label: The title.

    Raises:
        ValueError: There is no tokenizer, no such tokenizer or token, or text or vocabulary are too large.
    """

    view = traitlets.Unicode("token-strip").tag(sync=True)
    outlines = traitlets.List(help="name, number of special tokens and of merges of each tokenizer").tag(
        sync=True
    )
    merges = traitlets.Bytes(help="two uint16 a merge, see _pack").tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
    tokenizer = traitlets.Int().tag(sync=True)
    token = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        tokenizers: Tokenizer | Mapping[str, Tokenizer],
        text: str,
        *,
        tokenizer: int = 0,
        token: int = 0,
        label: str = "Tokens",
    ) -> None:
        if isinstance(tokenizers, Tokenizer):
            tokenizers = {f"vocabulary {tokenizers.vocab_size:,}": tokenizers}
        _check_size(tokenizers, text)
        check_exists("tokenizer", tokenizer, len(tokenizers))
        words = {name: one.words(one.encode(text)) for name, one in tokenizers.items()}
        chosen = list(words.values())[tokenizer]
        if chosen or token:
            check_exists("token", token, len(chosen))
        self._tokenizers = list(tokenizers.values())
        super().__init__(
            outlines=[_outline(name, one) for name, one in tokenizers.items()],
            merges=b"".join(map(_pack, tokenizers.values())),
            label=label,
            text=text,
            tokenizer=tokenizer,
            token=token,
            description=_describe(text, words),
        )
        self._opens_with = (words, tokenizer, token)

    @traitlets.validate("tokenizer", "token")
    def _exists(self, proposal: traitlets.Bunch) -> int:
        name, value = proposal.trait.name, proposal.value
        if name == "tokenizer":
            return check_exists(name, value, len(self._tokenizers))
        return value if value == 0 else check_exists(name, value, self._n_tokens())  # 0 also where there is none

    @traitlets.validate("text")
    def _is_short(self, proposal: traitlets.Bunch) -> str:
        return _check_length(proposal.value)

    @traitlets.observe("text", "tokenizer")
    def _stay_inside(self, change: traitlets.Bunch) -> None:
        """Another text may have fewer tokens: the last one is chosen then, as in the page."""
        self.token = max(0, min(self.token, self._n_tokens() - 1))

    def _n_tokens(self) -> int:
        chosen = self._tokenizers[check_exists("tokenizer", self.tokenizer, len(self._tokenizers))]
        whole = self.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # the page may cut a pair
        return len(chosen.encode(whole))

    def poster(self) -> bytes:
        """The tokens that it opens with, as a PNG."""
        from lmkit.widgets.posters.tokens import draw_tokens

        return draw_tokens(*self._opens_with)


def _outline(name: str, tokenizer: Tokenizer) -> dict:
    return {"name": name, "special": len(tokenizer.special_tokens), "merges": len(tokenizer.merges)}


def _pack(tokenizer: Tokenizer) -> bytes:
    """Each merge as the places of its halves, little-endian: first come the 256 bytes, then the merges."""
    tokens = (*BYTES, *(left + right for left, right in tokenizer.merges))
    place = {token: i for i, token in enumerate(tokens)}
    return np.array([place[half] for pair in tokenizer.merges for half in pair], dtype="<u2").tobytes()


def _describe(text: str, words: Mapping[str, list[str]]) -> str:
    """What is seen, in one sentence with numbers."""
    lengths = [f"{len(tokens):,} tokens by {name}" for name, tokens in words.items()]
    return f"A text of {len(text):,} characters and {len(text.encode()):,} bytes is {', '.join(lengths)}."


def _check_size(tokenizers: Mapping[str, Tokenizer], text: str) -> None:
    _check_length(text)
    for name, tokenizer in tokenizers.items():
        if tokenizer.vocab_size > MOST_TOKENS:
            raise ValueError(
                f"{name!r} has {tokenizer.vocab_size:,} tokens; the figure takes {MOST_TOKENS:,}."
            )


def _check_length(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        raise CannotShow(f"the text has {len(text):,} characters; the figure takes {MOST_CHARACTERS:,}: shorten it.")
    return text
