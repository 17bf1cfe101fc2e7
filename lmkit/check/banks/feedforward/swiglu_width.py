"""Exercise: how many neurons a gated network may have at the same budget.

Check `swiglu_width(d_hidden, multiple_of) -> int`: neurons of a gated network at the budget of a usual one.

The usual one has two matrices and d_hidden neurons. The gated one has three matrices and may not have more;
its number of neurons is the largest multiple of `multiple_of` that allows that.
"""

import math
from collections.abc import Callable
from typing import Any

from lmkit.check.bank import Exercise, Probe, Probes, always, mistake


def width(
    d_hidden: int,
    multiple_of: int,
    *,
    share: Callable = lambda d_hidden: 2 * d_hidden / 3,
    whole: Callable = math.floor,
    unit: Callable = lambda multiple_of: multiple_of,
) -> int:
    """The largest multiple of `multiple_of` that is no more than 2/3 of d_hidden. The keywords are the switches."""
    step = unit(multiple_of)
    return step * whole(share(d_hidden) / step)


def probes(seed: int) -> Probes:
    """Multiples that do not divide the answer, and 1: rounding up, down and to the nearest differ somewhere."""
    return (
        Probe("without rounding to a multiple", (3 * (64 + seed) + 1, 1)),
        Probe("for a multiple just missed", (1024 + 3 * seed, 64)),
        Probe("for a multiple just passed", (1536 + 3 * seed, 100)),
        Probe("for few neurons", (1100 + 3 * seed, 64)),
        Probe("for many neurons", (4090 + seed, 128)),
        Probe("for an odd multiple", (779 + seed, 35)),
        Probe("for a budget that is met exactly", (96 * (9 + seed), 64)),
        Probe("for a budget below the multiple", (50 + seed, 64)),
        Probe("for millions of neurons", (3_000_002 + 3 * seed, 1)),
    )


def _fits_the_budget(args: tuple, found: Any) -> bool:
    """Three matrices of the new width are no larger than two of the old."""
    d_hidden, multiple_of = args
    return 2 * d_hidden - 3 * multiple_of < 3 * float(found) <= 2 * d_hidden


MISCONCEPTIONS = (
    mistake("same-width", share=lambda d_hidden: d_hidden)
    .says("You kept the number of neurons: with a third matrix, that is half as many weights again.")
    .asks("How many matrices of d_model by d_hidden has a network with a gate?"),
    mistake("one-third", share=lambda d_hidden: d_hidden / 3)
    .says("You took a third of the neurons: the gated network is then half as large as the other.")
    .asks("Three matrices must cost what two cost before. How wide may each be?"),
    mistake("half", share=lambda d_hidden: d_hidden / 2)
    .says("You took half of the neurons, as if there were four matrices.")
    .asks("Which matrices does SwiGLU have, and how many are they?"),
    mistake("three-halves", share=lambda d_hidden: 3 * d_hidden / 2)
    .says("You made the network wider, by three halves.")
    .asks("There is one matrix more. Must each become larger or smaller?"),
    mistake("eight-thirds-of-the-neurons", share=lambda d_hidden: 8 * d_hidden / 3)
    .says("You took 8/3 of d_hidden. The 8/3 of the books is about d_model, where d_hidden is 4 times that.")
    .asks("8/3 of d_model is what share of 4 times d_model?"),
    mistake("rounded-up", whole=math.ceil)
    .says("You rounded up to the next multiple: the budget is exceeded.")
    .asks("Which of two neighboring multiples costs no more than the network without a gate?"),
    mistake("rounded-to-the-nearest", whole=round)
    .says("You rounded to the nearest multiple: sometimes the budget is exceeded.")
    .asks("What happens where the nearest multiple lies above?"),
    mistake("multiple-ignored", unit=lambda multiple_of: 1)
    .says("You did not round to a multiple of `multiple_of`.")
    .asks("Which of the arguments does your code never use?"),
)

SWIGLU_WIDTH = Exercise(
    id="swiglu_width",
    title="The width of a gated network",
    family=width,
    returns={"number of neurons": ""},
    probes=probes,
    examples=((10, 1), (12, 1), (24, 5), (24, 6), (35, 6)),
    properties=(
        always("budget-missed", _fits_the_budget)
        .right("The gated network costs no more than the other, and hardly less.")
        .says("The gated network costs more than the other, or less than it might.")
        .asks("Count the weights of both for d_model = 10 and your width. Which is larger?"),
    ),
    misconceptions=MISCONCEPTIONS,
    styles=({}, {"share": lambda d_hidden: 2 * d_hidden // 3}),
)
