"""Speculative sampling: a fast draft guesses the next tokens, and the model reads them all at once.

What comes out has the same distribution as if the model had written alone, whatever the draft guesses. Only the time
differs: a model reads five tokens in little more time than one, where reading its weights is what takes the time.

A draft is a function: from all tokens so far and a number n to at most n guesses, and the probabilities from which each
was drawn. `ModelDraft` asks a smaller model; `LookupDraft` copies what followed the last time.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.model.attention import Cache
from lmkit.model.generation import batch_of_one, check_logits, check_writer, check_writing, room
from lmkit.model.sampling import Sample, check_whole
from lmkit.model.transformer import Transformer

Draft = Callable[[Tensor, int], tuple[Tensor, Tensor]]


# --- Keep a guess, or draw again. ---


def acceptance(p: Float[Tensor, "... vocab"], q: Float[Tensor, "... vocab"]) -> Float[Tensor, "... vocab"]:
    r"""Say how often each token is kept when the draft guesses it: $\min(1, p / q)$.

    Args:
        p: the probabilities of the model.
        q: those of the draft. What it never guesses is never asked for; it gets 1.

    Source: Leviathan et al. 2023, section 2.3; Chen et al. 2023, algorithm 2.
    """
    return torch.where(q > 0, p / q, 1).clamp(max=1)


def residual(p: Float[Tensor, "... vocab"], q: Float[Tensor, "... vocab"]) -> Float[Tensor, "... vocab"]:
    r"""Say from which probabilities to draw after a guess was refused: $\max(0, p - q)$, made to add up to 1.

    Where p and q are equal nothing is refused, and p comes back.
    """
    left = (p - q).clamp(min=0)
    total = left.sum(dim=-1, keepdim=True)
    return torch.where(total > 0, left / total, p)


def verify(
    p: Float[Tensor, "guess_and_one vocab"],
    q: Float[Tensor, "guess vocab"],
    guesses: Int[Tensor, "guess"],
    generator: torch.Generator | None = None,
) -> list[int]:
    """Keep the guesses up to the first that is refused, and add one token of the model's own.

    Args:
        p: the model's probabilities at each guess, and after the last one.
        q: the draft's, at each guess.

    Returns:
        From 1 to as many tokens as there are rows in p.
    """
    places = torch.arange(len(guesses), device=p.device)
    chance = torch.rand(len(guesses), generator=generator).to(p.device)
    is_kept = chance < acceptance(p[:-1], q)[places, guesses]
    n_kept = int(is_kept.long().cumprod(dim=0).sum())
    rest = p[-1] if n_kept == len(guesses) else residual(p[n_kept], q[n_kept])
    own = torch.multinomial(rest.cpu(), 1, generator=generator)
    return [*guesses[:n_kept].tolist(), own.item()]


def tokens_per_pass(share_kept: float, n_guesses: int) -> float:
    r"""Say how many tokens a pass of the model gives on average, if each guess is kept with the same probability α.

    $$1 + \alpha + \ldots + \alpha^n = \frac{1 - \alpha^{n+1}}{1 - \alpha}$$

    Source: Leviathan et al. 2023, equation 1.
    """
    return sum(share_kept**i for i in range(n_guesses + 1))


# --- Drafts. ---


@dataclass
class _Reader:
    """A model that reads on in one text, and takes back what did not belong to it."""

    model: Transformer
    cache: list[Cache] = field(init=False)
    read: list[int] = field(default_factory=list)

    def __post_init__(self):
        self.cache = self.model.make_cache()

    @torch.inference_mode()
    def logits(self, tokens: Int[Tensor, "position"], n: int) -> Float[Tensor, "n vocab"]:
        """Score what follows each of the last n tokens. Only what is new is read."""
        text = tokens.tolist()
        same = _length_in_common(self.read, text)
        start = min(same, len(text) - n)
        for layer in self.cache:
            layer.forget(layer.length - start)
        self.read = text
        logits = self.model.unembed(self.model.hidden(tokens[None, start:], cache=self.cache)[0, -n:])
        check_logits(logits)
        return logits


def _length_in_common(one: list[int], other: list[int]) -> int:
    pairs = zip(one, other, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


class ModelDraft:
    """Let a smaller model with the same vocabulary guess.

    Args:
        choose: how it draws. The output has the same distribution whatever this is; the nearer to the model's own, the
            more guesses are kept.
    """

    def __init__(self, model: Transformer, choose: Sample):
        check_writer(model)
        self.choose = choose
        self._reader = _Reader(model)

    def __call__(self, tokens: Int[Tensor, "position"], n: int) -> tuple[Tensor, Tensor]:
        """Guess n tokens, one after the other."""
        laws = [torch.empty(0, self._reader.model.config.vocab_size, device=tokens.device)]
        for _ in range(n):
            laws.append(self.choose.probabilities(self._reader.logits(tokens, 1)))
            guess = torch.multinomial(laws[-1].cpu(), 1, generator=self.choose.generator)[0]
            tokens = torch.cat([tokens, guess.to(tokens.device)])
        return tokens[len(tokens) - n :], torch.cat(laws)


class LookupDraft:
    """Guess that the text goes on as it did the last time that it came to the same tokens. No model is asked.

    Args:
        n_same: how many tokens must be the same. If they never came before, nothing is guessed.

    Source: Saxena 2023 (prompt lookup decoding).
    """

    def __init__(self, vocab_size: int, n_same: int = 2):
        self.vocab_size, self.n_same = vocab_size, n_same

    def __call__(self, tokens: Int[Tensor, "position"], n: int) -> tuple[Tensor, Tensor]:
        """Copy at most n tokens."""
        end = len(tokens) - self.n_same
        guesses = tokens[:0]
        if end > 0:
            is_same = (tokens.unfold(0, self.n_same, 1)[:end] == tokens[end:]).all(dim=1)
            if is_same.any():
                start = int(is_same.nonzero()[-1]) + self.n_same
                guesses = tokens[start : start + n]
        return guesses, torch.nn.functional.one_hot(guesses, self.vocab_size).float()


# --- Writing on. ---


def speculate(
    model: Transformer,
    draft: Draft,
    prompt: Int[Tensor, "position"],
    max_new_tokens: int,
    choose: Sample,
    *,
    n_guesses: int = 4,
    end_token: int | None = None,
) -> Iterator[list[int]]:
    """Write on after a prompt, and give the tokens of each pass of the model as soon as they are there.

    All together have the distribution of `stream(model, prompt, max_new_tokens, choose)`, not the same tokens: other
    random numbers are drawn.

    Args:
        draft: `ModelDraft`, `LookupDraft`, or a function as this module describes it.
        choose: how the model draws.
        n_guesses: how many tokens the draft guesses for each pass.

    Raises:
        TypeError, ValueError: as `generate`; also fewer than 0 guesses, or a draft with another vocabulary.

    Source: Leviathan et al. 2023; Chen et al. 2023.
    """
    check_writing(model, batch_of_one(prompt), max_new_tokens, end_token)
    _check_options(choose, n_guesses)
    reader, tokens = _Reader(model), prompt
    left = min(max_new_tokens, room(model) - len(prompt) + 1)
    while left > 0:
        guesses, q = draft(tokens, min(n_guesses, left - 1))
        _check_draft(q, model.config.vocab_size)
        text = torch.cat([tokens, guesses])
        p = choose.probabilities(reader.logits(text, len(guesses) + 1))
        new = verify(p, q, guesses, choose.generator)
        if end_token in new:
            new = new[: new.index(end_token) + 1]
        yield new
        left = 0 if end_token in new else left - len(new)
        tokens = torch.cat([tokens, torch.tensor(new, device=tokens.device)])


# --- What the errors say. ---


def _check_options(choose: object, n_guesses: int) -> None:
    if not isinstance(choose, Sample):
        raise TypeError(
            f"choose is {choose!r}, but must be a Sample, which says from which probabilities it draws: "
            "for greedy, Sample(top_k=1)"
        )
    check_whole("n_guesses", n_guesses)
    if n_guesses < 0:
        raise ValueError(f"n_guesses is {n_guesses}, but cannot be below 0")


def _check_draft(q: Tensor, vocab_size: int) -> None:
    if q.shape[-1] != vocab_size:
        raise ValueError(
            f"the draft gives probabilities for {q.shape[-1]} tokens, but the model has {vocab_size}: "
            "both need the same vocabulary"
        )
