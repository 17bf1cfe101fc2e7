"""Scoring: does a model know? It is shown a beginning and two ways to go on, and should prefer the right one."""

from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.storyworld.pairs import Pair
from lmkit.transformer import Transformer

Encode = Callable[[str], Tensor]  # from a text to ids, (1, position)


@torch.inference_mode()
def log_probability(model: Transformer, context: Tensor, whole: Tensor) -> Float[Tensor, ""]:
    r"""Say how probable a model finds it that a context goes on as it does: $\sum_t \ln p(x_t \mid x_{<t})$, in nats.

    Args:
        context: ids, (1, position).
        whole: the context and how it goes on, (1, longer).

    Raises:
        ValueError: `whole` does not start with `context`, or does not go on.
    """
    n = context.shape[1]
    if whole.shape[1] <= n or not torch.equal(whole[:, :n], context):
        raise ValueError(f"whole has {whole.shape[1]} tokens and must be the {n} tokens of context, and more")
    predictions = model(whole[:, :-1]).log_softmax(dim=-1)[0, n - 1 :]  # (new, vocab)
    return predictions.gather(1, whole[0, n:, None]).sum()


def accuracy(model: Transformer, encode: Encode, pairs: Iterable[Pair]) -> float:
    """Give the share of minimal pairs in which a model finds the right word more probable than the wrong one.

    Source: Linzen et al. 2016, section 5; Warstadt et al. 2020 (BLiMP), section 3.
    """
    results = [_prefers_right(model, encode, pair) for pair in pairs]
    return sum(results) / len(results)


def _prefers_right(model: Transformer, encode: Encode, pair: Pair) -> bool:
    context = encode(pair.context)
    right, wrong = (log_probability(model, context, encode(pair.context + word)) for word in (pair.right, pair.wrong))
    return bool(right > wrong)
