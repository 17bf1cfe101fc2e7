"""Beam search: follow several texts at once, and keep the most probable. Not the most probable next token, the text."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.model.generation import batch_of_one, check_logits, check_writing, last_logits, room
from lmkit.model.sampling import check_whole
from lmkit.model.transformer import Transformer


@dataclass(frozen=True)
class Beam:
    """A text that beam search has found.

    Attributes:
        tokens: what was written, without the prompt; with the end token if it came to its end.
        log_probability: of all of them together, after the prompt, in nats.
        score: by which texts are ranked; the log-probability where texts of all lengths count alike.
    """

    tokens: list[int]
    log_probability: float
    score: float


def beam_search(
    model: Transformer,
    prompt: Int[Tensor, "position"],
    max_new_tokens: int,
    n_beams: int,
    *,
    end_token: int | None = None,
    alpha: int | float = 0,
) -> list[Beam]:
    r"""Look for the most probable ways to go on. One beam is greedy; as many as there are texts find the best of all.

    $$s(Y) = \frac{\ln p(Y)}{\mathrm{lp}(Y)}, \qquad \mathrm{lp}(Y) = \left(\frac{5 + |Y|}{5 + 1}\right)^{\alpha}$$

    At each step every text that goes on is continued by every token, and the `n_beams` most probable of all these are
    kept. Texts that end are put aside, and the search stops when none that goes on can come before them.

    Args:
        n_beams: how many texts are followed, and at most given back.
        alpha: 0 ranks by the probability alone, which favors short texts: each token costs something. With a larger
            one, longer texts lose less.

    Returns:
        The texts, the best first.

    Raises:
        TypeError, ValueError: as `generate`; also fewer than 1 beam, an `alpha` below 0.

    Source: Wu et al. 2016, section 7 (the length penalty; we use no coverage penalty).
    """
    unread = batch_of_one(prompt)
    check_writing(model, unread, max_new_tokens, end_token)
    _check_numbers(n_beams, alpha)
    cache = model.make_cache()
    alive = _Alive(torch.empty(1, 0, dtype=torch.long, device=prompt.device), torch.zeros(1, device=prompt.device))
    ended: list[Beam] = []
    longest = min(max_new_tokens, room(model) - len(prompt) + 1)
    for _ in range(longest):
        logits = last_logits(model, unread, cache)
        check_logits(logits)
        alive, rows = alive.extend(logits.log_softmax(dim=-1), 2 * n_beams)
        is_over = alive.tokens[:, -1] == (-1 if end_token is None else end_token)
        ended += alive.keep(is_over[:n_beams].nonzero().flatten()).beams(alpha)
        ended = sorted(ended, key=lambda beam: -beam.score)[:n_beams]
        going = (~is_over).nonzero().flatten()[:n_beams]
        alive, unread = alive.keep(going), alive.tokens[going, -1:]
        if not len(going) or _is_settled(ended, alive, n_beams, longest, alpha):
            return ended
        for layer in cache:
            layer.select(rows[going])
    return sorted([*ended, *alive.beams(alpha)], key=lambda beam: -beam.score)[:n_beams]


@dataclass(frozen=True)
class _Alive:
    """Texts of one length, and how probable each is."""

    tokens: Int[Tensor, "beam position"]
    log_probability: Float[Tensor, "beam"]

    def extend(self, log_p: Float[Tensor, "beam vocab"], n: int) -> tuple["_Alive", Int[Tensor, "longer"]]:
        """Go on from each text with each token, and take the n most probable; also, from which text each comes."""
        total = self.log_probability[:, None] + log_p
        best, places = total.flatten().topk(min(n, total.numel()))
        rows, tokens = places // total.shape[1], places % total.shape[1]
        return _Alive(torch.cat([self.tokens[rows], tokens[:, None]], dim=1), best), rows

    def keep(self, rows: Int[Tensor, "kept"]) -> "_Alive":
        return _Alive(self.tokens[rows], self.log_probability[rows])

    def beams(self, alpha: int | float) -> list[Beam]:
        together = zip(self.tokens.tolist(), self.log_probability.tolist(), strict=True)
        return [Beam(tokens, p, p / length_penalty(len(tokens), alpha)) for tokens, p in together]


def length_penalty(length: int, alpha: int | float) -> float:
    """Say by what the log-probability of so long a text is divided."""
    return ((5 + length) / 6) ** alpha


def _is_settled(ended: list[Beam], alive: _Alive, n_beams: int, longest: int, alpha: int | float) -> bool:
    """Whether no text that goes on can come before those that ended: more tokens never make a text more probable."""
    best = alive.log_probability.max().item() / length_penalty(longest, alpha)
    return len(ended) == n_beams and ended[-1].score >= best


def _check_numbers(n_beams: int, alpha: int | float) -> None:
    check_whole("n_beams", n_beams)
    if n_beams < 1:
        raise ValueError(f"n_beams is {n_beams}, but at least 1 text must be followed")
    if not 0 <= alpha < math.inf:
        raise ValueError(f"alpha is {alpha}, but must be 0 (texts of all lengths count alike) or more, and finite")
