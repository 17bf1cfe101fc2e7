"""Exercise: how probable is such a difference between two models that answered the same questions, by chance alone?

Check `mcnemar(one, other) -> p`: the exact two-sided test of McNemar.

Both are boolean tensors [question], True where that model is right.
"""

import math
from collections.abc import Callable
from itertools import chain

import torch
from jaxtyping import Bool
from torch import Tensor

from lmkit.check.bank import FINITE, Exercise, Probe, Probes, always, hides, mistake, truth

Right = Bool[Tensor, "question"]
Counts = tuple[int, int]  # the questions that count, and those of them that fall to one model


def _only_one_is_right(one: Right, other: Right) -> Counts:
    only_one, only_other = int((one & ~other).sum()), int((other & ~one).sum())
    return only_one + only_other, min(only_one, only_other)


def _all_questions(one: Right, other: Right) -> Counts:
    return len(one), _only_one_is_right(one, other)[1]


def _totals(one: Right, other: Right) -> Counts:
    totals = int(one.sum()), int(other.sum())
    return sum(totals), min(totals)


def _of_the_first(one: Right, other: Right) -> Counts:
    return _only_one_is_right(one, other)[0], int((one & ~other).sum())


def _exactly(n: int, k: int) -> float:
    return math.comb(n, k) / 2**n


def _up_to(n: int, k: int) -> float:
    return math.fsum(_exactly(n, i) for i in range(k + 1))


def _below(n: int, k: int) -> float:
    return math.fsum(_exactly(n, i) for i in range(k))


def _chi_square(n: int, k: int) -> float:
    return math.erfc(abs(n - 2 * k) / math.sqrt(2 * n)) if n else 1.0


def _chi_square_corrected(n: int, k: int) -> float:
    return math.erfc(max(0, abs(n - 2 * k) - 1) / math.sqrt(2 * n)) if n else 1.0


def _both_sides(tail: float) -> float:
    return min(1.0, 2 * tail)


def _as_it_is(p: float) -> float:
    return p


def p_value(
    one: Right,
    other: Right,
    *,
    counts: Callable = _only_one_is_right,
    tail: Callable = _up_to,
    sides: Callable = _both_sides,
    said: Callable = _as_it_is,
) -> float:
    """Twice the chance that a fair coin falls to one side so seldom; the keywords are the switches."""
    return said(sides(tail(*counts(one, other))))


def answered(both: int, only_one: int, only_other: int, neither: int, seed: int = 0) -> tuple[Right, Right]:
    """Which questions each of two models answers rightly, in an order that the seed draws."""
    cases = [(True, True)] * both + [(True, False)] * only_one + [(False, True)] * only_other
    order = torch.randperm(both + only_one + only_other + neither, generator=torch.Generator().manual_seed(seed))
    one, other = zip(*cases, *[(False, False)] * neither, strict=True)
    return torch.tensor(one)[order], torch.tensor(other)[order]


def probes(seed: int) -> Probes:
    """Either is better, or neither; much in common, or nothing; few questions and many."""
    return (
        Probe("when the first is better", answered(20 + seed, 12, 3, 5, seed)),
        Probe("when the second is better", answered(9, 2, 8 + seed, 4, seed)),
        Probe("when all that is open falls to one of them", answered(11, 0, 7 + seed, 2, seed)),
        Probe("when each gets half of what the other misses", answered(0, 4 + seed, 4 + seed, 0, seed)),
        Probe("when both answer alike", answered(9 + seed, 0, 0, 4, seed)),
        Probe("for many questions", answered(300 + seed, 70, 45, 85, seed)),
    )


def _is_a_probability(args: tuple, p: Tensor) -> bool:
    return 0 <= float(p) <= 1 + 1e-9


def _exchanged_alike(solve: Callable, probes: Probes) -> bool:
    pairs = [(solve(*probe.args), solve(*reversed(probe.args))) for probe in probes]
    return all(math.isclose(float(p), float(q), rel_tol=1e-4) for (p,), (q,) in pairs)


