"""Families of exercises whose check watches an answer at work."""

import inspect

from lmkit.check.banks.watching import seen_by


def seen_twice(add, first, second):
    return add(first, second), add(second, first)


def add(one, other, *, sign=1):
    return one + sign * other


def test_what_is_seen_is_that_of_the_answer_with_its_switches():
    family = seen_by(seen_twice, add)
    assert family(5, 3) == (8, 8) and family(5, 3, sign=-1) == (2, -2)


def test_a_family_takes_the_arguments_of_what_watches_and_has_the_name_of_the_answer():
    family = seen_by(seen_twice, add)
    assert list(inspect.signature(family).parameters) == ["first", "second"]
    assert (family.__name__, family.__module__) == ("add", __name__)
