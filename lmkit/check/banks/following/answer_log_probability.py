"""Exercise: how probable a whole answer is, as a logarithm.

Check `answer_log_probability(logits, labels)`: one number a text, [batch].

`logits` has the axes [batch, position, vocab]; `labels`, [batch, position], says which token each position is asked
for, and -100 where it is asked for none. The labels are in their places already: nothing needs to be shifted.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, mistake, truth, twin
from lmkit.learning.objectives import IGNORE

Logits = Float[Tensor, "batch position vocab"]
Labels = Int[Tensor, "batch position"]


def log_probability(
    logits: Logits,
    labels: Labels,
    *,
    log: Callable = lambda logits: logits.log_softmax(dim=-1),
    place: Callable = lambda labels: labels,
    asked: Callable = lambda labels: labels != IGNORE,
    combine: Callable = lambda log_p, asked: log_p.sum(dim=1),
    sign: int = 1,
) -> Float[Tensor, "..."]:
    """The sum of ln p(label) over what is asked for. The keywords are the switches."""
    labels = place(labels)
    counts = asked(labels)
    log_p = log(logits).gather(-1, labels.clamp(min=0)[..., None]).squeeze(-1)
    return sign * combine(log_p * counts, counts)


def probes(seed: int) -> Probes:
    """Answers of unlike lengths, in the middle and at the end; all is asked for; logits far from 0."""
    draws = Draws(seed)

    def of(says: str, n: int, vocab: int, first: int, lengths: list[int], size: float = 1.0) -> Probe:
        labels = torch.full((len(lengths), n), IGNORE)
        for row, length in enumerate(lengths):
            labels[row, first : first + length] = draws.whole(1, vocab, length)
        return Probe(says, (size * draws.normal(len(lengths), n, vocab), labels))

    return (
        of("for one answer", 9, 6, 3, [4]),
        of("for answers of unlike lengths", 8, 7, 2, [5, 2, 3]),
        of("when everything is asked for", 6, 5, 0, [6, 6]),
        of("for logits that are far from 0", 7, 9, 3, [4, 1], size=30.0),
    )


def _what_is_not_asked_does_not_matter(solve: Callable, probes: Probes) -> bool:
    logits, labels = probes[1].args
    other = logits.clone()
    other[labels == IGNORE] = other[labels == IGNORE].flip(-1) + 1
    return torch.equal(*solve(logits, labels), *solve(other, labels))


def _equal_logits_cost_ln_vocab_each(solve: Callable, probes: Probes) -> bool:
    _, labels = probes[1].args
    (found,) = solve(torch.zeros(3, 8, 7), labels)
    expected = -(labels != IGNORE).sum(dim=1) * torch.log(torch.tensor(7.0))
    return found.shape == expected.shape and torch.allclose(found.double(), expected.double(), atol=1e-4)


def _is_at_most_0(args: tuple, result: Tensor) -> bool:
    return bool((result <= 1e-6).all())


MISCONCEPTIONS = (
    mistake("shifted-again", place=lambda labels: torch.cat([labels[:, 1:], labels[:, -1:] * 0 + IGNORE], dim=1))
    .says("You shifted the labels, which are in their places already.")
    .asks("Position 3 has the label 5. Which of your probabilities do you look up at position 3?"),
    mistake("log-forgotten", log=lambda logits: logits.softmax(dim=-1))
    .says("You added up probabilities: there is no logarithm.")
    .asks("The probability of two tokens one after the other is a product. What turns products into sums?"),
    mistake("softmax-forgotten", log=lambda logits: logits)
    .says("You added up the logits as they are: there is no softmax.")
    .asks("If every logit grows by 5, does the model say anything else? Does your sum change?"),
    mistake("softmax-over-positions", log=lambda logits: logits.log_softmax(dim=1))
    .says("Your softmax goes over the positions.")
    .asks("Between which things does the model choose: the places of a text, or the tokens of the vocabulary?"),
    mistake("ignored-counted", asked=lambda labels: torch.ones_like(labels, dtype=torch.bool))
    .says("Positions with the label -100 count as well, as if they were asked for token 0.")
    .asks("What does your sum do at a position of the request, which is not the model's to say?"),
    mistake("averaged", combine=lambda log_p, asked: log_p.sum(dim=1) / asked.sum(dim=1))
    .says("You averaged over the tokens of the answer. Asked is the probability of the whole.")
    .asks("Is an answer of ten tokens as probable as its first token alone?"),
    mistake("averaged-over-positions", combine=lambda log_p, asked: log_p.mean(dim=1))
    .says("You divided by the number of all positions.")
    .asks("What becomes of your number if padding is added to a text?"),
    mistake("batch-summed", combine=lambda log_p, asked: log_p.sum())
    .says("You added up the whole batch into one number.")
    .asks("How many numbers must come out for a batch of three answers?"),
    mistake("sign-turned", sign=-1)
    .says("The sign is that of a loss.")
    .asks("Is the logarithm of a probability above 0 or below?"),
)

_LOGITS = torch.tensor([[[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 3.0]]])

ANSWER_LOG_PROBABILITY = Exercise(
    id="answer_log_probability",
    title="How probable an answer is",
    family=log_probability,
    returns={"log probability": "batch"},
    probes=probes,
    examples=(
        (_LOGITS, torch.tensor([[IGNORE, 1, 2]])),
        (_LOGITS, torch.tensor([[0, 1, 2]])),
        (_LOGITS, torch.tensor([[IGNORE, 2, IGNORE]])),
        (_LOGITS.repeat(2, 1, 1), torch.tensor([[IGNORE, 1, 2], [1, 1, IGNORE]])),
    ),
    properties=(
        FINITE,
        always("above-0", _is_at_most_0)
        .right("No answer has a probability above 1.")
        .says("Some of your answers have a probability above 1: the logarithm is above 0.")
        .asks("What is the largest probability there is, and what is its logarithm?"),
        truth("request-matters", _what_is_not_asked_does_not_matter)
        .right("Logits where nothing is asked change nothing.")
        .says("Your numbers change with logits at positions where nothing is asked.")
        .asks("At which positions is the label -100, and what do they add to your sum?"),
        truth("not-ln-vocab", _equal_logits_cost_ln_vocab_each)
        .right("Where all logits are equal, each token of an answer costs ln(vocab).")
        .says("With all logits equal, an answer of n tokens does not have the log probability -n ln(vocab).")
        .asks("All tokens are equally likely then. What is the probability of n of them, one after the other?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        twin(
            "ignored-counted averaged-over-positions",
            seen_as="ignored-counted averaged",
            because="Where all positions count, their number is that of what is asked for.",
        ),
    ),
)
