"""Path patching: change what one part tells one later head, and nothing else.

Switching a head off changes all that comes after it. Along a *path* only the receiver hears the difference: what the
sender would write on another text stands in the stream that the receiver's queries (or keys, or values) are made of.
Everybody else between them reads the stream as it was.

Source: Wang et al. 2023, "Interpretability in the wild", section 3.1; Goldowsky-Dill et al. 2023.
"""

from collections.abc import Collection

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.inside import circuits
from lmkit.inside.edits import Patch
from lmkit.inside.values import Values, values
from lmkit.model.attention import repeat_kv_heads, scaled_dot_product_attention

SIDES = ("query", "key", "value")


@torch.no_grad()
def along(
    model: nn.Module,
    tokens: Int[Tensor, "batch position"],
    sender: tuple[int, int] | int,
    receiver: tuple[int, int],
    sides: Collection[str] = SIDES,
    *,
    to: Values | None = None,
) -> Patch:
    """Make the patch that lets a head hear something else from one earlier part: what it mixes then.

        patch = paths.along(model, tokens, (1, 3), (2, 0), ["key"], to=values(model, others))
        interventions.compare(model, tokens, patch=[patch])

    Args:
        sender: (layer, head), or the number of a layer, for its feed-forward network.
        receiver: (layer, head).
        sides: which of the receiver's queries, keys and values hear it.
        to: what the sender is taken to have said: 0 unless given. The `means` of some texts, or the `values` of
            another text, as long as this one.

    Raises:
        ValueError: the receiver is not in a later layer, a side has another name, or the values do not fit. Others as
            `lmkit.inside.circuits.weights`.
    """
    first = sender if isinstance(sender, int) else sender[0]
    if receiver[0] <= first or not set(sides) <= set(SIDES):
        raise ValueError(
            f"a path goes to a head in a later layer, into {', '.join(SIDES)}; "
            f"this one goes from {sender} to {receiver}, into {', '.join(sides)}"
        )
    here = values(model, tokens)
    heard = here.residual[receiver[0]] + _difference(model, sender, here, to)
    mixed = _mixed(model, receiver, tokens, here.residual[receiver[0]], heard, sides)
    return Patch(layer=receiver[0], head=receiver[1], values=mixed)


def _difference(
    model: nn.Module, sender: tuple[int, int] | int, here: Values, to: Values | None
) -> Float[Tensor, "batch position d_model"]:
    """By how much the sender's write would differ."""
    if isinstance(sender, int):
        return _changed(here.feed_forward[sender], None if to is None else to.feed_forward[sender])
    layer, head = sender
    output = circuits.weights(model, layer, head).output
    columns = slice(head * len(output), (head + 1) * len(output))
    said, instead = (None if said is None else said.mixed[layer][..., columns] for said in (here, to))
    return _changed(said, instead) @ output


def _changed(said: Tensor, instead: Tensor | None) -> Float[Tensor, "batch position width"]:
    if instead is None:
        return -said
    if instead.shape[1] not in (1, said.shape[1]):
        raise ValueError(
            f"the values are of {instead.shape[1]} tokens and the text has {said.shape[1]}: take values of as many, or "
            "the means, which fit any text"
        )
    return instead - said


def _mixed(
    model: nn.Module,
    receiver: tuple[int, int],
    tokens: Tensor,
    stream: Float[Tensor, "batch position d_model"],
    heard: Float[Tensor, "batch position d_model"],
    sides: Collection[str],
) -> Float[Tensor, "batch position d_head"]:
    """What the receiver mixes when some of its three sides are made of what it hears, and the others of the stream."""
    block = model.blocks[receiver[0]]
    usual, other = (block.attention.project(block.attention_norm(x)) for x in (stream, heard))
    chosen = (b if side in sides else a for side, a, b in zip(SIDES, usual, other, strict=True))
    query, key, value = chosen
    query, key = block.attention.place(query, key)
    key, value = (repeat_kv_heads(part, model.config.n_heads) for part in (key, value))
    mixed, _ = scaled_dot_product_attention(query, key, value, model.combine_masks(tokens, None))
    return mixed[:, receiver[1]]
