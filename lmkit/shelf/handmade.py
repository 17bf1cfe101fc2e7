"""A transformer whose weights are written by hand, so that what each head does is known before it runs.

It is an lmkit Transformer like any other, bidirectional, with 2 layers of 4 heads, and it is never trained.
It stands in where a real model is not installed, and its heads can be proven right.

The vector of a token has three parts that do not overlap:

    word            the number of the word in binary, its digits written as 1 and -1
    previous word   empty, until layer 0 copies into it the word of the token before
    position        1 at the place of the token, 0 elsewhere

A head looks for something. Its query matrix says what, its key matrix says where in a vector that is found,
and the score is how well the two agree. The feed-forward networks write nothing.
"""

import math
import re

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.model.attention import MultiHeadAttention
from lmkit.model.transformer import Transformer, TransformerConfig

HEADS = {  # (layer, head): what a word attends to
    (0, 0): "the previous token",
    (0, 1): "the next token",
    (0, 2): "the same word elsewhere; without one, itself",
    (0, 3): "the first token, [CLS]",
    (1, 0): "the token after the same word elsewhere; without one, the next token",
    (1, 1): "the last token, [SEP]",
    (1, 2): "itself",
    (1, 3): "all tokens alike",
}

MAX_TOKENS = 64
N_BITS = 10  # for 2 ** 10 = 1024 different words
D_HEAD = N_BITS + MAX_TOKENS  # a head compares words, positions or both
D_MODEL = 4 * D_HEAD

WORD = slice(0, N_BITS)  # parts of a token's vector
PREVIOUS_WORD = slice(N_BITS, 2 * N_BITS)
POSITION = slice(2 * N_BITS, 2 * N_BITS + MAX_TOKENS)

WORDS = slice(0, N_BITS)  # parts of a query and of a key
POSITIONS = slice(N_BITS, D_HEAD)

CLS, SEP = 0, 1  # token ids
LEAD = 14.0  # what a head looks for scores higher than all else by at least this: e ** 14 is a million

_CONFIG = TransformerConfig(
    vocab_size=2**N_BITS,
    n_layers=2,
    n_heads=4,
    d_model=D_MODEL,
    d_hidden=1,
    max_positions=MAX_TOKENS,
    causal=False,
    positions="learned",
    norm="rms",
    bias=False,
    unembed=False,
)


@torch.no_grad()
def build() -> Transformer:
    """Write all the weights. Every call gives the same model.

    Source: Weiss et al. 2021 (RASP), for transformers that are written rather than trained; Elhage et al.
    2021 (A Mathematical Framework for Transformer Circuits, "Induction Heads"), for heads (0, 0) and (1, 0).
    """
    model = Transformer(_CONFIG)
    for parameter in model.parameters():
        parameter.zero_()
    model.embed.weight[:, WORD] = _binary(torch.arange(_CONFIG.vocab_size))
    model.positions.embed.weight[:, POSITION] = torch.eye(MAX_TOKENS)
    for block, heads, n_ones in zip(model.blocks, _heads(), (N_BITS + 1, 2 * N_BITS + 1), strict=True):
        block.attention_norm.weight.fill_(math.sqrt(n_ones / D_MODEL))  # so that it changes no vector
        for head, (query, key) in enumerate(heads):
            _write_head(block.attention, head, query, key)
    copying = model.blocks[0].attention  # head 0 copies the word that it sees
    copying.to_value.weight[WORDS, WORD] = torch.eye(N_BITS)
    copying.to_output.weight[PREVIOUS_WORD, WORDS] = torch.eye(N_BITS)
    model.final_norm.weight.fill_(1.0)
    return model.eval()


class Tokenizer:
    """Split a text into lower-case words and punctuation marks, and number each new word as it comes."""

    model_max_length = MAX_TOKENS

    def __init__(self):
        self.numbers = {"[CLS]": CLS, "[SEP]": SEP}

    def __call__(self, text: str) -> dict[str, list[int]]:
        """Give the `input_ids` of a text, between those of [CLS] and [SEP].

        Raises:
            ValueError: the texts so far hold more different words than there are numbers.
        """
        words = re.findall(r"\w+(?:['’]\w+)*|[^\w\s]", text.lower())
        return {"input_ids": [CLS, *map(self._number, words), SEP]}

    def convert_ids_to_tokens(self, ids: list[int]) -> list[str]:
        """Give the word of each number."""
        words = list(self.numbers)
        return [words[number] for number in ids]

    def _number(self, word: str) -> int:
        if word not in self.numbers and len(self.numbers) == 2**N_BITS:
            raise ValueError(f"{word!r} is new, and all {2**N_BITS} numbers are given: load the model again")
        return self.numbers.setdefault(word, len(self.numbers))


# --- What the heads look for. ---

_Matrix = Float[Tensor, "d_head d_model"]


def _heads() -> list[list[tuple[_Matrix, _Matrix]]]:
    """Give the query and key matrices of each head, in the order of `HEADS`."""
    same_word = torch.eye(N_BITS)
    here = torch.eye(MAX_TOKENS)  # column = the token's own position, row = the position it looks for
    before, after = torch.ones(MAX_TOKENS - 1).diag(1), torch.ones(MAX_TOKENS - 1).diag(-1)
    before[0, 0] = 1  # nothing is before the first token, so it looks at itself
    at_start = torch.zeros(MAX_TOKENS, MAX_TOKENS)
    at_start[0] = 1  # from every position to the first
    separator = _binary(torch.tensor([SEP])).T  # from every position to the word [SEP]

    token = _matrix((WORDS, WORD, same_word), (POSITIONS, POSITION, here))
    token_after = _matrix((WORDS, PREVIOUS_WORD, same_word), (POSITIONS, POSITION, here))
    return [
        [
            (_matrix((POSITIONS, POSITION, before)), token),
            (_matrix((POSITIONS, POSITION, after)), token),
            (_matrix((WORDS, WORD, same_word), (POSITIONS, POSITION, -here)), token),
            (_matrix((POSITIONS, POSITION, at_start)), token),
        ],
        [
            (_matrix((WORDS, WORD, same_word), (POSITIONS, POSITION, -after)), token_after),
            (_matrix((WORDS, POSITION, separator)), token),
            (_matrix((POSITIONS, POSITION, here)), token),
            (_matrix(), token),
        ],
    ]


def _matrix(*parts: tuple[slice, slice, Tensor]) -> _Matrix:
    """Turn parts of a vector into parts of a query or key; each is given as (to, from, values)."""
    matrix = torch.zeros(D_HEAD, D_MODEL)
    for to, from_, values in parts:
        matrix[to, from_] = values
    return matrix


def _write_head(attention: MultiHeadAttention, head: int, query: _Matrix, key: _Matrix) -> None:
    rows = slice(head * D_HEAD, (head + 1) * D_HEAD)
    attention.to_query.weight[rows] = LEAD * math.sqrt(D_HEAD) * query  # attention divides by the root again
    attention.to_key.weight[rows] = key


def _binary(numbers: Tensor) -> Float[Tensor, "number bit"]:
    """Write numbers in binary, 1 and -1. The same number scores N_BITS, any other at least 2 less."""
    return 2.0 * (numbers[:, None] >> torch.arange(N_BITS) & 1) - 1.0
