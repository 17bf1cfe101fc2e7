"""Exercise: how many bytes of text one token stands for.

Check `compression(texts, tokens) -> float`: UTF-8 bytes per token, over all texts together.

`texts` is a list of strings, `tokens` a list as long, with the tokens of each text.
"""

import math
import statistics
from collections.abc import Callable
from typing import Any

from lmkit.check.bank import TOLERANCE, Exercise, Probe, Probes, always, mistake, truth

Counts = list[tuple[int, int]]  # of each text: how large it is, and how many tokens it has


def pooled(counts: Counts) -> float:
    """The right way: the sizes of all texts by the tokens of all texts."""
    return sum(size for size, _ in counts) / sum(tokens for _, tokens in counts)


def bytes_per_token(
    texts: list[str],
    tokens: list[list[bytes]],
    *,
    size: Callable = lambda text: len(text.encode()),
    length: Callable = len,
    turn: Callable = lambda size, tokens: (size, tokens),
    average: Callable = pooled,
) -> float:
    """Bytes of all texts by tokens of all texts. The keywords are the switches."""
    return average([turn(size(text), length(own)) for text, own in zip(texts, tokens, strict=True)])


def _cut(texts: list[str], size: int) -> tuple[list[str], list[list[bytes]]]:
    """Texts, and tokens of so many bytes each; where tokens are cut does not matter here."""
    data = [text.encode() for text in texts]
    return texts, [[text[i : i + size] for i in range(0, len(text), size)] for text in data]


def probes(seed: int) -> Probes:
    """English alone; several texts, one of them twice; characters of several bytes; one long and one short text."""
    one = ["the cat sat on the mat and the rat sat on the cat"]
    several = ["to be or not to be", "that is that", "the " * (5 + seed) + "end", "that is that"]
    foreign = ["né né né à " + "l'été " * (2 + seed), "你好，你好吗", "plain plain words"]
    texts, tokens = _cut(several, 4)
    tokens[2] = _cut([texts[2]], 2)[1][0]
    uneven, bytes_alone = _cut(["ab", "the cat " * (300 + seed)], 1)
    return (
        Probe("for one English text", _cut(one, 2)),
        Probe("for several texts", (texts, tokens)),
        Probe("for texts with letters of several bytes", _cut(foreign, 3)),
        Probe("for a long text of which hardly anything is merged", (uneven, [[b"ab"], bytes_alone[1]])),
    )


def _bytes_give_one(solve: Callable, probes: Probes) -> bool:
    return all(math.isclose(float(solve(*_cut(probe.args[0], 1))[0]), 1, rel_tol=TOLERANCE) for probe in probes)


def _never_below_one(args: tuple, ratio: Any) -> bool:
    return float(ratio) >= 1 - TOLERANCE


MISCONCEPTIONS = (
    mistake("characters-counted", size=len)
    .says("You counted characters of the text, not bytes.")
    .asks("How many bytes are there in é, and how many in 你?"),
    mistake("words-counted", size=lambda text: len(text.split()))
    .says("You counted words of the text, not bytes.")
    .asks("Where would you count words in a Chinese text, and what can be counted in any language?"),
    mistake("spaces-left-out", size=lambda text: len("".join(text.split()).encode()))
    .says("You left out the spaces of the text.")
    .asks("When the tokens are decoded the spaces must be there again. Who carries them?"),
    mistake("different-tokens-counted", length=lambda tokens: len(set(tokens)))
    .says("You counted how many different tokens there are, not how many the text has.")
    .asks("A token that occurs twice: how many times must the model read it?"),
    mistake("upside-down", turn=lambda size, tokens: (tokens, size))
    .says("Your number is upside down: it is tokens per byte.")
    .asks("With longer tokens, the same text needs fewer of them. Should the measure go up or down then?"),
    mistake("mean-of-ratios", average=lambda counts: statistics.mean(size / tokens for size, tokens in counts))
    .says("You averaged the ratios of the texts, so that a short text counts as much as a long one.")
    .asks("One text of 10 bytes and one of 10,000: whose ratio describes the corpus?"),
)

COMPRESSION = Exercise(
    id="compression",
    title="Bytes per token",
    family=bytes_per_token,
    returns={"ratio": ""},
    probes=probes,
    examples=(
        (["the"], [[b"th", b"e"]]),
        (["to to"], [[b"to", b" ", b"to"]]),
        (["né"], [[b"n", "é".encode()]]),
        (["the", "a b"], [[b"the"], [b"a", b" ", b"b"]]),
    ),
    properties=(
        truth("bytes-do-not-give-1", _bytes_give_one)
        .right("When each token is one byte, the ratio is 1.")
        .says("When each token is one byte, your ratio is not 1.")
        .asks("In that case, what do you count in the text, and what do you count in the tokens?"),
        always("below-1", _never_below_one)
        .right("The ratio is never below 1.")
        .says("Your ratio is below 1 for some texts, as if there were tokens shorter than a byte.")
        .asks("Which of your two counts stands above the line, and which below?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
