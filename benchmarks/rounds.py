"""Fair timing: all candidates in one process, taking turns, and each compared with its neighbors in time.

A machine is now faster, now slower. In a round every candidate runs once, so a slow moment meets all of them; the
order is shuffled each round, so that none always follows the same other. A factor is formed within each round, and the
median over the rounds is reported with its quartiles. Time is CPU time, in which waiting for another program does not
count, unless the work is done by another process.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from tqdm import tqdm

Times = dict[str, list[float]]


def cpu_seconds(run: Callable[[], object]) -> float:
    """Say how long the processor worked on one run, all threads together."""
    before = time.process_time()
    run()
    return time.process_time() - before


def clock_seconds(run: Callable[[], object]) -> float:
    """Say how long one run took, where the work is done by another process, such as a browser."""
    before = time.perf_counter()
    run()
    return time.perf_counter() - before


def take_turns(
    candidates: dict[str, Callable[[], object]],
    rounds: int,
    what: str,
    seconds: Callable[[Callable[[], object]], float] = cpu_seconds,
) -> Times:
    """Give the seconds of every candidate in every round, CPU seconds unless told otherwise, but of a first run."""
    order = list(candidates)
    shuffle = random.Random(0).shuffle
    times: Times = {name: [] for name in order}
    for run in candidates.values():
        run()
    for _ in tqdm(range(rounds), desc=what, file=sys.stdout):
        shuffle(order)
        for name in order:
            times[name].append(seconds(candidates[name]))
    return times


def quartiles(values: Sequence[float]) -> list[float]:
    """Give the lower quartile, the median and the upper quartile; between two values in proportion."""
    if len(values) == 1:
        return [values[0]] * 3
    return statistics.quantiles(values, n=4, method="inclusive")


def factor(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """Say how many times `one` is in `other`, round by round: quartiles of the ratios."""
    return quartiles([theirs / ours for ours, theirs in zip(one, other, strict=True)])


def rates(times: Times, amount: float) -> dict[str, list[float]]:
    """Say how much of an amount each candidate does in a second: quartiles."""
    return {name: quartiles([amount / seconds for seconds in measured]) for name, measured in times.items()}


def factors(times: Times, base: str) -> dict[str, list[float]]:
    """Say how many times as fast as `base` each candidate is: quartiles."""
    return {name: factor(measured, times[base]) for name, measured in times.items()}
