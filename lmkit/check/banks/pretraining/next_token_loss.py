"""Exercise: how surprised a model is by each next token.

Check `next_token_loss(logits, tokens) -> loss`: the mean of -ln p(next token), as a tensor with one number.

`logits` has the axes [batch, position, vocab], `tokens` [batch, position]. The logits at a position are for the
token after it.
"""

import math
from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import one_hot

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, general, hides, mistake, truth

Logits = Float[Tensor, "batch position vocab"]
Tokens = Int[Tensor, "batch position"]


def surprise_at_the_next(
    logits: Logits,
    tokens: Tokens,
    *,
    pair: Callable = lambda logits, tokens: (logits[:, :-1], tokens[:, 1:]),
    log_probability: Callable = lambda logits: logits.log_softmax(dim=-1),
    sign: int = -1,
    unit: float = 1.0,
    average: Callable = lambda surprise, tokens: surprise.mean(),
) -> Float[Tensor, ""]:
    """The mean of -ln p(next token) over all positions that have one. The keywords are the switches."""
    said, asked = pair(logits, tokens)
    chosen = log_probability(said).gather(-1, asked[..., None])[..., 0]  # (batch, position)
    return average(sign * chosen / unit, tokens)


def observe(student: Callable, logits: Tensor, tokens: Tensor) -> Any:
    """What comes back; where it is a tensor with one entry, that entry."""
    loss = student(logits, tokens)
    return loss[0] if type(loss) is Tensor and loss.shape == (1,) and not general.form_of(loss) else loss


def probes(seed: int) -> Probes:
    """Sizes that all differ: small logits, then some that are too large for e to be taken to their power."""
    draw = Draws(seed)
    normal, tokens = draw.normal, draw.whole(0, 6, 3, 5)
    tokens[0, 1] = 0  # a token like any other
    same = tokens[:1, :1].expand(2, 4)
    return (
        Probe("for one text of two tokens", (normal(1, 2, 9), tokens[:1, :2])),
        Probe("for several texts", (2 * normal(3, 5, 7), tokens)),
        Probe("for large logits", (300 * normal(3, 5, 7), tokens)),
        Probe("for a model that is sure, and right", (300 * one_hot(same, 6).float(), same)),
    )


def _equal_logits_cost_ln_vocab(solve: Callable, probes: Probes) -> bool:
    logits, tokens = probes[1].args
    (loss,) = solve(torch.zeros_like(logits), tokens)
    return abs(float(loss) - math.log(logits.shape[-1])) < 1e-4


def _first_token_is_not_asked_for(solve: Callable, probes: Probes) -> bool:
    logits, tokens = probes[1].args
    other = tokens.clone()
    other[:, 0] = (other[:, 0] + 1) % logits.shape[-1]
    return torch.equal(*solve(logits, tokens), *solve(logits, other))


def _last_position_says_nothing(solve: Callable, probes: Probes) -> bool:
    logits, tokens = probes[1].args
    other = logits.clone()
    other[:, -1] = other[:, -1].flip(-1)
    return torch.equal(*solve(logits, tokens), *solve(other, tokens))


