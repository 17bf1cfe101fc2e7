"""Exercise: one step of beam search.

Check `beam_step(scores, log_p, n_beams) -> (rows, tokens, scores)`: the best ways to go on by one token.

`scores` [beam] are the log-probabilities of the texts so far, `log_p` [beam, vocab] those of each next token. Wanted
are the `n_beams` most probable texts that are one token longer, the best first: which text each goes on with (`rows`),
by which token, and its log-probability.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, always, close, hides, mistake, truth

Scores = Float[Tensor, "beam"]
Table = Float[Tensor, "beam vocab"]
Places = Int[Tensor, "n_beams"]  # one for each of the texts that are kept


def _best(total: Table, n: int) -> Places:
    return total.flatten().topk(n).indices


def _one_of_each(total: Table, n: int) -> Places:
    best, tokens = total.max(dim=1)
    return (torch.arange(len(total)) * total.shape[1] + tokens)[best.argsort(descending=True)]


@torch.no_grad()  # it is for drawing, so no gradient is asked for
def beam_step(
    scores: Scores,
    log_p: Table,
    n_beams: int,
    *,
    total: Callable = lambda scores, log_p: scores[:, None] + log_p,
    pick: Callable = _best,
    told_by: Callable = lambda total: total.shape[1],
    score: Callable = lambda total, log_p: total,
    returned: Callable = lambda rows, tokens, scores: (rows, tokens, scores),
) -> tuple[Places, Places, Float[Tensor, "n_beams"]]:
    """The most probable of all texts that are one token longer. The keywords are the switches."""
    together = total(scores, log_p)
    places = pick(together, n_beams)
    width = told_by(together)
    return returned(places // width, places % width, score(together, log_p).flatten()[places])


def probes(seed: int) -> Probes:
    """Two to four texts, one of them far ahead in one probe; and the first step, with a single text."""
    normal = Draws(seed).normal

    def step(gaps: list[float], vocab: int) -> tuple[Scores, Table]:
        return -1 - torch.tensor(gaps), (2 * normal(len(gaps), vocab)).log_softmax(dim=-1)

    return (
        Probe("when the texts are close", (*step([0.3, 0.0, 0.2], 5), 3)),
        Probe("when one is far ahead", (*step([6.0, 0.0, 5.5, 7.0], 7), 4)),
        Probe("for two texts", (*step([0.5, 0.1], 6), 2)),
        Probe("at the first step", (*step([0.0], 8), 5)),
    )


def _best_first(args: tuple, rows: Tensor, tokens: Tensor, scores: Tensor) -> bool:
    return bool((scores.diff() <= 1e-6).all())


def _scores_are_those_of_the_texts(args: tuple, rows: Tensor, tokens: Tensor, scores: Tensor) -> bool:
    before, log_p, _ = args
    is_known = (rows >= 0) & (rows < len(before)) & (tokens >= 0) & (tokens < log_p.shape[1])
    if not is_known.all():
        return False
    return close(scores, before[rows.long()] + log_p[rows.long(), tokens.long()], atol=1e-4)


def _a_hopeless_text_is_left(solve: Callable, probes: Probes) -> bool:
    log_p = torch.tensor([[0.5, 0.3, 0.2]] * 2).log()
    rows, _, _ = solve(torch.tensor([-50.0, -1.0]), log_p, 2)
    return rows.tolist() == [1, 1]


MISCONCEPTIONS = (
    mistake("texts-so-far-forgotten", total=lambda scores, log_p: log_p.clone())
    .says("You compared the new tokens alone, without what the texts so far have cost.")
    .asks("Of which text is the log-probability wanted: of one token, or of all from the beginning?"),
    mistake("logarithms-multiplied", total=lambda scores, log_p: scores[:, None] * log_p)
    .says("You multiplied logarithms. Probabilities are multiplied, logarithms added.")
    .asks("What is the logarithm of a product?"),
    mistake("one-of-each", pick=_one_of_each)
    .says("You took the best token of each text. So no text is ever given up, and none may branch.")
    .asks("If one text is far better than all others, from which text should all beams come?"),
    mistake("worst-ones", pick=lambda total, n: total.flatten().topk(n, largest=False).indices)
    .says("You took the least probable ones.")
    .asks("Which log-probability is the better one, -1 or -10?"),
    mistake("worst-first", returned=lambda rows, tokens, scores: (rows.flip(0), tokens.flip(0), scores.flip(0)))
    .says("Your texts are the right ones, the best at the end.")
    .asks("In which order does your function sort?"),
    mistake("told-apart-by-beams", told_by=lambda total: total.shape[0])
    .says("You divided the place in the flat list by the number of texts. A row is as long as the vocabulary.")
    .asks("In a table of 3 rows and 5 columns, laid out in one row, which entry begins row 1?"),
    mistake("rows-and-tokens-exchanged", returned=lambda rows, tokens, scores: (tokens, rows, scores))
    .says("You returned the tokens first, and then the rows.")
    .asks("In which order does the exercise want the three?"),
    mistake("score-of-the-token-alone", score=lambda total, log_p: log_p)
    .says("You chose the right texts, but the scores that you return are those of the last token alone.")
    .asks("With what will the next step add its log-probabilities?"),
)

BEAM_STEP = Exercise(
    id="beam_step",
    title="One step of beam search",
    family=beam_step,
    returns={"rows": "n_beams", "tokens": "n_beams", "scores": "n_beams"},
    probes=probes,
    examples=(
        (torch.tensor([-1.0, -2.0]), torch.tensor([[-2.0, -0.5, -4.0], [-0.25, -3.0, -5.0]]), 2),
        (torch.tensor([-6.0, -1.0]), torch.tensor([[-0.5, -2.0, -4.0], [-1.0, -0.75, -3.0]]), 2),
        (torch.tensor([-1.0, -3.0]), torch.tensor([[-2.0, -0.5], [-0.25, -4.0]]), 2),
    ),
    properties=(
        FINITE,
        always("not-the-best-first", _best_first)
        .right("The best text comes first.")
        .says("Your scores do not fall from the first to the last.")
        .asks("What orders your results?"),
        always("scores-of-other-texts", _scores_are_those_of_the_texts)
        .right("Each score is that of its text.")
        .says("A score that you return is not that of its row and token, or there is no such row or token.")
        .asks("What did the text cost before, and what does the token add?"),
        truth("a-hopeless-text-is-kept", _a_hopeless_text_is_left)
        .right("A text far behind is given up.")
        .says("You keep a text that is far less probable than two ways to go on with another.")
        .asks("May two of the kept texts go on with the same one?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=hides(
        "texts-so-far-forgotten",
        "score-of-the-token-alone",
        because="The score of the token is all that is looked at then.",
    ),
)
