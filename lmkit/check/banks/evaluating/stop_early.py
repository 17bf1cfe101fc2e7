"""Exercise: when a training stops, which epoch is kept, and which number may be reported.

Check `stop_early(valid, test, patience) -> (epoch, share)`.

`valid` and `test` are lists: the share of right answers after each epoch. Training stops when `patience` epochs in
a row were not better than the best one before them. Wanted are the best epoch until then by `valid`, the first of
equals, counted from 0, and its share on the test.
"""

import math
import operator
from collections.abc import Callable
from typing import Any

from lmkit.check.bank import Exercise, Probe, Probes, always, hides, mistake, truth

Shares = list[float]  # of right answers, after each epoch


def stop(
    valid: Shares,
    test: Shares,
    patience: int,
    *,
    watched: Callable = lambda valid, test: valid,
    is_better: Callable = operator.gt,
    waits: Callable = lambda patience: patience,
    compared: Callable = lambda shares, epoch, best: shares[best],
    after_a_better_one: Callable = lambda idle: 0,
    kept: Callable = lambda best, last: best,
    reported: Callable = lambda valid, test, epoch, last: test[epoch],
    counted: Callable = lambda epoch: epoch,
) -> tuple[int, float]:
    """The best epoch on validation before patience is over, and what the test says of it. The keywords are switches."""
    shares, best, last, idle = watched(valid, test), 0, 0, 0
    for last in range(1, len(shares)):
        better = is_better(shares[last], compared(shares, last, best))
        idle = after_a_better_one(idle) if better else idle + 1
        best = last if is_better(shares[last], shares[best]) else best
        if idle >= waits(patience):
            break
    epoch = kept(best, last)
    return counted(epoch), reported(valid, test, epoch, last)


def probes(seed: int) -> Probes:
    """Stopped in time, never, at once; ties; a slow recovery; a better epoch too late."""
    shift = seed / 1000

    def of(says: str, valid: Shares, test: Shares, patience: int) -> Probe:
        return Probe(says, ([share + shift for share in valid], [share - shift for share in test], patience))

    return (
        of(
            "when it stops before a later, better epoch",
            [0.55, 0.61, 0.72, 0.71, 0.69, 0.70, 0.91, 0.93],
            [0.52, 0.66, 0.68, 0.74, 0.63, 0.62, 0.92, 0.94],
            2,
        ),
        of(
            "when it recovers, but not to its best",
            [0.50, 0.74, 0.60, 0.64, 0.68, 0.85, 0.86],
            [0.51, 0.70, 0.73, 0.66, 0.65, 0.81, 0.84],
            3,
        ),
        of(
            "when it never has to stop",
            [0.51, 0.58, 0.55, 0.64, 0.62, 0.69, 0.67, 0.71],
            [0.53, 0.55, 0.60, 0.67, 0.58, 0.68, 0.63, 0.66],
            2,
        ),
        of("when epochs are equally good", [0.6, 0.7, 0.7, 0.65, 0.7, 0.9], [0.58, 0.71, 0.69, 0.75, 0.64, 0.87], 2),
        of("when the first epoch is the best", [0.8, 0.75, 0.78, 0.7, 0.72], [0.77, 0.79, 0.76, 0.81, 0.73], 4),
        of("when the best comes twice", [0.56, 0.73, 0.64, 0.73, 0.69], [0.57, 0.70, 0.78, 0.78, 0.66], 3),
        of(
            "when it goes up and down",
            [0.5, 0.66, 0.6, 0.63, 0.58, 0.57, 0.75, 0.7, 0.72, 0.69, 0.67, 0.66, 0.9],
            [0.5, 0.67, 0.64, 0.66, 0.61, 0.69, 0.59, 0.73, 0.71, 0.7, 0.69, 0.62, 0.88],
            2,
        ),
        of("with a patience of one", [0.62, 0.63, 0.61, 0.66, 0.71], [0.6, 0.59, 0.67, 0.64, 0.68], 1),
    )


def _reports_what_the_test_says_of_its_epoch(args: tuple, epoch: Any, share: Any) -> bool:
    _, test, _ = args
    return float(epoch) in range(len(test)) and math.isclose(float(share), test[int(epoch)], rel_tol=1e-6)


