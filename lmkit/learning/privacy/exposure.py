"""Exposure: how much easier a secret has become to guess, now that a model has read it."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.learning.privacy.canaries import N_CODES, Canary
from lmkit.model.generation import generate
from lmkit.model.transformer import Transformer
from lmkit.ranges import check_whole

Encode = Callable[[str], Tensor]  # from a text to ids, (1, position)
DIGITS = len(str(N_CODES)) - 1


def exposure(rank: int, n: int = N_CODES) -> float:
    r"""Say by how many bits a model shortens the search for a secret: $\log_2 |R| - \log_2 \mathrm{rank}$.

    Whoever tries the most probable secret first finds this one at its rank; whoever knows nothing needs any number of
    trials up to |R|. If the rank is as good as drawn by lot, the exposure is $1 / \ln 2 \approx 1.44$ bits on average.

    Args:
        rank: 1 for the most probable.
        n: how many secrets there could be, |R|.

    Raises:
        ValueError: the rank is none of 1 to n.

    Source: Carlini et al. 2019, section 4.2.
    """
    check_whole("rank", rank, 1)
    if rank > n:
        raise ValueError(f"rank is {rank}, but there are only {n} secrets")
    return math.log2(n) - math.log2(rank)


def rank(model: Transformer, encode: Encode, canary: Canary) -> int:
    """Say how many codes the model finds at least as probable as the right one, that one included."""
    scores = code_log_probabilities(model, encode, canary.prompt)
    return int((scores >= scores[int(canary.code)]).sum())


@torch.inference_mode()
def code_log_probabilities(
    model: Transformer, encode: Encode, prompt: str
) -> Float[Tensor, "code"]:
    r"""Give $\ln p(\text{code} \mid \text{prompt})$ for each code, 0 0 0 0 to 9 9 9 9, in nats.

    The codes are read as a tree: 1, 10, 100 and 1,000 beginnings, and never the 10,000 whole ones. A cache keeps what
    the beginnings share.
    """
    space, digits = _tokens(encode)
    cache = model.make_cache()
    unread = torch.cat([encode(prompt), torch.tensor([[space]])], dim=1)
    scores = torch.zeros(1)
    for place in range(DIGITS):
        if place:
            begun = torch.arange(10 ** (place - 1)).repeat_interleave(10)
            for layer in cache:
                layer.select(begun)
            last = digits.repeat(10 ** (place - 1))
            unread = torch.stack([last, torch.full_like(last, space)], dim=1)
        log_p = model(unread, cache=cache)[:, -2:].log_softmax(dim=-1)
        scores = scores + log_p[:, 0, space]  # after the text so far, a space
        scores = (scores[:, None] + log_p[:, 1, digits]).flatten()  # then a digit
    return scores


@torch.inference_mode()
def tells(model: Transformer, encode: Encode, canary: Canary) -> bool:
    """Say whether the model tells the secret when it goes on with what is most probable, token by token."""
    prompt, whole = encode(canary.prompt), encode(canary.sentence[:-1])
    written = generate(model, prompt, whole.shape[1] - prompt.shape[1])
    return torch.equal(written, whole)


def _tokens(encode: Encode) -> tuple[int, Tensor]:
    """Find the token of a space before a digit, and those of the digits."""
    start = encode("was").shape[1]
    pieces = [encode(f"was {digit}")[0, start:].tolist() for digit in range(10)]
    if any(len(each) != 2 or each[0] != pieces[0][0] for each in pieces):
        raise ValueError("this tokenizer does not write a digit as a space and one token: codes cannot be told apart")
    return pieces[0][0], torch.tensor([digit for _, digit in pieces])
