"""What the tests of answers from class share: two lists of answers, and which causes a report names."""

import pytest

from lmkit.check import EXERCISES


def two_lists():
    """A list for right answers and one for wrong ones, and the decorators that fill them."""
    rights, wrongs = [], []

    def keep(answers, exercise, answer, *causes):
        answers.append(pytest.param(exercise, answer, *causes, id=f"{exercise}-{answer.__name__}"))
        return answer

    def right(exercise):
        return lambda answer: keep(rights, exercise, answer)

    def wrong(exercise, *causes):
        """The causes are those that are true of the answer."""
        return lambda answer: keep(wrongs, exercise, answer, causes)

    return rights, wrongs, right, wrong


def causes_in(report):
    """The codes that name a cause: not those of violated properties, nor that none is known."""
    properties = {known.code for known in EXERCISES[report.exercise].properties}
    return tuple(code for code in report.codes if code not in properties | {"unrecognized"})
