"""Instruction tuning: a model that goes on with a text becomes one that answers.

    chat = instruct.Chat(book.tokenizer, book.model.config.vocab_size)
    model = instruct.grow(book.model, len(instruct.MARKS))
    rows = instruct.rows(chat, dialogues)
    training.fit(model, rows, rows[:8], config, objective=instruct.answers)
    instruct.reply(model, chat, [["Zoe had a kite. In one word: who has the kite?"]])

Turns are parted by marks, which are tokens of their own that no text can produce. The model reads all of a dialogue,
but is asked for the answer alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.learning.objectives import IGNORE
from lmkit.model.generation import generate
from lmkit.model.sampling import Choose, greedy
from lmkit.model.transformer import Transformer
from lmkit.ranges import check_whole

MARKS = ("<|user|>", "<|answer|>", "<|end|>")

# --- The template. ---


@dataclass(frozen=True)
class Chat:
    """The form of a dialogue, in tokens: a start, then in turn <|user|> with what is said, <|answer|> with an answer.

    An answer ends with <|end|>. The marks follow the vocabulary: they are the tokens n_text, n_text + 1 and n_text + 2.
    A mark that a user types is text like any other, and comes out as several tokens.

    Args:
        tokenizer: that of the model, as `lmkit.load` gives it. It begins each text with the start token.
        n_text: how many tokens the vocabulary has without the marks.
    """

    tokenizer: Any
    n_text: int

    @property
    def end(self) -> int:
        """The token that ends an answer."""
        return self.n_text + 2

    def encode(self, turns: Sequence[str]) -> list[int]:
        """Turn a dialogue into tokens. The user speaks first; after the user's words the mark of an answer follows.

        Raises:
            TypeError: the turns are one text: put it into [ ].
        """
        return [token for token, _ in self.asked(turns)]

    def asked(self, turns: Sequence[str]) -> list[tuple[int, bool]]:
        """Give the tokens of a dialogue, and whether each is the model's to say: the answers, and their ends."""
        if isinstance(turns, str):
            raise TypeError(
                f"turns is one text, {turns[:20]!r}, "
                "but must be a list of texts: put it into [ ]"
            )
        tokens = [(self._ids("")[0], False)]
        for number, text in enumerate(turns):
            # With the space that a word has within a text.
            words = self._ids(f" {text}")[1:]
            if number % 2 == 0:
                turn = (self.n_text, *words, self.n_text + 1)
                tokens += [(token, False) for token in turn]
            else:
                tokens += [(token, True) for token in (*words, self.end)]
        return tokens

    def read(self, ids: Sequence[int]) -> str:
        """Turn the tokens of an answer into text, up to its end."""
        ids = list(ids)
        words = ids[: ids.index(self.end)] if self.end in ids else ids
        return "".join(self.pieces(words)).strip()

    def pieces(self, ids: Iterable[int]) -> list[str]:
        """Show each token as a string, the marks too."""
        named = dict(enumerate(MARKS, start=self.n_text))
        show = self.tokenizer.convert_ids_to_tokens
        return [named[i] if i in named else show([i])[0] for i in ids]

    def _ids(self, text: str) -> list[int]:
        return self.tokenizer(text)["input_ids"]


@torch.no_grad()
def grow(model: Transformer, n: int) -> Transformer:
    """Give a copy of a model that knows n more tokens. Each begins as the mean of all vectors of the vocabulary.

    So no new token is more probable than those there are, and what the model says of them hardly changes.

    Raises:
        ValueError: n is below 1.

    Source: Hewitt 2021, "Initializing new word embeddings for pretrained language models".
    """
    check_whole("n", n, 1)
    config = replace(model.config, vocab_size=model.config.vocab_size + n)
    with torch.random.fork_rng(devices=[]):  # a new model draws weights; nobody else shall notice
        bigger = Transformer(config)
    weights = model.state_dict()
    for name in ("embed.weight", "unembed.weight"):
        if name in weights:
            rows = weights[name]
            weights[name] = torch.cat([rows, rows.mean(dim=0).expand(n, -1)])
    bigger.load_state_dict(weights)
    return bigger.eval()


# --- From dialogues to rows that `fit` draws. ---


def rows(
    chat: Chat, dialogues: Iterable[Sequence[str]], *, ask_all: bool = False
) -> Int[Tensor, "dialogue double"]:
    """Lay out dialogues: the tokens to read, and beside them as many labels, for `answers`.

    Each token is asked for the one after it, if that belongs to an answer or ends it; else the label is IGNORE.

    Args:
        ask_all: whether what the user says is asked for as well.

    Raises:
        ValueError: there are no dialogues, or one has no answer.
    """
    each = [chat.asked(turns) for turns in dialogues]
    if not each:
        raise ValueError("there are no dialogues: give at least one, such as ['Who has it?', 'Zoe']")
    silent = [number for number, tokens in enumerate(each) if not tokens[-1][1]]
    if silent:
        raise ValueError(f"dialogue {silent[0]} ends without an answer: give what is said and what is answered in turn")
    longest = max(map(len, each))
    return torch.tensor([_row(tokens, longest, ask_all) for tokens in each])


def _row(tokens: list[tuple[int, bool]], longest: int, ask_all: bool) -> list[int]:
    inputs = [token for token, _ in tokens[:-1]]
    labels = [token if answers or ask_all else IGNORE for token, answers in tokens[1:]]
    room = longest - len(labels)
    return [*inputs, *[0] * room, *labels, *[IGNORE] * room]


def answers(
    rows: Int[Tensor, "batch double"], generator: torch.Generator
) -> tuple[Int[Tensor, "batch position"], Int[Tensor, "batch position"]]:
    """Ask for the answers: the objective for `rows`. Nothing is drawn from `generator`.

    Columns after the last label are left away: nothing is asked there, and no token sees them.
    """
    tokens, labels = rows.chunk(2, dim=1)
    asked = (labels != IGNORE).any(dim=0).nonzero()
    length = int(asked[-1]) + 1 if len(asked) else 1
    return tokens[:, :length], labels[:, :length]


# --- Talking. ---


def reply(
    model: Transformer,
    chat: Chat,
    dialogues: Sequence[Sequence[str]],
    longest: int = 120,
    choose: Choose = greedy,
) -> list[str]:
    """Let a model answer the last turn of each dialogue, in at most `longest` tokens.

    Dialogues of the same length are answered together.
    """
    prompts = [chat.encode(turns) for turns in dialogues]
    groups = defaultdict(list)
    for number, prompt in enumerate(prompts):
        groups[len(prompt)].append(number)
    said = [""] * len(prompts)
    for length, numbers in groups.items():
        batch = torch.tensor([prompts[number] for number in numbers])
        written = generate(model, batch, longest, choose, end_token=chat.end)
        for number, row in zip(numbers, written[:, length:].tolist(), strict=True):
            said[number] = chat.read(row)
    return said
