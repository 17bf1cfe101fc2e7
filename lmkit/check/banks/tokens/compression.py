"""Exercise: how many bytes of text one token stands for."""

import math
import statistics
from collections.abc import Callable
from typing import Any

from lmkit.check.comparing import TOLERANCE
from lmkit.check.exercise import Exercise, Misconception, Probe, Property
from lmkit.check.judging import judge
from lmkit.check.properties import Probes, on_every_probe
from lmkit.check.report import Report

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
    Misconception(
        code="characters-counted",
        says="You counted characters of the text, not bytes.",
        asks="How many bytes are there in é, and how many in 你?",
        wrong={"size": len},
    ),
    Misconception(
        code="words-counted",
        says="You counted words of the text, not bytes.",
        asks="Where would you count words in a Chinese text, and what can be counted in any language?",
        wrong={"size": lambda text: len(text.split())},
    ),
    Misconception(
        code="spaces-left-out",
        says="You left out the spaces of the text.",
        asks="When the tokens are decoded the spaces must be there again. Who carries them?",
        wrong={"size": lambda text: len("".join(text.split()).encode())},
    ),
    Misconception(
        code="different-tokens-counted",
        says="You counted how many different tokens there are, not how many the text has.",
        asks="A token that occurs twice: how many times must the model read it?",
        wrong={"length": lambda tokens: len(set(tokens))},
    ),
    Misconception(
        code="upside-down",
        says="Your number is upside down: it is tokens per byte.",
        asks="With longer tokens, the same text needs fewer of them. Should the measure go up or down then?",
        wrong={"turn": lambda size, tokens: (tokens, size)},
    ),
    Misconception(
        code="mean-of-ratios",
        says="You averaged the ratios of the texts, so that a short text counts as much as a long one.",
        asks="One text of 10 bytes and one of 10,000: whose ratio describes the corpus?",
        wrong={"average": lambda counts: statistics.mean(size / tokens for size, tokens in counts)},
    ),
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
        Property(
            code="bytes-do-not-give-1",
            right="When each token is one byte, the ratio is 1.",
            says="When each token is one byte, your ratio is not 1.",
            asks="In that case, what do you count in the text, and what do you count in the tokens?",
            holds=_bytes_give_one,
        ),
        Property(
            code="below-1",
            right="The ratio is never below 1.",
            says="Your ratio is below 1 for some texts, as if there were tokens shorter than a byte.",
            asks="Which of your two counts stands above the line, and which below?",
            holds=on_every_probe(_never_below_one),
        ),
    ),
    misconceptions=MISCONCEPTIONS,
)


def compression(student: Any, seed: int = 0) -> Report:
    """Check `compression(texts, tokens) -> float`: UTF-8 bytes per token, over all texts together.

    `texts` is a list of strings, `tokens` a list as long, with the tokens of each text.
    """
    return judge(COMPRESSION, student, seed)
