"""Exercise: the step of a greedy attack: which word to swap, and for what.

Check `worst_swap(losses, may)`: two whole numbers, the word and the choice.

`losses` is [word, choice]: the classifier's loss on the true class, if this choice stood in the place of this word.
`may` is [word, choice], True where the swap is allowed; at least one is. Return the allowed swap with the highest loss.
No two losses are equal.
"""

from collections.abc import Callable
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, always, mistake, truth

Losses = Float[Tensor, "word choice"]
Scores = Float[Tensor, "word choice"]


def _score(losses: Losses, may: Bool[Tensor, "word choice"]) -> Scores:
    return losses.masked_fill(~may, -torch.inf)


def _place(scores: Scores) -> tuple[int, int]:
    return divmod(int(scores.argmax()), scores.shape[1])


def worst(
    losses: Losses,
    may: Bool[Tensor, "word choice"],
    *,
    score: Callable = _score,
    place: Callable = _place,
) -> tuple[int, int]:
    """The row and the column of the highest loss that may be. The keywords are the switches."""
    return place(score(losses.detach(), may))


def _word_by_mean(scores: Scores) -> tuple[int, int]:
    real = scores.isfinite()
    means = scores.masked_fill(~real, 0).sum(dim=1) / real.sum(dim=1)
    word = int(means.nan_to_num(-torch.inf).argmax())
    return word, int(scores[word].argmax())


def probes(seed: int) -> Probes:
    """A word that hurts on average, one of which a single choice hurts most, and higher losses that are forbidden."""
    draws = Draws(seed)

    def of(says: str, words: int, choices: int, allowed: float) -> Probe:
        losses, may = 0.05 + draws.uniform(words, choices), draws.uniform(words, choices) < allowed
        deadly, usual, forbidden, screened = draws.order(words)[:4]
        here, there, elsewhere = draws.order(choices)[:3]
        losses[usual] += 6
        losses[deadly, here] += 9
        losses[forbidden, elsewhere] += 11
        losses[screened] += 8
        losses[screened, there] -= 8
        losses[usual, there] = 0.01  # the lowest of all stands in the word that hurts on average
        may[screened] = False
        may[usual], may[deadly, here], may[forbidden, elsewhere], may[screened, there] = True, True, False, True
        return Probe(says, (losses, may))

    return (
        of("for more words than choices", 7, 5, 0.8),
        of("for more choices than words", 4, 8, 0.7),
        of("when little is allowed", 6, 5, 0.3),
        of("for many words", 11, 9, 0.9),
    )


def _is_allowed(args: tuple, word: Any, choice: Any) -> bool:
    may = args[1]
    word, choice = int(word), int(choice)
    return 0 <= word < may.shape[0] and 0 <= choice < may.shape[1] and bool(may[word, choice])


def _no_allowed_one_hurts_more(solve: Callable, probes: Probes) -> bool:
    for probe in probes:
        losses, may = probe.args
        word, choice = (int(each) for each in solve(losses, may))
        if not (0 <= word < losses.shape[0] and 0 <= choice < losses.shape[1]):
            return False
        if losses[word, choice] < losses[may].max():
            return False
    return True


MISCONCEPTIONS = (
    mistake("lowest-loss", score=lambda losses, may: (-losses).masked_fill(~may, -torch.inf))
    .says("You chose the allowed swap with the lowest loss.")
    .asks("The loss is that of the true class. Does an attacker want the classifier to be right?"),
    mistake("forbidden-too", score=lambda losses, may: losses)
    .says("You chose among all swaps, also those that are not allowed.")
    .asks("What becomes of the truth, if a girl's name comes in for a place?"),
    mistake("word-by-mean", place=_word_by_mean)
    .says("You chose the word by the mean over its choices, and only then the choice.")
    .asks("Of one word nine choices do nothing and one is deadly. Would you find it?"),
    mistake("divided-by-words", place=lambda scores: divmod(int(scores.argmax()), scores.shape[0]))
    .says("You divided the place in the flattened losses by the number of words.")
    .asks("In a flattened matrix of 2 rows and 5 columns, at which place does the second row begin?"),
    mistake("turned", place=lambda scores: _place(scores)[::-1])
    .says("You returned the choice first, then the word.")
    .asks("Which axis of `losses` comes first?"),
)

WORST_SWAP = Exercise(
    id="worst_swap",
    title="The step of a greedy attack",
    family=worst,
    returns={"word": "", "choice": ""},
    probes=probes,
    examples=(
        (torch.tensor([[0.1, 0.9, 0.3], [0.2, 0.7, 0.8]]), torch.tensor([[True, False, True], [True, True, True]])),
        (torch.tensor([[1.4, 1.5, 1.6], [2.0, 0.1, 0.2]]), torch.ones(2, 3, dtype=torch.bool)),
    ),
    properties=(
        always("not-allowed", _is_allowed)
        .right("The swap is one that is allowed.")
        .says("Your swap is not among those that are allowed.")
        .asks("What could stand in the place of a forbidden loss, so that it is never the highest?"),
        truth("another-hurts-more", _no_allowed_one_hurts_more)
        .right("No other allowed swap has a higher loss.")
        .says("Another allowed swap has a higher loss than yours.")
        .asks("Over which numbers do you take the highest: over a row, a column, or all?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