def _the_test_chooses_nothing(solve: Callable, probes: Probes) -> bool:
    chosen = [(solve(*p.args)[0], solve(p.args[0], p.args[1][::-1], p.args[2])[0]) for p in probes]
    return all(float(one) == float(other) for one, other in chosen)


def _what_comes_after_is_not_seen(solve: Callable, probes: Probes) -> bool:
    (epoch, _) = solve([0.6, 0.7, 0.5, 0.5, 0.99], [0.6, 0.6, 0.6, 0.6, 0.99], 2)
    return float(epoch) < 4


MISCONCEPTIONS = (
    mistake("chosen-by-the-test", watched=lambda valid, test: test)
    .says("The test set decides when you stop and which epoch you keep.")
    .asks("If the largest of many noisy numbers is reported, is it too large or too small on average?"),
    mistake("equals-count-as-better", is_better=operator.ge)
    .says("An epoch that is as good as the best one so far counts for you as a better one.")
    .asks("Of two epochs that are equally good, which one had less time to overfit?"),
    mistake("one-epoch-too-long", waits=lambda patience: patience + 1)
    .says("You wait for one epoch more than patience allows.")
    .asks("With a patience of 1, how many epochs without a better one may there be?"),
    mistake("never-stops", waits=lambda patience: math.inf)
    .says("You look at all epochs. Those after the stop would never have been trained.")
    .asks("What does a loop need, to be left before its end?"),
    mistake("better-than-the-one-before", compared=lambda shares, epoch, best: shares[epoch - 1])
    .says("You compare with the epoch before, so that a slow recovery looks like progress.")
    .asks("After 0.74, are 0.60, 0.64 and 0.68 three epochs that are better, or three that are not?"),
    mistake("not-in-a-row", after_a_better_one=lambda idle: idle)
    .says("You count all epochs that were not better, also those that lie before a better one.")
    .asks("After a new best epoch, how much patience is left?"),
    mistake("last-epoch-kept", kept=lambda best, last: last)
    .says("You keep the epoch at which training stopped.")
    .asks("Why did it stop there: since this epoch was so good, or since several were not?"),
    mistake("validation-reported", reported=lambda valid, test, epoch, last: valid[epoch])
    .says("You report what validation says of the epoch. It was chosen by that very number.")
    .asks("Which set has had no say in anything yet?"),
    mistake("best-of-the-test-reported", reported=lambda valid, test, epoch, last: max(test[: last + 1]))
    .says("You report the best share that the test set ever showed, not the one of the epoch that you keep.")
    .asks("Whoever uses your model gets one epoch. Which one?"),
    mistake("counted-from-one", counted=lambda epoch: epoch + 1)
    .says("You count the epochs from 1.")
    .asks("What number has the first entry of a list?"),
)

STOP_EARLY = Exercise(
    id="stop_early",
    title="Stop early, report honestly",
    family=stop,
    returns={"epoch": "", "share": ""},
    probes=probes,
    examples=(
        ([0.6, 0.7, 0.7], [0.5, 0.6, 0.8], 1),
        ([0.6, 0.5, 0.7], [0.5, 0.6, 0.8], 1),
        ([0.7, 0.5, 0.6, 0.8], [0.5, 0.6, 0.7, 0.8], 2),
        ([0.6, 0.7, 0.8], [0.5, 0.7, 0.6], 2),
    ),
    properties=(
        always("another-epochs-number", _reports_what_the_test_says_of_its_epoch)
        .right("What it reports is what the test says of the epoch that it keeps.")
        .says("The share that you report is not what the test says of the epoch that you keep.")
        .asks("Which list do you read it from, and at which place?"),
        truth("the-test-chooses", _the_test_chooses_nothing)
        .right("Whatever the test says, the same epoch is kept.")
        .says("With other numbers on the test you keep another epoch.")
        .asks("In which line of your function does the test decide anything?"),
        truth("looks-ahead", _what_comes_after_is_not_seen)
        .right("An epoch after the stop is never kept.")
        .says("You keep an epoch that comes after the stop, and would not have been trained.")
        .asks("At which epoch is your loop left?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "never-stops",
            "better-than-the-one-before not-in-a-row",
            because="Who never stops need not know how many epochs brought nothing.",
        ),
        *hides(
            "chosen-by-the-test",
            "best-of-the-test-reported",
            because="The epoch that is best on the test is the one that is reported then.",
        ),
    ),
)
