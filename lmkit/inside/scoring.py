"""Scoring: does a model know? It is shown two ways to say a sentence, one right and one wrong, and should prefer one.

A causal model says how probable it is that a text goes on as it does. A masked model cannot; it says how probable
words are in a gap. Both answer in nats, so the same minimal pairs can be put to both.
"""

import re
from collections.abc import Callable, Iterable, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from lmkit.model.transformer import Transformer
from lmkit.text.storyworld.pairs import Pair
from lmkit.text.storyworld.story import Story

Encode = Callable[[str], Tensor]  # from a text to ids, (1, position)
Score = Callable[[Transformer, Encode, Pair, str], Tensor]  # of one of the pair's words, in nats


@torch.inference_mode()
def log_probability(model: Transformer, context: Tensor, whole: Tensor) -> Float[Tensor, ""]:
    r"""Say how probable a model finds it that a context goes on as it does: $\sum_t \ln p(x_t \mid x_{<t})$, in nats.

    Args:
        context: ids, (1, position).
        whole: the context and how it goes on, (1, longer).

    Raises:
        ValueError: `whole` does not start with `context`, or does not go on.
    """
    n = _length_of_context(context, whole)
    predictions = model(whole[:, :-1]).log_softmax(dim=-1)[0, n - 1 :]  # (new, vocab)
    return predictions.gather(1, whole[0, n:, None]).sum()


@torch.inference_mode()
def masked_log_probability(
    model: Transformer, context: Tensor, until: Tensor, whole: Tensor, mask_id: int
) -> Float[Tensor, ""]:
    r"""Say how probable a masked model finds the tokens in a gap: $\sum_{t \in gap} \ln p(x_t \mid x_{\not\in gap})$.

    All tokens of the gap are hidden at once, so none helps to guess another. A word of more tokens has a larger gap,
    which tells the model how long the word is: compare words of different lengths with care.

    Args:
        context: ids before the gap, (1, position).
        until: ids to the end of the gap, (1, longer).
        whole: ids of the text to its end, (1, longer still or equal).

    Raises:
        ValueError: `until` does not go on from `context`, or `whole` from `until`.

    Source: Salazar et al. 2020, who hide one token at a time; here, one word.
    """
    n, m = _length_of_context(context, until), until.shape[1]
    if not torch.equal(whole[:, :m], until):
        raise ValueError(f"whole has {whole.shape[1]} tokens and must begin with the {m} tokens of until")
    hidden = whole.clone()
    hidden[:, n:m] = mask_id
    predictions = model(hidden).log_softmax(dim=-1)[0, n:m]  # (gap, vocab)
    return predictions.gather(1, whole[0, n:m, None]).sum()


@torch.inference_mode()
def costs(model: Transformer, tokens: Int[Tensor, "batch token"]) -> Float[Tensor, "batch asked"]:
    r"""Say what each token but the first costs a causal model: $-\ln p(x_t \mid x_{<t})$, in nats."""
    predictions = model(tokens[:, :-1]).log_softmax(dim=-1)
    return -predictions.gather(-1, tokens[:, 1:, None])[..., 0]


@torch.inference_mode()
def leads(model: Transformer, encode: Encode, pairs: Sequence[Pair]) -> Float[Tensor, "pair"]:
    r"""Say by how much the right word leads the wrong one in each minimal pair: $z_{right} - z_{wrong}$, in logits.

    A causal model reads all contexts at once. A lead above 0 is a pair won, as in `accuracy`.

    Raises:
        ValueError: there is no pair, or a word is not one token, so that no single logit is its own.
    """
    if not pairs:
        raise ValueError("there is no pair to ask: pass at least one")
    contexts = [encode(pair.context)[0] for pair in pairs]
    words = torch.tensor([[_one_token(encode, pair, word) for word in (pair.right, pair.wrong)] for pair in pairs])
    ends = torch.tensor([len(context) - 1 for context in contexts])
    logits = model(pad_sequence(contexts, batch_first=True))  # what stands behind an end is never seen
    right, wrong = logits[torch.arange(len(ends)), ends].gather(1, words).T
    return right - wrong


# --- Ways to score a word of a pair. ---


