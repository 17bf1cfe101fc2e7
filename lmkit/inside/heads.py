"""Scores that say, in one number a head, what each attention head does, and what it costs to take it away.

Each score takes a Trace and gives one number for every head: row = layer, column = head. It is the mean over
the texts of the batch and over the queries for which it is defined. Padding is not set apart: trace one text,
or texts of the same length.
"""

import math
from collections.abc import Callable
from dataclasses import replace

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lmkit.inside import interventions, sites
from lmkit.inside.tracing import Trace


def previous_token(trace: Trace) -> Float[Tensor, "layer head"]:
    """How much attention a token gives to the one before it (0 to 1), over all queries but the first."""
    return _along_diagonal(trace, offset=-1)


def next_token(trace: Trace) -> Float[Tensor, "layer head"]:
    """How much attention a token gives to the one after it (0 to 1), over all queries but the last."""
    return _along_diagonal(trace, offset=1)


def attention_to(trace: Trace, position: int) -> Float[Tensor, "layer head"]:
    """How much attention the token at `position` receives (0 to 1), over all queries, itself included.

    Args:
        position: counted from 0, or from the end when negative. Queries that cannot see it count as 0.

    Raises:
        ValueError: when the text has no such position.
    """
    n_tokens = trace.tokens.shape[1]
    if not -n_tokens <= position < n_tokens:
        raise ValueError(
            f"there is no position {position}: the text has {n_tokens} tokens, 0 to {n_tokens - 1}"
        )
    return _weights(trace)[..., position].mean(dim=(1, 3))


def attention_on(
    trace: Trace, keys: Bool[Tensor, "batch key"], at: Bool[Tensor, "batch query"]
) -> Float[Tensor, "layer head"]:
    """How much attention goes to some tokens, such as names (0 to 1), over the queries that count.

    Args:
        keys: True for the tokens that are looked for.
        at: True for the queries that count. Where it is False for padding, a causal model may read texts of different
            lengths, padded at their ends.

    Raises:
        ValueError: no query counts.
    """
    if not at.any():
        raise ValueError("no query counts: at is False everywhere")
    on_keys = (_weights(trace) * keys[:, None, None, :]).sum(dim=-1)  # (layer, batch, head, query)
    return on_keys.transpose(1, 2)[..., at].mean(dim=-1)


def same_token(trace: Trace) -> Float[Tensor, "layer head"]:
    """How much attention goes to other occurrences of the same token (0 to 1), over the tokens that repeat.

    Raises:
        ValueError: when no token of the text occurs twice.
    """
    twins = others_of_the_same(trace.tokens)
    repeats = twins.any(dim=-1)  # (batch, query)
    if not repeats.any():
        raise ValueError(
            "no token occurs twice in this text, so same_token is not defined: trace one that repeats a word"
        )
    to_twins = (_weights(trace) * twins[:, None]).sum(dim=-1)  # (layer, batch, head, query)
    return to_twins.transpose(1, 2)[..., repeats].mean(dim=-1)


def induction(trace: Trace, at: Bool[Tensor, "batch query"] | None = None) -> Float[Tensor, "layer head"]:
    """How much attention goes to what followed the same token before (0 to 1), over the tokens that occurred before.

    In "A B C A" a perfect induction head looks from the second A to B, and so can say what comes next.

    Args:
        at: True for the queries that count, such as the pieces of names alone; every one unless given. Where it is
            False for padding, a causal model may read texts of different lengths, padded at their ends.

    Raises:
        ValueError: no token of the text, or none of those that count, occurred before.

    Source: Olsson et al. 2022, "Induction heads".
    """
    after = after_an_earlier(trace.tokens)
    defined = after.any(dim=-1)  # (batch, query)
    defined = defined if at is None else defined & at
    if not defined.any():
        where = "in this text" if at is None else "where it counts"
        raise ValueError(f"no token occurs twice {where}, so induction is not defined: trace one that repeats itself")
    to_after = (_weights(trace) * after[:, None]).sum(dim=-1)  # (layer, batch, head, query)
    return to_after.transpose(1, 2)[..., defined].mean(dim=-1)


def others_of_the_same(tokens: Int[Tensor, "batch position"]) -> Bool[Tensor, "batch query key"]:
    """True where the key is another occurrence of the query's token."""
    itself = torch.eye(tokens.shape[1], dtype=torch.bool, device=tokens.device)
    return (tokens[:, :, None] == tokens[:, None, :]) & ~itself


