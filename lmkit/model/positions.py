"""Positions: attention alone does not know the order of its inputs. Two ways to tell it."""

from functools import lru_cache

import torch
from jaxtyping import Float
from torch import Tensor, nn


class LearnedPositions(nn.Module):
    """One learned vector for each position, added to the token's own.

    Raises:
        ValueError: a sequence is longer than the vectors that were made.

    Source: Gehring et al. 2017, section 3.1; Devlin et al. 2019 (BERT), section 3.
    """

    def __init__(self, max_positions: int, d_model: int):
        super().__init__()
        self.embed = nn.Embedding(max_positions, d_model)

    def forward(self, n: int, start: int = 0) -> Float[Tensor, "position d_model"]:
        """Give the vectors of `n` positions from `start` on."""
        vectors = self.embed.weight[start : start + n]
        if len(vectors) < n:
            raise ValueError(
                f"the sequence has {start + n} tokens, but only max_positions={self.embed.num_embeddings} positions "
                "are learned: cut the sequence, or build a model with more"
            )
        return vectors


class Rotary(nn.Module):
    r"""Turn each query and key by an angle that grows with its position.

    Numbers i and i + d_head/2 of a vector are a point in a plane (the half-split pairs of Llama in transformers). At
    position p that point is turned by the angle $p\,\theta_i$:

    $$\begin{pmatrix} x'_i \\ x'_{i+d/2} \end{pmatrix} =
    \begin{pmatrix} \cos p\theta_i & -\sin p\theta_i \\ \sin p\theta_i & \cos p\theta_i \end{pmatrix}
    \begin{pmatrix} x_i \\ x_{i+d/2} \end{pmatrix}, \qquad \theta_i = \mathrm{base}^{-2i/d}$$

    Turning changes no length, and the dot product of two turned vectors depends, of their places, only on the distance.

    Args:
        stretch: divides every position, so that a text so many times as long turns as far as a short one did.

    Raises:
        ValueError: `d_head` is odd, or differs from that of the vectors given.

    Source: Su et al. 2021 (RoFormer), section 3.2; the stretch: Chen et al. 2023, section 2.3.
    """

    def __init__(
        self, d_head: int, base: float = 10_000.0, stretch: int | float = 1
    ):
        super().__init__()
        if d_head % 2:
            raise ValueError(
                "rotary positions turn pairs of numbers, "
                f"but d_head={d_head} is odd"
            )
        self.d_head = d_head
        self.base = base
        self.stretch = stretch

    def forward(
        self, x: Float[Tensor, "... position d_head"], start: int = 0
    ) -> Float[Tensor, "... position d_head"]:
        """Turn the vector at position 0 by nothing, at position 1 by one step, and so on. The first is at `start`."""
        n, d_head = x.shape[-2:]
        if d_head != self.d_head:
            raise ValueError(
                f"x has d_head={d_head}, "
                f"but Rotary was built with d_head={self.d_head}"
            )
        # Powers of two, so that a text that grows asks for few tables.
        enough = 2 ** (start + n).bit_length()
        # (position, d_head) each
        cos, sin = self.turns(
            enough, d_head, self.base, self.stretch, x.dtype, x.device
        )
        partner = x.roll(d_head // 2, dims=-1)  # the other of each pair
        return x * cos[start : start + n] + partner * sin[start : start + n]

    @staticmethod
    @lru_cache(maxsize=16)
    @torch.inference_mode(False)  # made while generating, it serves training too
    def turns(
        n: int,
        d_head: int,
        base: float,
        stretch: int | float,
        dtype: torch.dtype,
        device: torch.device,
    ) -> tuple[Float[Tensor, "position d_head"], Float[Tensor, "position d_head"]]:
        """Give what multiplies each number, and its partner. All texts and layers share it, so it is made once."""
        pair = torch.arange(d_head // 2, device=device)
        frequency = 1 / base ** (2 * pair / d_head)  # (pair,)
        # (position, pair)
        angle = torch.arange(n, device=device)[:, None] / stretch * frequency
        cos, sin = angle.cos().to(dtype), angle.sin().to(dtype)
        return torch.cat([cos, cos], dim=-1), torch.cat([-sin, sin], dim=-1)