MISCONCEPTIONS = (
    mistake("not-shifted", pair=lambda logits, tokens: (logits, tokens))
    .says("You asked each position for its own token, which it has read already.")
    .asks("Position 0 has read token 0. Which token should it say?"),
    mistake("shifted-backwards", pair=lambda logits, tokens: (logits[:, 1:], tokens[:, :-1]))
    .says("You shifted the wrong way: each position is asked for the token before it.")
    .asks("Which of the two loses its last entry, the logits or the tokens, and which its first?"),
    mistake("shifted-twice", pair=lambda logits, tokens: (logits[:, :-2], tokens[:, 2:]))
    .says("You shifted twice: each position is asked for the token after the next.")
    .asks("How many places lie between a position and the token it should say, and in how many lines do you shift?"),
    mistake("first-token-after-the-last", pair=lambda logits, tokens: (logits, tokens.roll(-1, dims=1)))
    .says("You asked the last position for the first token, as if the text went round in a circle.")
    .asks("What does `roll` do with the entry that falls off at the end, and is that a question one can ask?"),
    mistake("softmax-twice", log_probability=lambda logits: logits.softmax(dim=-1).log_softmax(dim=-1))
    .says("You took softmax twice: once by yourself, and once more inside cross-entropy.")
    .asks("What does `cross_entropy` expect as its first argument: probabilities or logits?"),
    mistake("log-forgotten", log_probability=lambda logits: logits.softmax(dim=-1))
    .says("You averaged probabilities: there is no logarithm.")
    .asks("How much worse should it be to give the right token 0.001 instead of 0.01: much, or 0.009?"),
    mistake("softmax-forgotten", log_probability=lambda logits: logits)
    .says("You averaged the logits of the right tokens as they are: there is no softmax.")
    .asks("If every logit grows by 5, does the model say anything else? Does your loss change?"),
    mistake("log-after-softmax", log_probability=lambda logits: logits.softmax(dim=-1).log())
    .says(
        "You took softmax first and the logarithm after it: very small probabilities become 0, whose logarithm is "
        "minus infinity."
    )
    .asks("Which function of torch takes both steps at once, and why could that be better than two steps?"),
    mistake("powers-too-large", log_probability=lambda logits: logits - logits.exp().sum(dim=-1, keepdim=True).log())
    .says("You took e to the power of the logits as they are: from 89 on, that is infinite in 32 bits.")
    .asks("Which number may be subtracted from all logits of a position, since it changes no probability?"),
    mistake("sign-forgotten", sign=1)
    .says("The sign is missing: your loss is below 0, and training would make it smaller still.")
    .asks("Is the logarithm of a probability above 0 or below? What should a loss of 0 mean?"),
    mistake("in-bits", unit=math.log(2))
    .says("Your loss is in bits: you used the logarithm to base 2.")
    .asks("Which logarithm does torch use, and which does the exercise ask for?"),
    mistake("summed", average=lambda surprise, tokens: surprise.sum())
    .says("You added up the surprise instead of averaging it.")
    .asks("If a batch holds twice as many tokens, should the loss double?"),
    mistake("summed-in-each-text", average=lambda surprise, tokens: surprise.sum(dim=1).mean())
    .says("You averaged over the texts, but added up within each text.")
    .asks("If a model is equally good at a text of ten tokens and one of a thousand, should their losses differ?"),
    mistake("divided-by-all-positions", average=lambda surprise, tokens: surprise.sum() / tokens.numel())
    .says("You divided by the number of all positions, but the last one of each text was asked nothing.")
    .asks("In a text of 5 tokens, how many questions are there?"),
)

_LOGITS = torch.tensor([[[2.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 3.0]]])

NEXT_TOKEN_LOSS = Exercise(
    id="next_token_loss",
    title="The loss of the next token",
    family=surprise_at_the_next,
    returns={"loss": ""},
    probes=probes,
    examples=(
        (_LOGITS, torch.tensor([[0, 1, 2]])),
        (_LOGITS, torch.tensor([[0, 0, 1]])),
        (torch.tensor([[[200.0, 0.0], [0.0, 0.0]]]), torch.tensor([[0, 1]])),
        (torch.tensor([[[200.0, 0.0], [0.0, 0.0]]]), torch.tensor([[0, 0]])),
    ),
    properties=(
        FINITE,
        truth("not-ln-vocab", _equal_logits_cost_ln_vocab)
        .right("When all logits are equal, the loss is ln(vocab).")
        .says("When all logits are equal, your loss is not ln(vocab).")
        .asks("All tokens are equally likely then. What is the probability of the right one, and what is -ln of it?"),
        truth("first-token-asked-for", _first_token_is_not_asked_for)
        .right("Nobody is asked for the first token.")
        .says("Your loss changes with the first token, which nothing comes before.")
        .asks("Which position could have said the first token?"),
        truth("last-position-asked", _last_position_says_nothing)
        .right("The last position is not asked for anything.")
        .says("Your loss changes with the logits of the last position.")
        .asks("Which token comes after the last one, and do you know it?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "not-shifted first-token-after-the-last",
            "divided-by-all-positions",
            because="when every position is asked, their number is that of all positions",
        ),
    ),
    observe=observe,
)
