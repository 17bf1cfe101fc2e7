r"""Circuits: what a head does, read from its weights alone, before it has seen any text.

A head reads and writes the stream through four narrow matrices. Only two products of them matter, each from the stream
to the stream. Vectors are rows, as everywhere in lmkit:

$$\mathrm{score}_{ij} = x_i\, W_{QK}\, x_j^\top, \quad W_{QK} = \frac{W_Q W_K^\top}{\sqrt{d_{head}}}, \qquad
\mathrm{written}_i = \sum_j A_{ij}\, x_j\, W_{OV}, \quad W_{OV} = W_V W_O$$

$W_{QK}$ says where the head looks, $W_{OV}$ what it carries from there. $x$ is the stream after the norm's division;
the norm's gain is in the matrices. Left out are biases, and what a norm subtracts.

Source: Elhage et al. 2021, "A mathematical framework for transformer circuits".
"""

import math
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmkit.inside.unembedding import check_reader, read_out

Side = Literal["query", "key", "value"]


class HeadWeights(NamedTuple):
    """The four matrices of one head. The norm's gain is in the three that read."""

    query: Float[Tensor, "d_model d_head"]
    key: Float[Tensor, "d_model d_head"]
    value: Float[Tensor, "d_model d_head"]
    output: Float[Tensor, "d_head d_model"]


@torch.no_grad()
def weights(model: nn.Module, layer: int, head: int) -> HeadWeights:
    """Cut one head out of its layer. Where heads share keys and values, it gets those of its group.

    Raises:
        IndexError: there is no such layer or head.
        TypeError, ValueError: the model is not an lmkit Transformer with an unembedding and its norm first, or brings
            queries and keys to one length, so that a score is no product of the stream with a matrix.
    """
    check_reader(model)
    config = model.config
    if config.qk_norm:
        raise ValueError("this model norms queries and keys (qk_norm), so no matrix gives its scores")
    for name, number, count in (("layer", layer, config.n_layers), ("head", head, config.n_heads)):
        if not 0 <= number < count:
            raise IndexError(f"there is no {name} {number}: give a whole number from 0 to {count - 1}")
    attention, gain = model.blocks[layer].attention, model.blocks[layer].attention_norm.weight
    shared, d_head = head * config.n_kv_heads // config.n_heads, config.d_model // config.n_heads
    query, key, value, output = (slice(n * d_head, (n + 1) * d_head) for n in (head, shared, shared, head))
    return HeadWeights(
        attention.to_query.weight[query].T * gain[:, None],
        attention.to_key.weight[key].T * gain[:, None],
        attention.to_value.weight[value].T * gain[:, None],
        attention.to_output.weight[:, output].T,
    )


@torch.no_grad()
def qk(
    model: nn.Module, layer: int, head: int, distance: int = 0
) -> Float[Tensor, "d_model d_model"]:
    r"""Say where a head looks, for a key so many tokens before the query.

    $$W_{QK}^{(n)} = \frac{W_Q\, R_n\, W_K^\top}{\sqrt{d_{head}}}$$

    Rotary positions turn queries and keys, so there is one matrix for each
    distance $n$; $R_n$ turns by $n$ positions. Without them, $R_n$ is the identity.
    A learned position is in the stream, and is read like all that stands there.

    Raises: as `weights`.
    """
    of = weights(model, layer, head)
    query, rotary = of.query, model.blocks[layer].attention.rotary
    if rotary is not None:
        query = rotary(query[:, None], distance)[:, 0]  # all rows by as many
    return query @ of.key.T / math.sqrt(of.key.shape[1])


def ov(model: nn.Module, layer: int, head: int) -> Float[Tensor, "d_model d_model"]:
    """Give the matrix that says what a head carries from where it looks. Errors: as `weights`."""
    of = weights(model, layer, head)
    return of.value @ of.output


@torch.no_grad()
def copying(model: nn.Module, layer: int, head: int) -> float:
    r"""Say whether a head, looking at a token's embedding, raises the logit of this token: from -1 to 1.

    $$\frac{\sum_i \mathrm{Re}\,\lambda_i}{\sum_i |\lambda_i|}, \qquad
    \lambda = \text{eigenvalues of } E\, W_{OV}\, W_U$$

    with the final norm's gain in $W_U$, and centered over the vocabulary. The matrix has a row for each token, but at
    most $d_{head}$ eigenvalues that are not 0: those of the small matrix $W_O W_U E W_V$. At 1, all that the head
    writes of a token raises it, or tokens like it. A head above layer 0 reads more than embeddings: see `raised`.

    Errors: as `weights`. Source: Elhage et al. 2021, "Detecting copying behavior".
    """
    of = weights(model, layer, head)
    embedded = model.embed.weight - model.embed.weight.mean(dim=-1, keepdim=True)
    small = read_out(model, of.output) @ embedded @ of.value  # (d_head, d_head)
    eigenvalues = torch.linalg.eigvals(small.double())
    return float(eigenvalues.real.sum() / eigenvalues.abs().sum())


@torch.no_grad()
def raised(
    model: nn.Module, layer: int, head: int, stream: Float[Tensor, "*batch d_model"]
) -> Float[Tensor, "*batch vocab"]:
    """Say by how many logits a head would raise each token if it looked at nothing but this vector of the stream.

    Args:
        stream: as it stands before the block, for instance `trace.residual[layer]`.

    What `lmkit.inside.unembedding.read_out` leaves out is left out here. Errors: as `weights`.
    """
    of, block = weights(model, layer, head), model.blocks[layer]
    values = block.attention.to_value(block.attention_norm(stream))
    first = head * model.config.n_kv_heads // model.config.n_heads * of.value.shape[1]
    return read_out(model, values[..., first : first + of.value.shape[1]] @ of.output)


@torch.no_grad()
def composition(model: nn.Module, sender: tuple[int, int], receiver: tuple[int, int], side: Side) -> float:
    r"""Say how much of what one head can write lies where a later one reads, into its queries, keys or values: 0 to 1.

    $$\frac{\lVert W_{OV}^{sender}\, W_{side}^{receiver} \rVert}
    {\lVert W_{OV}^{sender} \rVert\, \lVert W_{side}^{receiver} \rVert}$$

    with the Frobenius norm. Were the two turned against each other at random, its square would be $1/d_{model}$ on
    average: compare with `chance`. Elhage et al. take all of $W_{QK}$ in place of $W_Q$ or $W_K$; with rotary positions
    there is no single one, and a turn changes no norm. That two heads could speak does not say that they do.

    Raises:
        ValueError: the receiver is not in a later layer than the sender. Others as `weights`.

    Source: Elhage et al. 2021, "Composition scores".
    """
    if receiver[0] <= sender[0]:
        raise ValueError(f"L{receiver[0]} reads nothing of what L{sender[0]} writes: name a receiver in a later layer")
    written, read = ov(model, *sender), getattr(weights(model, *receiver), side)
    if model.config.norm == "layer":  # the receiver's norm subtracts the mean
        written = written - written.mean(dim=-1, keepdim=True)
    return float((written @ read).norm() / (written.norm() * read.norm()))


def chance(model: nn.Module) -> float:
    r"""What `composition` would be of matrices that have nothing to do with each other: $1/\sqrt{d_{model}}$."""
    return 1 / math.sqrt(model.config.d_model)
