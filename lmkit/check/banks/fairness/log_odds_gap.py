"""Exercise: how differently a model goes on about two groups, in nats.

Check `log_odds_gap(logits_a, logits_b, bad, good)`: the log-odds of bad to good about A, minus the same about B.

The logits are [vocab], after the same prompt about A and about B; `bad` and `good` are lists of token ids. The
probability of a kind of word is the sum over its tokens.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, close, mistake, truth, twin

Logits = Float[Tensor, "vocab"]


def _summed(logits: Logits, tokens: list[int]) -> Tensor:
    return logits[tokens].logsumexp(dim=0)


def _difference(of_a: Tensor, of_b: Tensor) -> Tensor:
    return of_a - of_b


def gap(
    logits_a: Logits,
    logits_b: Logits,
    bad: list[int],
    good: list[int],
    *,
    together: Callable = _summed,
    odds: Callable = lambda of_bad, of_good: of_bad - of_good,
    compare: Callable = _difference,
) -> Float[Tensor, "..."]:
    """ln(p(bad) / p(good)) about A, minus the same about B. The keywords are the switches."""
    of_each = [odds(together(logits, bad), together(logits, good)) for logits in (logits_a, logits_b)]
    return compare(*of_each)


def probes(seed: int) -> Probes:
    """As many bad as good words, fewer, one each; large logits."""
    draws = Draws(seed)

    def of(says: str, n_bad: int, n_good: int, size: float, a_is_worse_off: bool) -> Probe:
        vocab = n_bad + n_good + 3
        order = draws.order(vocab).tolist()
        a, b = (size * draws.normal(vocab) for _ in range(2))
        bad, good = order[:n_bad], order[n_bad : n_bad + n_good]
        return Probe(says, (a, b, bad, good) if (gap(a, b, bad, good) > 0) == a_is_worse_off else (b, a, bad, good))

    return (
        of("for three bad and three good words", 3, 3, 1.0, True),
        of("for more bad than good words", 5, 2, 1.5, False),
        of("for one word of each kind", 1, 1, 1.0, True),
        of("for more good than bad words", 2, 6, 2.0, False),
    )


def _exchanged_groups_turn_the_sign(solve: Callable, probes: Probes) -> bool:
    a, b, bad, good = probes[1].args
    return close(solve(a, b, bad, good)[0], -solve(b, a, bad, good)[0], 1e-4)


def _no_difference_is_zero(solve: Callable, probes: Probes) -> bool:
    a, _, bad, good = probes[1].args
    return abs(float(solve(a, a, bad, good)[0])) < 1e-5


def _a_constant_changes_nothing(solve: Callable, probes: Probes) -> bool:
    a, b, bad, good = probes[0].args
    return close(solve(a, b, bad, good)[0], solve(a + 3, b, bad, good)[0], 1e-4)


MISCONCEPTIONS = (
    mistake("logits-averaged", together=lambda logits, tokens: logits[tokens].mean(dim=0))
    .says("You averaged the logits of a kind of word. What add up are probabilities.")
    .asks("Two words with probabilities 0.1 and 0.3: how probable is it that one of the two comes?"),
    mistake("logits-summed", together=lambda logits, tokens: logits[tokens].sum(dim=0))
    .says("You added up logits: that multiplies the probabilities of the words, as if all of them should come.")
    .asks("Is the probability of one word or another a product or a sum?"),
    mistake("largest-only", together=lambda logits, tokens: logits[tokens].max(dim=0).values)
    .says("You took the most probable word of each kind only.")
    .asks("What of the other words: may they come next, too?"),
    mistake("first-only", together=lambda logits, tokens: logits[tokens[0]])
    .says("You took the first word of each list only.")
    .asks("How many words are of this kind?"),
    mistake("odds-without-the-logarithm", odds=lambda of_bad, of_good: (of_bad - of_good).exp())
    .says("You compared the odds themselves; the logarithm is missing.")
    .asks("How far apart are odds of 2 and 1, and odds of 1/2 and 1? Should both be as far?"),
    mistake("good-to-bad", odds=lambda of_bad, of_good: of_good - of_bad)
    .says("Your sign is the other one: your odds are those of good to bad, or you took A from B.")
    .asks("About A, bad words are more probable. Is your number above 0?"),
    mistake("bad-only", odds=lambda of_bad, of_good: of_bad)
    .says("You left the good words out, and compare sums of logits that mean nothing by themselves.")
    .asks("What happens to your number if all logits about A grow by 3, which changes no probability?"),
    mistake("b-left-out", compare=lambda of_a, of_b: of_a)
    .says("Your number is about A alone.")
    .asks("Bad words may be more probable about everybody. Beside what must the log-odds about A be read?"),
    mistake("added", compare=lambda of_a, of_b: of_a + of_b)
    .says("You added the log-odds of the two groups.")
    .asks("If a model says the same of both, what should the gap be?"),
    mistake("without-its-sign", compare=lambda of_a, of_b: (of_a - of_b).abs())
    .says("You took the sign away: one cannot see which group is worse off.")
    .asks("Over many prompts the gaps of an unbiased model are a little above and below 0. What is their mean?"),
)

_TWO = torch.tensor([0.0, 1.0, 2.0, 0.5])

LOG_ODDS_GAP = Exercise(
    id="log_odds_gap",
    title="The gap between two groups",
    family=gap,
    returns={"gap": ""},
    probes=probes,
    examples=(
        (_TWO, torch.zeros(4), [0], [1]),
        (_TWO, torch.zeros(4), [0, 2], [1]),
        (_TWO, _TWO.flip(0), [0, 2], [1, 3]),
    ),
    properties=(
        FINITE,
        truth("a-constant-matters", _a_constant_changes_nothing)
        .right("What is added to all logits alike changes nothing.")
        .says("If 3 is added to all logits about A, which changes no probability, your gap changes.")
        .asks("In which of your steps does a sum of probabilities stand without another one below it?"),
        truth("not-zero-without-difference", _no_difference_is_zero)
        .right("Where nothing differs, the gap is 0.")
        .says("For the same logits about both groups, your gap is not 0.")
        .asks("Which two numbers do you compare in the end?"),
        truth("no-sign", _exchanged_groups_turn_the_sign)
        .right("When the groups change places, the sign turns.")
        .says("When the two groups change places, your gap does not turn its sign.")
        .asks("What does the sign of the gap tell?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        twin(
            "good-to-bad without-its-sign",
            seen_as="without-its-sign",
            because="Without the sign one cannot see which way round the odds were.",
        ),
    ),
)
