"""What an answer earns where it runs in the process that marks it. The tests of nbgrader and otter call this.

A test keeps the seed, so what is tried is not what the student could try.
"""

import io
from collections.abc import Callable
from contextlib import redirect_stderr
from operator import is_
from typing import Any

from lmkit import check
from lmkit.check.exercise import Exercise
from lmkit.check.judging import judge
from lmkit.check.report import Report

_latest: list[tuple[str, tuple[Any, ...], int, Report]] = []  # one at most: the parts of an answer come one by one


def points(exercise: str, *answers: Callable, seed: int, worth: int | float) -> float:
    """Print the report on an answer, and give its share of the points: what nbgrader takes as the mark of a cell."""
    report = report_on(exercise, answers, seed)
    print(report)
    return min(float(worth), round(worth * report.score, 6))  # more than the cell is worth is an error there


def earns(exercise: str, part: str, *answers: Callable, seed: int) -> bool:
    """True for an answer that is done, and for one that has this part right; a test case of otter gives all or nothing.

    Args:
        part: One of `parts_of`, or "done".
    """
    report = report_on(exercise, answers, seed)
    return report.ok or any(finding.ok and finding.says == part for finding in report.findings)


def parts_of(exercise: Exercise, seed: int) -> dict[str, float]:
    """What of an answer is counted, each with its share of the points, as `Report.score` adds them up.

    The last, "done", is for all of it.
    """
    report = judge(exercise, exercise.variant(), seed)
    shares = {finding.says: finding.worth for finding in report.findings if finding.worth}
    return {**shares, "done": 1 - sum(shares.values())}


def report_on(exercise: str, answers: tuple[Any, ...], seed: int) -> Report:
    """The report, made once for each answer. Nothing is written to stderr: nbgrader gives such a cell no points."""
    for name, judged, before, report in _latest:
        if (name, before, len(judged)) == (exercise, seed, len(answers)) and all(map(is_, judged, answers)):
            return report
    with redirect_stderr(io.StringIO()):
        report = getattr(check, exercise)(*answers, seed=seed)
    _latest[:] = [(exercise, answers, seed, report)]
    return report
