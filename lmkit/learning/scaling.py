"""Scaling laws: a curve through the losses of small runs, and what it says of a larger one."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.ranges import check_whole


@dataclass(frozen=True)
class ScalingLaw:
    r"""What a model pays, by its parameters N and by the tokens D that it was trained on.

    $$L(N, D) = E + \frac{A}{N^\alpha} + \frac{B}{D^\beta}$$

    Attributes:
        floor: E, what no model gets under.
        a, alpha: what too few parameters cost, and how fast that shrinks.
        b, beta: the same for too little text.

    Source: Hoffmann et al. 2022, equation 2.
    """

    floor: float
    a: float
    alpha: float
    b: float
    beta: float

    def loss(self, parameters: int | float, tokens: int | float) -> float:
        """Give the loss of a model of this size, after so much text."""
        return self.floor + self.a / parameters**self.alpha + self.b / tokens**self.beta

    def best_share(self, flops: int | float) -> tuple[float, float]:
        r"""Give the parameters and the tokens that make the most of a budget of $6ND$ operations.

        $$N = G\left(\frac{C}{6}\right)^{\beta/(\alpha+\beta)}, \quad D = \frac{C}{6N}, \qquad
        G = \left(\frac{\alpha A}{\beta B}\right)^{1/(\alpha+\beta)}$$

        Source: Hoffmann et al. 2022, equation 4.
        """
        both = self.alpha + self.beta
        parameters = (self.alpha * self.a / (self.beta * self.b)) ** (1 / both) * (flops / 6) ** (self.beta / both)
        return parameters, flops / 6 / parameters


def fit_law(
    parameters: Float[Tensor, "run"], tokens: Float[Tensor, "run"], losses: Float[Tensor, "run"]
) -> ScalingLaw:
    """Find the law whose relative errors have the least sum of squares.

    A tenth of a nat counts more at a loss of 1 than at a loss of 4, as in a fit of logarithms. With both exponents
    given, the law is linear in the three other numbers, and these are found at once. So only exponents are searched,
    on a grid that is made finer three times: no start has to be guessed.

    Raises:
        ValueError: fewer than 5 runs, for 5 numbers.

    Source: variable projection; Golub and Pereyra 1973. Hoffmann et al. 2022, appendix D.3, fit the logarithm.
    """
    if len(losses) < 5:
        raise ValueError(f"{len(losses)} runs cannot determine the 5 numbers of the law: give at least 5")
    middle, width = torch.tensor([1.0, 1.0]), 1.0
    for _ in range(4):
        steps = torch.linspace(-width, width, 41, dtype=torch.float64)
        alpha, beta = torch.cartesian_prod(middle[0] + steps, middle[1] + steps).clamp(min=0.01).T
        found, errors = _solve(alpha, beta, parameters.double(), tokens.double(), losses.double())
        best = errors.argmin()
        middle, width = torch.stack([alpha[best], beta[best]]), width / 10
    floor, a, b = found[best].tolist()
    return ScalingLaw(floor, a, alpha[best].item(), b, beta[best].item())


def _solve(alpha, beta, parameters, tokens, losses):
    """Solve for floor, a and b with each pair of exponents; give them, and the squared errors."""
    middle = parameters.log().mean().exp(), tokens.log().mean().exp()  # so that the numbers are near 1
    by_size = (parameters / middle[0]) ** -alpha[:, None]  # (pair, run)
    by_text = (tokens / middle[1]) ** -beta[:, None]
    terms = torch.stack([torch.ones_like(by_size), by_size, by_text], dim=-1) / losses[:, None]  # (pair, run, 3)
    gram = terms.mT @ terms + 1e-10 * torch.eye(3, dtype=torch.float64)
    found = torch.linalg.solve(gram, terms.sum(dim=-2))  # (pair, 3)
    errors = ((terms @ found[..., None])[..., 0] - 1).square().sum(dim=-1)
    errors = errors.masked_fill((found < 0).any(dim=-1), torch.inf)  # more must not be worse, and no loss below 0
    scale = torch.stack([torch.ones_like(alpha), middle[0] ** alpha, middle[1] ** beta], dim=-1)
    return found * scale, errors


def resampled_laws(
    parameters: Float[Tensor, "run"],
    tokens: Float[Tensor, "run"],
    losses: Float[Tensor, "run"],
    draws: int,
    generator: torch.Generator,
) -> list[ScalingLaw]:
    """Fit again and again, each time to as many runs, drawn with replacement: how much hangs on single runs.

    Source: Efron and Tibshirani 1993, chapter 9 (bootstrapping pairs).
    """
    check_whole("draws", draws, 1)
    picks = (torch.randint(len(losses), (len(losses),), generator=generator) for _ in range(draws))
    return [fit_law(parameters[pick], tokens[pick], losses[pick]) for pick in picks]
