"""Reports on the known mistakes, which several tests read: each is made once in a process."""

from functools import cache

from lmkit.check import EXERCISES
from lmkit.check.judging import judge


def report_on(exercise, mistakes=(), seed=0):
    """The report on the answer that makes these mistakes and no other."""
    return _report_on(exercise.id, tuple(mistake.code for mistake in mistakes), seed)


@cache
def _report_on(name, codes, seed):
    exercise = EXERCISES[name]
    mistakes = tuple(mistake for mistake in exercise.misconceptions if mistake.code in codes)
    return judge(exercise, exercise.variant(mistakes), seed)
