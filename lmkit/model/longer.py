"""Longer texts than a model was trained on: two ways to turn queries and keys that need no training."""

import copy

from lmkit.model.positions import Rotary
from lmkit.model.transformer import Transformer
from lmkit.ranges import check_number


def interpolated(model: Transformer, factor: int | float) -> Transformer:
    r"""Give a copy that puts the positions of a long text between those that it knows: $p \to p / \mathrm{factor}$.

    No angle is larger than it was in training; but neighbors are closer together than they ever were.

    Raises:
        ValueError: the factor is below 1, or the model has no rotary positions.

    Source: Chen et al. 2023, section 2.3 (position interpolation).
    """
    return _turned(model, factor, lambda old: Rotary(old.d_head, old.base, old.stretch * factor))


def with_larger_base(model: Transformer, factor: int | float) -> Transformer:
    r"""Give a copy in which slow pairs turn slower by the factor, and the fastest as fast as before.

    $$\mathrm{base}' = \mathrm{base} \cdot \mathrm{factor}^{\,d/(d-2)}$$

    Pair i turns by $\mathrm{base}^{-2i/d}$ a place. The last pair, $i = d/2 - 1$, becomes slower by exactly the factor.

    Raises:
        ValueError: the factor is below 1, the model has no rotary positions, or its heads have a single pair.

    Source: Peng et al. 2024 (YaRN), section 3.1 ("NTK-aware" interpolation).
    """
    d_head = model.config.d_model // model.config.n_heads
    if d_head < 4:
        raise ValueError(f"d_head={d_head} is one pair, which is the fastest and the slowest: use interpolated")
    power = d_head / (d_head - 2)
    return _turned(model, factor, lambda old: Rotary(old.d_head, old.base * factor**power, old.stretch))


def _turned(model, factor, turn):
    check_number("factor", factor, lambda x: x >= 1, "1 or more: how many times as long the text is")
    if model.config.positions != "rotary":
        raise ValueError(
            f"the model has {model.config.positions} positions, and beyond its max_positions there are none: "
            "take a model with positions='rotary'"
        )
    longer = copy.deepcopy(model)
    for block in longer.blocks:
        block.attention.rotary = turn(block.attention.rotary)
    return longer
