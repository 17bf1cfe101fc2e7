"""Exercise: where does the answer begin, and where does it end?

Check `best_span(start, end, longest)`: the first and the last token of the answer, [2].

`start` and `end` are [position]: how well an answer begins at each token, and how well it ends there. An answer has at
least one token and at most `longest`.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, always, hides, mistake

Scores = Float[Tensor, "position"]


def span(
    start: Scores,
    end: Scores,
    longest: int,
    *,
    scores: Callable = lambda start, end: start[:, None] + end,
    hide: Callable = lambda scores, may_be: scores.masked_fill(~may_be, -torch.inf),
    ordered: Callable = lambda first, last: first <= last,
    short: Callable = lambda first, last, longest: last < first + longest,
    given: Callable = lambda first, last: (first, last),
) -> Int[Tensor, "2"]:
    """The pair of places whose scores together are highest. The keywords are the switches."""
    first, last = torch.arange(len(start))[:, None], torch.arange(len(end))
    may_be = ordered(first, last) & short(first, last, longest)
    best = int(hide(scores(start, end), may_be).argmax())
    return torch.tensor(given(*divmod(best, len(end))))


def probes(seed: int) -> Probes:
    """Where each score alone would do; an end before its start; an answer too long; one token; all below 0."""
    draws = Draws(seed)
    sizes = (12, 11, 12, 9, 10, 8)
    below = dict.fromkeys(range(8), -3.0)
    flat = [0.1 * draws.uniform(size) for size in sizes for _ in range(2)]

    def of(says: str, number: int, longest: int, starts: dict[int, float], ends: dict[int, float]) -> Probe:
        start, end = flat[2 * number].clone(), flat[2 * number + 1].clone()
        for place, score in starts.items():
            start[place] += score
        for place, score in ends.items():
            end[place] += score
        return Probe(says, (start, end, longest))

    return (
        of("when each score alone would do", 0, 5, {3: 4.0}, {5: 4.0}),
        of("when the best end stands before the best start", 1, 5, {8: 4.0, 1: 2.0}, {3: 4.0, 10: 1.0}),
        of("when the best two are too far apart", 2, 4, {1: 4.0, 6: 1.0}, {9: 4.0, 2: 1.5}),
        of("when the answer is exactly as long as it may be", 3, 4, {2: 4.0}, {5: 3.0, 6: 4.0}),
        of("for an answer of one token", 4, 3, {7: 4.0}, {7: 4.0}),
        of("when all scores are below 0", 5, 3, below | {2: -1.0}, below | {3: -1.0}),
    )


def _is_a_span(args: tuple, result: Tensor) -> bool:
    first, last = result.long().tolist()
    return 0 <= first <= last < first + args[2] and last < len(args[0])


def _none_is_better(args: tuple, result: Tensor) -> bool:
    start, end, longest = args
    first, last = result.long().tolist()
    n = len(start)
    others = [start[i] + end[j] for i in range(n) for j in range(i, min(i + longest, n))]
    return 0 <= first < n and 0 <= last < n and bool(start[first] + end[last] >= max(others) - 1e-6)


MISCONCEPTIONS = (
    mistake("ends-before-it-begins", ordered=lambda first, last: first > -1)
    .says("Your answer may end before it begins.")
    .asks("Is there a text between token 8 and token 3?"),
    mistake("longest-ignored", short=lambda first, last, longest: last > -1)
    .says("Your answer may be as long as it likes.")
    .asks("Which argument have you not used?"),
    mistake("one-too-long", short=lambda first, last, longest: last <= first + longest)
    .says("Your answer may be one token too long.")
    .asks("How many tokens are there from token 2 to token 5, both of them counted?"),
    mistake("one-too-short", short=lambda first, last, longest: last < first + longest - 1)
    .says("Your answer must be shorter than it may be.")
    .asks("Where longest is 1, which answers does your code allow?"),
    mistake("one-token-refused", ordered=lambda first, last: first < last)
    .says("An answer of one token is refused.")
    .asks("Where does the answer 'Zoe' begin, and where does it end?"),
    mistake("start-decides", scores=lambda start, end: start[:, None] * 1e3 + end)
    .says("You took the best start first, and then the best end for it.")
    .asks("The best start has only bad ends after it, and the second best a very good one. Which pair is better?"),
    mistake("end-decides", scores=lambda start, end: start[:, None] + end * 1e3)
    .says("You took the best end first, and then the best start for it.")
    .asks("The best end has only bad starts before it, and the second best a very good one. Which pair is better?"),
    mistake("multiplied", scores=lambda start, end: start[:, None] * end)
    .says("You multiplied the two scores; asked is their sum.")
    .asks("What becomes of a bad start and a bad end, both below 0, when they are multiplied?"),
    mistake("hidden-by-0", hide=lambda scores, may_be: scores * may_be)
    .says("You set the sum to 0 where no answer may be. Where all scores are below 0, that is the best there is.")
    .asks("Which number is smaller than every score?"),
    mistake("length-given", given=lambda first, last: (first, last - first + 1))
    .says("Your second number is the length.")
    .asks("Which token is the last one of the answer?"),
    mistake("end-after-the-last", given=lambda first, last: (first, last + 1))
    .says("Your second number is one too large, as in a slice.")
    .asks("For an answer of one token, which two numbers must come out?"),
)

BEST_SPAN = Exercise(
    id="best_span",
    title="Where the answer stands",
    family=span,
    returns={"span": "2"},
    probes=probes,
    examples=(
        (torch.tensor([0.0, 3.0, 0.0]), torch.tensor([0.0, 0.0, 3.0]), 3),
        (torch.tensor([0.0, 1.0, 3.0]), torch.tensor([3.0, 1.0, 0.0]), 3),
        (torch.tensor([3.0, 1.0, 0.0]), torch.tensor([0.0, 1.0, 3.0]), 2),
        (torch.tensor([0.0, 3.0, 0.0]), torch.tensor([0.0, 3.0, 0.0]), 2),
        (torch.tensor([3.0, 0.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 2.0, 3.0]), 3),
        (torch.tensor([2.0, 0.0, 1.0, 0.0]), torch.tensor([0.0, 0.0, 0.0, 5.0]), 2),
        (torch.tensor([-1.0, -3.0, -2.0]), torch.tensor([-3.0, -2.0, -4.0]), 2),
    ),
    properties=(
        always("no-span", _is_a_span)
        .right("Each answer begins before it ends, and is not too long.")
        .says("Somewhere your two places are no piece of the text that is allowed.")
        .asks("Which pairs of places may be an answer at all?"),
        always("another-is-better", _none_is_better)
        .right("No other piece that is allowed has a higher sum of scores.")
        .says("Somewhere another piece that is allowed has a higher sum of scores.")
        .asks("Have you looked at all pairs, or at one of the two scores first?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides("ends-before-it-begins", "start-decides", because="Where any end may follow, the best two are taken."),
        *hides("multiplied", "hidden-by-0", because="Products of two scores of one sign lie above the 0 that hides."),
        *hides("longest-ignored", "end-decides", because="Where any start may come before, the best two are taken."),
    ),
)
