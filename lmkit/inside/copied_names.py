"""Copied names: the places of stories where an invented name comes again, and its next piece can only be copied."""

from collections.abc import Iterable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from lmkit.inside.scoring import Encode, pieces_of_names
from lmkit.text.storyworld.story import Story


class Rows(NamedTuple):
    """The beginnings of some stories, all equally long.

    Attributes:
        pieces: which piece of an invented name each token is: 1 begins one, 2, 3, ... go on; 0 belongs to none.
        copies: True at a piece that stood in the story before, after which the name goes on. What follows must be
            copied.
    """

    tokens: Int[Tensor, "story position"]
    pieces: Int[Tensor, "story position"]
    copies: Bool[Tensor, "story position"]


def rows(stories: Iterable[Story], encode: Encode, n: int, length: int) -> Rows:
    """Take the first n stories with something to copy in their first `length` tokens, and cut them there.

    Raises:
        ValueError: there are fewer such stories.
    """
    found: list[tuple[Tensor, Tensor]] = []
    for story in stories:
        names = [person.name for person in story.people if person.made_up and person.name in story.text]
        tokens = encode(story.text)[0, :length] if names else torch.zeros(0)
        if len(tokens) < length:
            continue
        pieces = pieces_of_names(names, story.text, encode)[:length]
        if _copies(tokens[None], pieces[None]).any():
            found.append((tokens, pieces))
        if len(found) == n:
            tokens, pieces = (torch.stack(part) for part in zip(*found, strict=True))
            return Rows(tokens, pieces, _copies(tokens, pieces))
    raise ValueError(f"of these stories only {len(found)} have {length} tokens and a name to copy: tell more than that")


def _copies(tokens: Tensor, pieces: Tensor) -> Bool[Tensor, "story position"]:
    goes_on = F.pad(pieces[:, 1:] > 1, (0, 1))  # the name goes on after this piece
    again = (tokens[:, :, None] == tokens[:, None, :]).tril(-1).any(dim=-1)
    return goes_on & again & (pieces > 0)


def earlier_pieces(pieces: Int[Tensor, "story position"]) -> Bool[Tensor, "story query key"]:
    """True where the key is an earlier piece of the name that the query is a piece of, in the same mention."""
    places = torch.arange(pieces.shape[1])
    begins = places - pieces + 1  # where the mention of each piece begins
    return (places >= begins[..., None]) & (places < places[:, None]) & (pieces > 0)[..., None]


@torch.no_grad()
def costs(model: nn.Module, tokens: Int[Tensor, "story position"]) -> Float[Tensor, "story position"]:
    r"""Say what the next token costs at each place, $-\ln p$, in nats; NaN at the last, where none is known."""
    logits = model(tokens)
    logits = getattr(logits, "logits", logits)[:, :-1]
    cost = -logits.float().log_softmax(dim=-1).gather(-1, tokens[:, 1:, None])[..., 0]
    return F.pad(cost, (0, 1), value=torch.nan)


def by_text(
    cost: Float[Tensor, "story position"], at: Bool[Tensor, "story position"]
) -> Float[Tensor, " story"]:
    """Average over some places of each text; NaN where it has none."""
    return cost.where(at, torch.nan).nanmean(dim=1)


def mean_and_reach(numbers: Float[Tensor, " text"]) -> tuple[float, float]:
    r"""Give the mean over texts, and half of its 95 % interval: $1.96\, s / \sqrt n$. NaN counts for nothing."""
    known = numbers[~numbers.isnan()].double()
    return float(known.mean()), float(1.96 * known.std() / len(known) ** 0.5)
