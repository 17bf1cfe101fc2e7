r"""A sparse autoencoder: each vector as a sum of a few out of many directions.

$$z = \mathrm{TopK}\big(W_e (x - b)\big), \qquad \hat x = b + \sum_i z_i\, d_i, \qquad \lVert d_i \rVert = 1$$

TopK keeps the $k$ largest, if they are above 0, and sets all others to 0. It is trained to bring $\hat x$ near to $x$;
no label is shown. The hope is that each direction stands for one thing. Whether it does must be measured.

Source: Bricken et al. 2023, "Towards monosemanticity"; TopK: Gao et al. 2024, section 2.3.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class SparseAutoencoder(nn.Module):
    """`n_latents` directions, of which a vector may use `k`.

    Args:
        generator: draws the directions; each latent begins by reading along the direction that it writes.

    Raises:
        ValueError: k is below 1 or above n_latents.
    """

    def __init__(self, width: int, n_latents: int, k: int, generator: torch.Generator):
        super().__init__()
        if not 1 <= k <= n_latents:
            raise ValueError(f"k is {k}, but a vector uses from 1 to n_latents={n_latents} directions")
        self.k = k
        self.register_buffer("scale", torch.ones(()))  # so that vectors have length 1 on average, see `fit`
        self.center = nn.Parameter(torch.zeros(width))
        self.directions = nn.Parameter(_unit(torch.randn(n_latents, width, generator=generator)))
        self.read = nn.Parameter(self.directions.detach().clone())

    def encode(
        self, x: Float[Tensor, "*batch width"]
    ) -> Float[Tensor, "*batch latent"]:
        """Say how strongly each latent is on: above 0 in k latents at most."""
        seen = ((x / self.scale - self.center) @ self.read.T).relu()
        most = seen.topk(self.k, dim=-1)
        return torch.zeros_like(seen).scatter(-1, most.indices, most.values)

    def decode(
        self, latents: Float[Tensor, "*batch latent"]
    ) -> Float[Tensor, "*batch width"]:
        """Add up the directions of what is on."""
        return (latents @ self.directions + self.center) * self.scale

    def forward(self, x: Float[Tensor, "*batch width"]) -> Float[Tensor, "*batch width"]:
        """Write a vector as its few directions say it."""
        return self.decode(self.encode(x))


def fit(
    vectors: Float[Tensor, "vector width"],
    n_latents: int,
    k: int,
    *,
    steps: int,
    generator: torch.Generator,
    batch: int = 512,
    learning_rate: float = 2e-3,
) -> SparseAutoencoder:
    """Train one on some vectors, with Adam. The rate falls to 0 in a line; directions keep the length 1."""
    model = SparseAutoencoder(vectors.shape[1], n_latents, k, generator)
    model.scale.fill_((vectors - vectors.mean(dim=0)).norm(dim=1).mean())
    model.center.data = vectors.mean(dim=0) / model.scale
    optimizer = torch.optim.Adam(model.parameters(), learning_rate)
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
    for _ in range(steps):
        x = vectors[torch.randint(len(vectors), (batch,), generator=generator)]
        loss = ((model(x) - x) / model.scale).square().sum(dim=1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        falling.step()
        with torch.no_grad():
            model.directions.copy_(_unit(model.directions))
    return model.requires_grad_(False)


def explained(x: Float[Tensor, "vector width"], written: Float[Tensor, "vector width"]) -> float:
    r"""Give the share of the variance that is there again.

    $$1 - \frac{\sum \lVert x - \hat x \rVert^2}{\sum \lVert x - \bar x \rVert^2}$$
    """
    return 1 - float((x - written).square().sum() / (x - x.mean(dim=0)).square().sum())


def _unit(directions: Float[Tensor, "latent width"]) -> Float[Tensor, "latent width"]:
    return directions / directions.norm(dim=1, keepdim=True)