def _agreement_is_nothing(solve: Callable, probes: Probes) -> bool:
    one, other = probes[0].args
    alike = torch.arange(10) % 2 == 0
    (p,), (q,) = solve(one, other), solve(torch.cat([one, alike]), torch.cat([other, alike]))
    return math.isclose(float(p), float(q), rel_tol=1e-4)


def _a_model_is_no_better_than_itself(solve: Callable, probes: Probes) -> bool:
    return all(math.isclose(float(solve(each, each)[0]), 1, rel_tol=1e-4) for each in chain(*(p.args for p in probes)))


MISCONCEPTIONS = (
    mistake("all-questions-counted", counts=_all_questions)
    .says("Your coin is thrown for every question, also where both models are right or both are wrong.")
    .asks("Which questions could tell you that one of the two is better?"),
    mistake("totals-compared", counts=_totals)
    .says("You compare how many each gets right in all. What both get right is in both numbers.")
    .asks("Two models share 300 right answers. Do these speak for the one, for the other, or for neither?"),
    mistake("first-not-fewer", counts=_of_the_first)
    .says("You count up to the questions that fall to the first model, also where that is the better one.")
    .asks("What becomes of your number when the two models change places, and should anything?"),
    mistake("only-exactly-this", tail=_exactly)
    .says("You took the chance of exactly this result, without those that are further from half and half.")
    .asks("With a thousand throws, how probable is any one result? What would be called surprising then?"),
    mistake("without-this-result", tail=_below)
    .says("You took the chance of what is further from half and half, without the result that was seen.")
    .asks("Is the result at least as far from half and half as itself?"),
    mistake("chi-square", counts=_only_one_is_right, tail=_chi_square, sides=_as_it_is)
    .says("You used the chi-square test, which is an approximation for many questions; wanted is the exact one.")
    .asks("If all of 7 open questions fall to one model, what is the chance of that with a fair coin?"),
    mistake("chi-square-corrected", counts=_only_one_is_right, tail=_chi_square_corrected, sides=_as_it_is)
    .says("You used the chi-square test with its correction by 1, still an approximation; wanted is the exact one.")
    .asks("Which probabilities does the correction stand in for, and can you add them up instead?"),
    mistake("one-sided", sides=_as_it_is)
    .says("Yours is one-sided: the other model could have been ahead by as much.")
    .asks("Before you saw the answers, did you know which of the two would win?"),
    mistake("above-one", sides=lambda tail: 2 * tail)
    .says("Where each gets about half, twice the tail is more than 1.")
    .asks("The result in the middle is in both tails. How probable can anything be at most?"),
    mistake("one-minus-p", said=lambda p: 1 - p)
    .says("You returned 1 less the probability that was asked for.")
    .asks("Two models that answer alike in everything: how probable is a difference at least as large as none?"),
)

MCNEMAR = Exercise(
    id="mcnemar",
    title="Two models, the same questions",
    family=p_value,
    returns={"p": ""},
    probes=probes,
    examples=(answered(0, 1, 1, 0), answered(1, 0, 0, 1), answered(1, 0, 2, 0), answered(1, 3, 1, 1)),
    properties=(
        FINITE,
        always("no-probability", _is_a_probability)
        .right("It is a probability, from 0 to 1.")
        .says("What you return is no probability from 0 to 1.")
        .asks("For which of the cases does it happen, and how many questions fall to each model there?"),
        truth("order-of-the-models", _exchanged_alike)
        .right("Which model comes first makes no difference.")
        .says("When the two models change places, your number changes.")
        .asks("Where does your function treat the first model in another way than the second?"),
        truth("agreement-counts", _agreement_is_nothing)
        .right("What both answer alike changes nothing.")
        .says("Ten more questions on which both agree change your number.")
        .asks("Which questions enter your sum, and which of the four cases are they?"),
        truth("better-than-itself", _a_model_is_no_better_than_itself)
        .right("Between a model and itself, it is 1.")
        .says("For a model beside itself your number is not 1.")
        .asks("Without a single question on which they differ, what is the sum, and what is its double?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "only-exactly-this",
            "first-not-fewer",
            because="A fair coin falls k times of n to one side as often as n - k times.",
        ),
        *hides(
            "without-this-result",
            "above-one",
            because="Without the result in the middle, the two tails have no more than 1 together.",
        ),
    ),
)
