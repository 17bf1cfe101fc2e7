"""Random numbers for probes, the same for the same seed."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


class Draws:
    """Tensors drawn one after the other. float32, whatever the notebook has made torch's default."""

    def __init__(self, seed: int) -> None:
        self.source = torch.Generator().manual_seed(seed)

    def normal(self, *shape: int) -> Float[Tensor, "..."]:
        """Numbers of mean 0 and standard deviation 1."""
        return torch.randn(shape, generator=self.source, dtype=torch.float32)

    def uniform(self, *shape: int) -> Float[Tensor, "..."]:
        """Numbers from 0 to 1."""
        return torch.rand(shape, generator=self.source, dtype=torch.float32)

    def whole(self, low: int, high: int, *shape: int) -> Int[Tensor, "..."]:
        """Whole numbers from `low` to `high` - 1."""
        return torch.randint(low, high, shape, generator=self.source)

    def order(self, n: int) -> Int[Tensor, " n"]:
        """The numbers from 0 to n - 1 in some order."""
        return torch.randperm(n, generator=self.source)
