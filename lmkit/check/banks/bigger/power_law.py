"""Exercise: fit a power law to losses, above a floor that is known.

Check `power_law(sizes, losses, floor) -> (a, alpha)`: the law losses = floor + a / sizes^alpha.

`sizes` and `losses` are tensors, [run]. Above the floor the law is a straight line in logarithms; fit that line by
least squares, and give a and alpha as numbers.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import FINITE, Draws, Exercise, Probe, Probes, mistake, truth

Runs = Float[Tensor, "run"]


def _slope(x: Runs, y: Runs) -> Float[Tensor, ""]:
    return ((x - x.mean()) * (y - y.mean())).sum() / (x - x.mean()).square().sum()


def _through_the_ends(x: Runs, y: Runs) -> Float[Tensor, ""]:
    return (y[-1] - y[0]) / (x[-1] - x[0])


def _slope_of_x_on_y(x: Runs, y: Runs) -> Float[Tensor, ""]:
    return 1 / _slope(y, x)


def fit(
    sizes: Runs,
    losses: Runs,
    floor: float,
    *,
    above: Callable = lambda losses, floor: losses - floor,
    of_sizes: Callable = torch.log,
    slope: Callable = _slope,
    sign: int = -1,
    height: Callable = lambda x, y, slope: y.mean() - slope * x.mean(),
    back: Callable = torch.exp,
) -> tuple[float, float]:
    """The line through (ln size, ln (loss - floor)): the slope is -alpha, the height at 0 is ln a."""
    x, y = of_sizes(sizes.double()), above(losses.double(), floor).log()
    steep = slope(x, y)
    return back(height(x, y, steep)).item(), sign * steep.item()


def probes(seed: int) -> Probes:
    """Losses that scatter around a law, with and without a floor, at sizes that are not evenly spaced."""
    draw = Draws(seed)
    sizes = torch.tensor([3.0, 10.0, 25.0, 90.0, 400.0, 1000.0])
    cases = []
    for says, a, alpha, floor, n in (
        ("with a floor", 2.5, 0.4, 0.7, 5),
        ("without a floor", 4.0, 0.15, 0.0, 6),
        ("for a steep law", 6.0, 0.8, 1.2, 4),
    ):
        scatter = (0.15 * draw.normal(n)).exp()
        cases.append(Probe(says, (sizes[:n], floor + a * sizes[:n] ** -alpha * scatter, floor)))
    return tuple(cases)


def _finds_its_own_law(solve: Callable, probes: Probes) -> bool:
    sizes = probes[0].args[0]
    a, alpha = solve(sizes, 0.5 + 3.0 * sizes**-0.3, 0.5)
    return abs(float(a) - 3.0) < 1e-3 and abs(float(alpha) - 0.3) < 1e-3


def _another_unit(solve: Callable, probes: Probes) -> bool:
    """Sizes in thousands change a, and not alpha."""
    sizes, losses, floor = probes[0].args
    return abs(float(solve(sizes, losses, floor)[1]) - float(solve(sizes / 1000, losses, floor)[1])) < 1e-4


MISCONCEPTIONS = (
    mistake("floor-forgotten", above=lambda losses, floor: losses)
    .says("You took the logarithm of the losses as they are: the floor is still in them.")
    .asks("Which part of the loss becomes ever smaller as the model grows, and is a line in logarithms?"),
    mistake("floor-divided-out", above=lambda losses, floor: losses / (floor + 1))
    .says("You divided the losses by something with the floor in it.")
    .asks("In floor + a / size^alpha, how is the floor joined to the rest?"),
    mistake("sizes-as-they-are", of_sizes=lambda sizes: sizes)
    .says("You fitted a line over the sizes themselves, not over their logarithms.")
    .asks("ln(a / n^alpha) = ln a - alpha · … of what?"),
    mistake("another-base", of_sizes=torch.log10)
    .says("Your two axes have logarithms of different bases.")
    .asks("If one axis counts factors of ten and the other factors of e, what does the slope say?"),
    mistake("through-the-ends", slope=_through_the_ends)
    .says("You laid the line through the first and the last run.")
    .asks("What do the runs in between do to your line?"),
    mistake("sizes-from-losses", slope=_slope_of_x_on_y)
    .says("You fitted the sizes from the losses, and turned the line around.")
    .asks("Which of the two was chosen, and which was measured and scatters?"),
    mistake("sign-forgotten", sign=1)
    .says("Your exponent has the wrong sign.")
    .asks("The law divides by size^alpha. Is alpha of a loss that falls positive or negative?"),
    mistake("height-at-the-mean", height=lambda x, y, slope: y.mean())
    .says("Your a is the height of the line in the middle of the runs.")
    .asks("a is what the law says for size 1. What is ln 1, and how high is the line there?"),
    mistake("height-of-the-first", height=lambda x, y, slope: y[0])
    .says("Your a is the loss of the first run above the floor.")
    .asks("For which size is size^alpha equal to 1?"),
    mistake("logarithm-of-a", back=lambda height: height)
    .says("You gave ln a in place of a.")
    .asks("The line was drawn in logarithms. How do you come back from ln a?"),
)

POWER_LAW = Exercise(
    id="power_law",
    title="A line in logarithms",
    family=fit,
    returns={"a": "", "alpha": ""},
    probes=probes,
    examples=(
        (torch.tensor([1.0, 2.0, 4.0]), torch.tensor([3.0, 2.0, 1.4]), 0.5),
        (torch.tensor([1.0, 10.0, 100.0]), torch.tensor([4.0, 2.2, 1.0]), 0.0),
        (torch.tensor([2.0, 4.0, 16.0]), torch.tensor([2.0, 1.6, 1.1]), 0.25),
    ),
    properties=(
        FINITE,
        truth("not-its-own-law", _finds_its_own_law)
        .right("Losses that lie on a law give that law.")
        .says("Losses that were made by a law without any scatter do not give that law back.")
        .asks("Compute three losses by hand from a = 3, alpha = 0.3 and a floor of 0.5. What must the line be?"),
        truth("unit-matters", _another_unit)
        .right("The exponent does not depend on the unit in which sizes are counted.")
        .says("Counted in thousands, your sizes give another exponent.")
        .asks("Divided by 1,000, ln size is less by the same amount everywhere. What does that do to a slope?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
