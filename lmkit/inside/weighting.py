"""What a head moves, beside where it looks: a large share of a short value vector moves little."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.inside.tracing import Trace
from lmkit.model.attention import repeat_kv_heads


def value_weighted(trace: Trace) -> tuple[Float[Tensor, "batch head query key"], ...]:
    r"""Attention times the length of the value that it mixes in, one entry a layer.

    $$A_{ij} \, \lVert v_j \rVert$$

    Source: Kobayashi et al. 2020, section 3, before the output projection.
    """
    lengths = (value.float().norm(dim=-1) for value in _values(trace))
    return tuple(
        weights * length[:, :, None, :] for weights, length in zip(trace.attentions, lengths, strict=True)
    )


def output_weighted(
    trace: Trace, projections: Sequence[Float[Tensor, "d_model head_by_d_head"]]
) -> tuple[Float[Tensor, "batch head query key"], ...]:
    r"""Attention times the length of what the head writes for it into the residual stream, one entry a layer.

    $$A_{ij} \, \lVert v_j W_O^{(h)} \rVert$$

    Args:
        projections: the weight of each layer's output projection, as `nn.Linear` has it: of an lmkit Transformer
            `[block.attention.to_output.weight for block in model.blocks]`. The Conv1D of GPT-2 keeps it transposed.

    Raises:
        ValueError: there is not one projection for each layer, or its columns are not those of all heads.

    Source: Kobayashi et al. 2020, section 3.
    """
    if len(projections) != len(trace.attentions):
        raise ValueError(f"there are {len(projections)} projections and {len(trace.attentions)} layers: one a layer.")
    return tuple(
        weights * _written(value, projection)[:, :, None, :]
        for weights, value, projection in zip(trace.attentions, _values(trace), projections, strict=True)
    )


def _values(trace: Trace) -> list[Float[Tensor, "batch head key d_head"]]:
    """The values of every query head, also where several share them."""
    return [
        repeat_kv_heads(value, weights.shape[1])
        for value, weights in zip(trace.values, trace.attentions, strict=True)
    ]


def _written(
    value: Float[Tensor, "batch head key d_head"], projection: Float[Tensor, "d_model head_by_d_head"]
) -> Float[Tensor, "batch head key"]:
    """How long the vector is that each head writes for each key."""
    _, n_heads, _, d_head = value.shape
    if projection.shape[1] != n_heads * d_head:
        raise ValueError(
            f"a projection has {projection.shape[1]} columns, but {n_heads} heads of {d_head} numbers need "
            f"{n_heads * d_head}: pass weight.T where it is kept transposed."
        )
    by_head = projection.detach().float().unflatten(1, (n_heads, d_head))
    return torch.einsum("bhkd,mhd->bhkm", value.float(), by_head).norm(dim=-1)