def left_only(model: Transformer, encode: Encode, pair: Pair, word: str) -> Float[Tensor, ""]:
    """Score the word after its context, as a causal model reads."""
    return log_probability(model, encode(pair.context), encode(pair.context + word))


def whole_sentence(model: Transformer, encode: Encode, pair: Pair, word: str) -> Float[Tensor, ""]:
    """Score the word and the rest of its sentence, so that a causal model is shown as much as a masked one."""
    return log_probability(model, encode(pair.context), encode(pair.context + word + pair.after))


def in_the_gap(model: Transformer, encode: Encode, pair: Pair, word: str, mask_id: int = 1) -> Float[Tensor, ""]:
    """Score the word where it is hidden, as a masked model reads. In the book's own models, 1 is the mask."""
    texts = (pair.context, pair.context + word, pair.context + word + pair.after)
    return masked_log_probability(model, *map(encode, texts), mask_id)


def accuracy(model: Transformer, encode: Encode, pairs: Iterable[Pair], score: Score = left_only) -> float:
    """Give the share of minimal pairs in which a model finds the right word more probable than the wrong one.

    Source: Linzen et al. 2016; Warstadt et al. 2020 (BLiMP).
    """
    results = [bool(score(model, encode, p, p.right) > score(model, encode, p, p.wrong)) for p in pairs]
    return sum(results) / len(results)


# --- Names. ---


def mentions_of(names: Iterable[str], text: str, encode: Encode) -> list[tuple[int, int]]:
    """Find where names are mentioned: the place of the first token of each mention, and the place after its last."""
    found = re.finditer(rf" ?\b({'|'.join(map(re.escape, names))})\b", text)
    return [tuple(encode(text[:place]).shape[1] for place in mention.span()) for mention in found]


def pieces_of_names(names: Iterable[str], text: str, encode: Encode) -> Int[Tensor, "position"]:
    """Say of each token of a text which piece of a name it is: 1 begins one, 2, 3, ... go on; 0 belongs to none."""
    pieces = torch.zeros_like(encode(text)[0])
    for start, end in mentions_of(names, text, encode):
        pieces[start:end] = torch.arange(1, end - start + 1)
    return pieces


def encode_with_pieces(
    stories: Iterable[Story], encode: Encode
) -> tuple[Int[Tensor, "story position"], Int[Tensor, "story position"]]:
    """Give the tokens of some stories, and what `pieces_of_names` says of them; both with 0 where a story is over."""
    told = [(story.text, [person.name for person in story.people]) for story in stories]
    tokens = [encode(text)[0] for text, _ in told]
    pieces = [pieces_of_names(names, text, encode) for text, names in told]
    return pad_sequence(tokens, batch_first=True), pad_sequence(pieces, batch_first=True)


@torch.inference_mode()
def costs_of_name(model: Transformer, encode: Encode, text: str, name: str) -> list[float]:
    r"""Say what each mention of a name costs a model after the first: $-\sum_t \ln p(x_t \mid x_{<t})$ over its tokens.

    A model that copies pays little; one that does not pays for every letter. It also pays for not knowing who comes
    next, whatever they are called: so compare two names in the same text.

    Returns:
        Nats a mention, in the order of the mentions; empty when the name comes once or never.
    """
    mentions = mentions_of([name], text, encode)[1:]
    if not mentions:
        return []
    whole = encode(text)
    predictions = model(whole[:, :-1]).log_softmax(dim=-1)[0]
    costs = -predictions.gather(1, whole[0, 1:, None]).flatten()  # of each token but the first
    return [costs[start - 1 : end - 1].sum().item() for start, end in mentions]


def _one_token(encode: Encode, pair: Pair, word: str) -> int:
    new = encode(pair.context + word)[0, encode(pair.context).shape[1] :].tolist()
    if len(new) != 1:
        raise ValueError(f"{word!r} has {len(new)} tokens here, but a logit belongs to one: use accuracy")
    return new[0]


def _length_of_context(context: Tensor, whole: Tensor) -> int:
    n = context.shape[1]
    if whole.shape[1] <= n or not torch.equal(whole[:, :n], context):
        raise ValueError(f"whole has {whole.shape[1]} tokens and must be the {n} tokens of context, and more")
    return n