def after_an_earlier(tokens: Int[Tensor, "batch position"]) -> Bool[Tensor, "batch query key"]:
    """True where the key follows an earlier occurrence of the query's token."""
    earlier = (tokens[:, :, None] == tokens[:, None, :]).tril(-1)  # (batch, query, key)
    return earlier.roll(1, dims=2)  # the last column is all False, so nothing comes round to the first


def entropy(trace: Trace) -> Float[Tensor, "layer head"]:
    r"""How spread attention is, in bits: 0 for a single key, log2 of the number of keys when all are equal.

    $$H = -\sum_{key} p_{key} \log_2 p_{key}$$
    """
    return torch.special.entr(_weights(trace)).sum(dim=-1).mean(dim=(1, 3)) / math.log(2)


def distance(trace: Trace) -> Float[Tensor, "layer head"]:
    r"""How far a head looks: the mean number of tokens between a query and what it attends to.

    $$D = \sum_{key} p_{key}\,|query - key|$$
    """
    positions = torch.arange(trace.tokens.shape[1], device=trace.tokens.device)
    apart = (positions[:, None] - positions[None, :]).abs()
    return (_weights(trace) * apart).sum(dim=-1).mean(dim=(1, 3))


def moved(before: Trace, after: Trace) -> Float[Tensor, "layer head"]:
    r"""How much of its attention a head gives elsewhere than before (0 to 1): between two models, on one text.

    $$\frac12 \sum_{key} \left| p^{after}_{key} - p^{before}_{key} \right|$$

    Raises:
        ValueError: the two traces are not of the same text, or not of as many heads.
    """
    one, other = _weights(before), _weights(after)
    if one.shape != other.shape or not torch.equal(before.tokens, after.tokens):
        raise ValueError(
            f"the traces have the shapes {tuple(one.shape)} and {tuple(other.shape)} (layer, batch, head, query, key): "
            "trace the same text with two models of the same form"
        )
    return (other - one).abs().sum(dim=-1).mean(dim=(1, 3)) / 2


def strongest(scores: Float[Tensor, "layer head"]) -> tuple[int, int, float]:
    """The head with the highest score, as (layer, head, score)."""
    layer, head = divmod(int(scores.argmax()), scores.shape[1])
    return layer, head, float(scores[layer, head])


def ranked(scores: Float[Tensor, "layer head"]) -> list[tuple[int, int]]:
    """All heads as (layer, head), the one with the highest score first."""
    return [divmod(place, scores.shape[1]) for place in scores.flatten().argsort(descending=True).tolist()]


def looking_evenly(trace: Trace, may_attend: Bool[Tensor, "query key"]) -> Trace:
    """The same texts read by one head that looks at everything it may see alike: what chance would score.

    Args:
        may_attend: True where a query may look at a key, such as a `causal_mask`.
    """
    evenly = may_attend / may_attend.sum(dim=-1, keepdim=True)
    attentions = (evenly.expand(len(trace.tokens), 1, -1, -1),)
    return replace(trace, attentions=attentions, queries=(), keys=(), values=())  # no head has those that give these


@torch.no_grad()
def costs(model: nn.Module, measure: Callable[[], Float[Tensor, "*kind"]]) -> Float[Tensor, "*kind layer head"]:
    """How much a measurement rises when a head is switched off, for each head in turn.

    Args:
        model: anything in which `lmkit.inside.interventions` can switch heads off.
        measure: called without arguments, says how the model does now: one number, or one for each kind of token.
    """
    whole, layers = measure(), []
    for layer, site in enumerate(sites.find(model)):
        alone = []
        for head in range(site.n_heads):
            with interventions.changed(model, off={"heads": [(layer, head)]}):
                alone.append(measure() - whole)
        layers.append(torch.stack(alone, dim=-1))
    return torch.stack(layers, dim=-2)


def _weights(trace: Trace) -> Float[Tensor, "layer batch head query key"]:
    weights = torch.stack(trace.attentions)
    return weights.to(torch.promote_types(weights.dtype, torch.float32))  # 16 bits are few for sums of small numbers


def _along_diagonal(trace: Trace, offset: int) -> Float[Tensor, "layer head"]:
    if trace.tokens.shape[1] == 1:
        raise ValueError("a text of 1 token has no neighbors to attend to: trace at least 2 tokens")
    return _weights(trace).diagonal(offset, dim1=-2, dim2=-1).mean(dim=(1, 3))
