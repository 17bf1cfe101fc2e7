r"""Association: how much more a model expects one kind of word than another, and how that changes with one name.

A prompt ends where one of the words may follow. The same prompt about another group is its counterfactual: only the
name of the group is another. What the model then expects otherwise, it expects because of that name.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from lmkit.inside.scoring import Encode

BATCH = 128  # prompts that are read at once


@torch.inference_mode()
def log_odds(
    model: nn.Module,
    encode: Encode,
    prompts: Sequence[str],
    one: Sequence[str],
    other: Sequence[str],
) -> Float[Tensor, "prompt"]:
    r"""Say how much more a causal model expects some words than others after each prompt, in nats.

    $$\ln \frac{\sum_{w \in one} p(w \mid x)}{\sum_{w \in other} p(w \mid x)}$$

    A word counts by its first token, which must tell it from all other words that are asked about.

    Args:
        model: of lmkit or of transformers.
        encode: from a text to ids, (1, position), with nothing after the text.
        one, other: words that may come next, without the space before them.

    Raises:
        ValueError: there is no prompt or no word, or two words begin with the same token.
    """
    if not prompts:
        raise ValueError("there is no prompt: give at least one")
    first = first_tokens(encode, (*one, *other), after=prompts[0])
    contexts = [encode(prompt)[0] for prompt in prompts]
    batches = [contexts[i : i + BATCH] for i in range(0, len(contexts), BATCH)]
    logits = torch.cat([_next_logits(model, batch) for batch in batches])
    found = logits[:, first].double()  # (prompt, word)
    of_one, of_other = found[:, : len(one)], found[:, len(one) :]
    return (of_one.logsumexp(dim=1) - of_other.logsumexp(dim=1)).float()


def first_tokens(encode: Encode, words: Sequence[str], after: str) -> Int[Tensor, "word"]:
    """Give the first token of each word, as it stands after a text and a space.

    Raises:
        ValueError: there is no word, or two words begin with the same token.
    """
    if not words:
        raise ValueError("there is no word to ask about: give some on both sides")
    n = encode(after).shape[1]
    first = torch.tensor([encode(f"{after} {word}")[0, n].item() for word in words])
    if len(first.unique()) < len(words):
        raise ValueError(f"two of the words {list(words)} begin with the same token: the first must tell them apart")
    return first


def _next_logits(model: nn.Module, contexts: list[Tensor]) -> Float[Tensor, "prompt vocab"]:
    said = model(pad_sequence(contexts, batch_first=True))  # a causal model does not see what stands behind an end
    logits = said if isinstance(said, Tensor) else said.logits
    ends = torch.tensor([len(context) - 1 for context in contexts])
    return logits[torch.arange(len(ends)), ends]


def gaps(
    model: nn.Module,
    encode: Encode,
    pairs: Sequence[tuple[str, str]],
    one: Sequence[str],
    other: Sequence[str],
) -> Float[Tensor, "pair"]:
    r"""Say for each pair of prompts how far apart their log-odds are, in nats.

    $$\Delta(x) = \mathrm{logodds}(x_A) - \mathrm{logodds}(x_B)$$

    Args:
        pairs: the same prompt about A and about B.
        one, other: as in `log_odds`, which says what is refused, too.
    """
    of_a, of_b = (
        log_odds(model, encode, prompts, one, other)
        for prompts in zip(*pairs, strict=True)
    )
    return of_a - of_b
