"""Exercise: three numbers of a classifier leave no choice for the fourth.

Check `implied_fpr(base_rate, predictive_value, false_negative_rate)`: the false positive rate that follows from them.

All are shares: of class 1 among all; of class 1 among the chosen; of those not chosen among class 1.
"""

import math
from collections.abc import Callable
from typing import Any

from lmkit.check.bank import FINITE, Exercise, Probe, Probes, always, mistake, truth


def rate(
    base_rate: float,
    predictive_value: float,
    false_negative_rate: float,
    *,
    odds: Callable = lambda p: p / (1 - p),
    against: Callable = lambda v: (1 - v) / v,
    found: Callable = lambda missed: 1 - missed,
) -> float:
    """p / (1 - p) times (1 - PPV) / PPV times (1 - FNR). The keywords are the switches."""
    return odds(base_rate) * against(predictive_value) * found(false_negative_rate)


def probes(seed: int) -> Probes:
    """Rare and common, sure and less sure."""
    shift = seed / 1000
    return (
        Probe("for a rare class", (0.2 + shift, 0.7, 0.3)),
        Probe("for a common class", (0.6 + shift, 0.85, 0.1)),
        Probe("when many are missed", (0.3 + shift, 0.55, 0.8)),
        Probe("when few are missed", (0.45 + shift, 0.9, 0.05)),
    )


def _fits_a_table(args: tuple, found: Any) -> bool:
    """In a table with these numbers, the false positives are as many as the rate says."""
    p, value, missed = args
    true_positive = p * (1 - missed)
    false_positive = float(found) * (1 - p)
    return math.isclose(true_positive / (true_positive + false_positive), value, abs_tol=1e-4)


def _no_wrong_choice_is_zero(solve: Callable, probes: Probes) -> bool:
    nearly = 1 - 1e-7
    return all(abs(float(solve(p, nearly, missed)[0])) < 1e-4 for p, _, missed in (probe.args for probe in probes))


def _a_more_common_class_has_more(solve: Callable, probes: Probes) -> bool:
    return float(solve(0.4, 0.8, 0.2)[0]) > float(solve(0.2, 0.8, 0.2)[0])


MISCONCEPTIONS = (
    mistake("rate-for-odds", odds=lambda p: p)
    .says("You took the base rate itself, where its odds belong.")
    .asks("Among how many people can a false positive be, if p is the share of class 1?"),
    mistake("odds-inverted", odds=lambda p: (1 - p) / p)
    .says("Your odds of the base rate stand upside down.")
    .asks("If class 1 becomes more common, do the false positives fall on more people of class 0, or on fewer?"),
    mistake("odds-forgotten", odds=lambda p: 1.0)
    .says("The base rate has no part in your number. The whole theorem is about its part.")
    .asks("Two groups differ in their base rate only. Can their false positive rates be the same?"),
    mistake("value-inverted", against=lambda v: v / (1 - v))
    .says("You divided the right choices by the wrong ones; it is the other way round.")
    .asks("If all the chosen are of class 1, how large is the false positive rate?"),
    mistake("value-not-divided", against=lambda v: 1 - v)
    .says("You took the share of wrong choices among the chosen; it must be divided by that of the right ones.")
    .asks("For each true positive, how many false ones are there if the predictive value is 0.8?"),
    mistake("value-itself", against=lambda v: v)
    .says("You multiplied by the predictive value.")
    .asks("If the chosen are better chosen, and the rest stays, are the false positives more or fewer?"),
    mistake("missed-for-found", found=lambda missed: missed)
    .says("You took the share of class 1 that is missed, where the share that is found belongs.")
    .asks("If all of class 1 are missed, is anybody chosen?"),
    mistake("missed-forgotten", found=lambda missed: 1.0)
    .says("The false negative rate has no part in your number.")
    .asks("A classifier that chooses half as many, equally well: does its false positive rate stay?"),
    mistake("missed-divides", found=lambda missed: 1 / (1 - missed))
    .says("You divided by the share that is found.")
    .asks("If more of class 1 are found, and the chosen are as good, are the false positives more or fewer?"),
)

IMPLIED_FPR = Exercise(
    id="implied_fpr",
    title="What follows from three numbers",
    family=rate,
    returns={"false positive rate": ""},
    probes=probes,
    examples=((0.5, 0.8, 0.2), (0.25, 0.5, 0.5), (0.2, 0.8, 0.5)),
    properties=(
        FINITE,
        always("fits-no-table", _fits_a_table)
        .right("A confusion matrix with these four numbers exists.")
        .says("There is no confusion matrix with these three numbers and your fourth one.")
        .asks("Of 100 people, how many are true positives, and how many false ones? Do they fit the PPV?"),
        truth("wrong-choices-from-nothing", _no_wrong_choice_is_zero)
        .right("Where all the chosen are of class 1, it is 0.")
        .says("All the chosen are of class 1, and yet your false positive rate is not 0.")
        .asks("Which factor must vanish when the predictive value is 1?"),
        truth("base-rate-has-no-part", _a_more_common_class_has_more)
        .right("With a higher base rate it is higher.")
        .says("With a higher base rate, and the two others as they were, your number does not rise.")
        .asks("Where does the base rate stand in your formula?"),
    ),
    misconceptions=MISCONCEPTIONS,
)
