"""Exercise: labels that ask for the answer only, not for the question and not for the padding.

Check `answer_labels(tokens, n_question, n_text) -> labels`, both integer tensors [position].

The first `n_question` tokens are the question, those up to `n_text` the answer, the rest padding. The label at a
position is the token after it where that belongs to the answer, and -100 elsewhere.
"""

from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, mistake, truth
from lmkit.learning.objectives import IGNORE

Tokens = Int[Tensor, "position"]


def ask_for_the_answer(
    tokens: Tokens,
    n_question: int,
    n_text: int,
    *,
    first: Callable = lambda n_question, shift: n_question,
    end: Callable = lambda n_text, n: n_text,
    shift: int = 1,
    ignored: int = IGNORE,
) -> Tokens:
    """At each position the token after it, where that belongs to the answer. The keywords are the switches."""
    n = len(tokens)
    labels = torch.full_like(tokens, ignored)
    for place in range(first(n_question, shift), min(n, end(n_text, n))):
        if 0 <= place - shift < n:
            labels[place - shift] = tokens[place]
    return labels


def probes(seed: int) -> Probes:
    """First every token another, the padding token 99; last some that come again, and one of them as the padding."""
    tokens = 1 + Draws(seed).order(40)[:10]
    padded = tokens.clone()
    padded[7:] = 99
    return (
        Probe("without padding", (tokens, 4, 10)),
        Probe("with padding", (padded, 4, 7)),
        Probe("for an answer of one token", (padded[:9], 6, 7)),
        Probe("when tokens come again", (tokens[[0, 1, 2, 1, 0, 2, 1, 2, 2, 2]], 4, 8)),
    )


def _the_question_does_not_matter(solve: Callable, probes: Probes) -> bool:
    tokens, n_question, n_text = probes[1].args
    other = tokens.clone()
    other[:n_question] += 50
    return torch.equal(*solve(tokens, n_question, n_text), *solve(other, n_question, n_text))


def _the_padding_does_not_matter(solve: Callable, probes: Probes) -> bool:
    tokens, n_question, n_text = probes[1].args
    other = tokens.clone()
    other[n_text:] = 98
    return torch.equal(*solve(tokens, n_question, n_text), *solve(other, n_question, n_text))


def _every_token_of_the_answer_is_asked_for_once(solve: Callable, probes: Probes) -> bool:
    for probe in probes[:3]:
        tokens, n_question, n_text = probe.args
        (labels,) = solve(*probe.args)
        if any((labels == token).sum() != 1 for token in tokens[n_question:n_text]):
            return False
    return True


MISCONCEPTIONS = (
    mistake("question-asked-for", first=lambda n_question, shift: max(shift, 0))
    .says("Your labels ask for the question as well.")
    .asks("Who writes the question when the model is used, and should it learn to write it?"),
    mistake("first-word-lost", first=lambda n_question, shift: n_question + 1)
    .says("The first token of the answer is not asked for.")
    .asks("Which position must say the first token of the answer: one in the answer, or one before it?"),
    mistake("padding-asked-for", end=lambda n_text, n: n)
    .says("Your labels ask for the padding.")
    .asks("Where does the text end, and what do your labels say after that?"),
    mistake("one-padding-asked-for", end=lambda n_text, n: n_text + 1)
    .says("Your labels ask for one padding token after the answer.")
    .asks("Which token comes after the last one of the answer, and should anybody say it?"),
    mistake("last-word-lost", end=lambda n_text, n: n_text - 1)
    .says("The last token of the answer is not asked for.")
    .asks("With 7 tokens of text, which place has the last one, and which position must say it?"),
    mistake("not-shifted", shift=0)
    .says("Each position is asked for its own token, which it has read already.")
    .asks("What does a causal model know at a position: the token there, or the one after it?"),
    mistake("shifted-twice", shift=2)
    .says("You shifted twice: each position is asked for the token after the next.")
    .asks("How many places lie between a position and the token that it must say?"),
    mistake("shifted-backwards", shift=-1)
    .says("You shifted the wrong way: each position is asked for the token before it.")
    .asks("At which position is the third token asked for: the second, or the fourth?"),
    mistake("zero-for-ignore", ignored=0)
    .says("Where nothing is asked, your label is 0, and 0 is a token like any other.")
    .asks("Which label does `cross_entropy` pass over, if nobody tells it another one?"),
)

_TOKENS = torch.tensor([5, 6, 7, 8, 9, 9])

ANSWER_LABELS = Exercise(
    id="answer_labels",
    title="Labels for an answer",
    family=ask_for_the_answer,
    returns={"label tensor": "position"},
    probes=probes,
    examples=((_TOKENS, 2, 4), (_TOKENS[:4], 2, 4)),
    properties=(
        truth("question-matters", _the_question_does_not_matter)
        .right("The words of the question do not matter.")
        .says("Your labels change with the words of the question.")
        .asks("Which of your labels are tokens of the question?"),
        truth("padding-matters", _the_padding_does_not_matter)
        .right("It does not matter which token is the padding.")
        .says("Your labels change with the token that stands for padding.")
        .asks("Which of your labels are padding?"),
        truth("answer-not-asked-for", _every_token_of_the_answer_is_asked_for_once)
        .right("Every token of the answer is asked for once.")
        .says("Not every token of the answer is asked for exactly once.")
        .asks("Write the tokens in one row and your labels in the row below: which token of the answer is missing?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
