"""Edits: from what a reader wants switched off or patched to what shall stand in which columns of what a part says."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lmkit.inside.sites import Part, Site
from lmkit.inside.values import Values

Off = Mapping[str, Sequence[Sequence[int]]]


@dataclass(frozen=True, kw_only=True)
class Patch:
    """Values in the place of what one part of a layer says: a head, a neuron, or one of the three that `what` names.

    Attributes:
        head: what this head has mixed.
        neuron: how strongly this neuron fires.
        what: "attention" or "feed_forward", what these write; or "residual", the stream before the block.
        position: one or several, counted from 0 in what the model is given at a time; all unless given.
        values: numbers for each position or for all alike; or the `Values` of another text, as long as this one, or of
            a mean, of which the same part is taken.
    """

    layer: int
    values: Float[Tensor, "*position width"] | float | int | Values
    head: int | None = None
    neuron: int | None = None
    what: Literal["attention", "feed_forward", "residual"] | None = None
    position: int | Sequence[int] | None = None


@dataclass(frozen=True)
class Edit:
    """`new` gives, for what a part says, what shall stand in some of its columns, at some positions or at all."""

    layer: int
    part: Part
    columns: Int[Tensor, " column"]
    positions: Int[Tensor, " position"] | None
    new: Callable[[Tensor], Tensor | float | int]

    def apply(self, said: Float[Tensor, "... width"]) -> Float[Tensor, "... width"]:
        """Give what stands there instead."""
        edited = said.clone()
        if self.positions is None:
            edited[..., self.columns] = self.new(said)
        else:
            _check_positions(self.positions, said)
            edited[:, self.positions[:, None], self.columns] = self.new(said)
        return edited


def silences(layers: list[Site], off: Off, to: Values | None) -> Iterator[Edit]:
    """One for each layer in which heads, or neurons, are off. Errors: those of `lmkit.inside.interventions.changed`."""
    if extra := sorted(set(off) - {"heads", "neurons"}):
        raise ValueError(f"off has {extra}, but only heads and neurons can be switched off.")
    for kind, part, columns_of in (("heads", "mixed", _of_head), ("neurons", "neurons", _of_neuron)):
        columns: dict[int, list[Tensor]] = {}
        for layer, number in off.get(kind, ()):
            columns.setdefault(layer, []).append(columns_of(layers[_within("layer", layer, len(layers))], number))
        for layer, each in columns.items():
            together = torch.cat(each)
            yield Edit(layer, part, together, None, _zero if to is None else _taken(to, layer, part, together, None))


def _zero(_: Tensor) -> int:
    return 0


def _of_head(site: Site, head: int) -> Int[Tensor, " column"]:
    width = site.width("mixed") // site.n_heads
    return torch.arange(width) + _within("head", head, site.n_heads) * width


def _of_neuron(site: Site, neuron: int) -> Int[Tensor, " column"]:
    return torch.tensor([_within("neuron", neuron, site.width("neurons"))])


def patched(layers: list[Site], patch: Patch) -> Edit:
    """What a patch asks for. Errors: those of `lmkit.inside.interventions.changed`."""
    site = layers[_within("layer", patch.layer, len(layers))]
    part, columns = _chosen(site, patch)
    positions = None if patch.position is None else torch.tensor(patch.position).reshape(-1)
    if isinstance(patch.values, Values):
        return Edit(patch.layer, part, columns, positions, _taken(patch.values, patch.layer, part, columns, positions))
    numbers = torch.as_tensor(patch.values, dtype=torch.float32)
    if numbers.ndim and numbers.shape[-1] != len(columns) or not numbers.isfinite().all():
        raise ValueError(
            f"a patch has values of shape {tuple(numbers.shape)}, but this part has {len(columns)} numbers, all of "
            "them finite: take them from interventions.values(model, tokens)"
        )
    return Edit(patch.layer, part, columns, positions, numbers.to)


def _chosen(site: Site, patch: Patch) -> tuple[Part, Int[Tensor, " column"]]:
    """The part that a patch names, and which of its columns."""
    if sum(name is not None for name in (patch.head, patch.neuron, patch.what)) != 1:
        raise ValueError(
            "a patch is of one part: name a head, a neuron, or what, which is 'attention', 'feed_forward' or 'residual'"
        )
    if patch.head is not None:
        return "mixed", _of_head(site, patch.head)
    if patch.neuron is not None:
        return "neurons", _of_neuron(site, patch.neuron)
    if patch.what not in ("attention", "feed_forward", "residual"):
        raise ValueError(f"what is {patch.what!r}, but must be 'attention', 'feed_forward' or 'residual'")
    return patch.what, torch.arange(site.width(patch.what))


def _taken(
    values: Values, layer: int, part: Part, columns: Tensor, positions: Tensor | None
) -> Callable[[Tensor], Tensor]:
    """Take the same columns, at the same positions, of what was said elsewhere."""
    source = getattr(values, part)[layer][..., columns]  # (batch, position, column)

    def take(said):
        n_texts, n_tokens = source.shape[:2]
        if said.ndim == 2 and n_texts * n_tokens in (1, len(said)):  # all texts in one axis
            return source.flatten(0, 1).to(said)
        if said.ndim != 3 or n_tokens not in (1, said.shape[1]) or n_texts not in (1, len(said)):
            raise ValueError(
                f"the values are of {n_texts} × {n_tokens} tokens (text, position), but the model reads "
                f"{' × '.join(map(str, said.shape[:-1]))}: take values of as many, or the means, which fit any text"
            )
        here = source if positions is None or n_tokens == 1 else source[:, positions]
        return here.to(said)

    return take


def _within(name: str, number: int, count: int) -> int:
    """Refuse a number that is not from 0 to count - 1."""
    if isinstance(number, int) and 0 <= number < count:
        return number
    raise IndexError(f"there is no {name} {number}: give a whole number from 0 to {count - 1}")


def _check_positions(positions: Tensor, said: Tensor) -> None:
    if said.ndim != 3:
        raise ValueError("this model lays all texts in one axis here, so it can be patched at all positions alone")
    for position in positions.tolist():
        _within("position", position, said.shape[1])
