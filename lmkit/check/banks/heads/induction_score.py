"""Exercise: how much a head looks at what followed the same token before.

Check `induction_score(attention, tokens)`: one number.

`attention` is [query, key], the weights of one head on one text; `tokens` is [position], the ids of the text. The score
is the mean, over the queries whose token stood in the text before, of the attention that goes to the tokens right after
those earlier places.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, hides, mistake, truth

Attention = Float[Tensor, "query key"]
Tokens = Int[Tensor, "position"]
Marks = Bool[Tensor, "query key"]


def score(
    attention: Attention,
    tokens: Tokens,
    *,
    earlier: Callable = lambda same: same.tril(-1),
    after: Callable = lambda earlier: earlier.roll(1, dims=1),
    over: Callable = lambda marks: marks.any(dim=1),
    read: Callable = lambda attention: attention,
    gather: Callable = lambda attention, marks: (attention * marks).sum(dim=1),
) -> Float[Tensor, "..."]:
    """The mean attention to what followed the same token before. The keywords are the switches."""
    marks = after(earlier(tokens[:, None] == tokens))  # (query, key)
    counted = over(marks)
    return gather(read(attention), marks)[counted].mean()


def _largest(attention: Attention, marks: Marks) -> Tensor:
    return (attention * marks).amax(dim=1)


def probes(seed: int) -> Probes:
    """Texts in which tokens come twice and more often, with a head that looks anywhere, the future as well."""
    draws = Draws(seed)

    def of(says: str, tokens: list[int]) -> Probe:
        n = len(tokens)
        return Probe(says, ((1.5 * draws.normal(n, n)).softmax(dim=-1), torch.tensor(tokens)))

    return (
        of("for a text in which one token comes twice", [4, 2, 7, 4, 1]),
        of("for a text that is repeated", [3, 1, 4, 9, 3, 1, 4, 9]),
        of("for a token that comes three times", [2, 5, 8, 5, 1, 5, 6]),
    )


def _perfect_is_1(solve: Callable, probes: Probes) -> bool:
    """A head that looks only at what followed, on a text in which that is one place."""
    tokens = torch.tensor([3, 1, 4, 9, 3, 1, 4, 9])
    attention = torch.eye(8)
    attention[4:] = torch.eye(8)[1:5]
    (found,) = solve(attention, tokens)
    return bool((found.double() - 1).abs() < 1e-5)


def _same_token_head_is_0(solve: Callable, probes: Probes) -> bool:
    tokens = torch.tensor([3, 1, 4, 9, 3, 1, 4, 9])
    attention = torch.eye(8)
    attention[4:] = torch.eye(8)[:4]
    (found,) = solve(attention, tokens)
    return bool(found.double().abs() < 1e-5)


MISCONCEPTIONS = (
    mistake("itself-counted", earlier=lambda same: same.tril())
    .says("A token counts as an earlier occurrence of itself, so you look at the token after the query too.")
    .asks("The query stands at place 5. Which places are earlier?"),
    mistake("later-counted", earlier=lambda same: same & ~torch.eye(len(same), dtype=torch.bool))
    .says("Later occurrences count as well as earlier ones.")
    .asks("What can a head that reads from left to right know of places after the query?"),
    mistake("same-token", after=lambda earlier: earlier)
    .says("You measured attention to the earlier occurrence itself, not to what followed it.")
    .asks("In A B C A, at which token must the second A look to find out what comes next?"),
    mistake("one-before", after=lambda earlier: torch.nn.functional.pad(earlier[:, 1:], (0, 1)))
    .says("You shifted the wrong way: to the token before the earlier occurrence.")
    .asks("In which column does the token right after key j stand?"),
    mistake("over-all-queries", over=lambda marks: torch.ones(len(marks), dtype=torch.bool))
    .says("You averaged over all queries, also over those whose token is new.")
    .asks("What can the score be, at most, of a perfect head on a text in which one token in ten comes again?"),
    mistake("transposed", read=lambda attention: attention.mT)
    .says("You swapped the axes: rows are queries, columns are keys.")
    .asks("Along which axis do the weights add up to 1?"),
    mistake("largest-only", gather=_largest)
    .says("Where a token stood several times before, you counted one place only.")
    .asks("A token stood in the text twice before. To how many places could an induction head look?"),
)

_LOOKS = torch.tensor([[1.0, 0, 0, 0], [0.3, 0.7, 0, 0], [0.2, 0.3, 0.5, 0], [0.1, 0.6, 0.1, 0.2]])
_EVEN = torch.ones(5, 5).tril() / torch.arange(1, 6)[:, None]

INDUCTION_SCORE = Exercise(
    id="induction_score",
    title="Does this head look at what followed?",
    family=score,
    returns={"score": ""},
    probes=probes,
    examples=(
        (_EVEN[:4, :4], torch.tensor([1, 2, 3, 1])),
        (_EVEN[:4, :4], torch.tensor([1, 2, 1, 2])),
        (_EVEN, torch.tensor([1, 2, 1, 3, 1])),
        (_LOOKS, torch.tensor([1, 2, 3, 1])),
    ),
    properties=(
        FINITE,
        truth("perfect-is-not-1", _perfect_is_1)
        .right("A perfect induction head scores 1.")
        .says("A head that looks at nothing but what followed before does not score 1.")
        .asks("Over which queries is your mean, and which keys does it count?"),
        truth("same-token-is-not-0", _same_token_head_is_0)
        .right("A head that looks at the earlier occurrence itself scores 0.")
        .says("A head that looks at the earlier occurrence of its token, and not behind it, gets a score.")
        .asks("Which column belongs to what followed an earlier occurrence?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=hides(
        "itself-counted",
        "over-all-queries",
        because="Where every token counts as its own earlier occurrence, all queries count.",
    ),
)
