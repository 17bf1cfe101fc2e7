"""The form that all banks take, and the checks that are made from it."""

import inspect
import sys

import pytest
import torch
from torch import nn

from lmkit import check
from lmkit.check import EXERCISES
from lmkit.check.bank import Draws, Probe, Stopped, always, hides, mistake, notes, one, truth, twin

CHECKS = pytest.mark.parametrize("name", EXERCISES)


def stub(*_):
    raise NotImplementedError


@CHECKS
def test_the_docstring_of_a_bank_is_that_of_its_check(name):
    bank = sys.modules[EXERCISES[name].family.__module__]
    assert bank.__doc__.startswith("Exercise: ") and getattr(check, name).__doc__ == bank.__doc__


@CHECKS
def test_a_check_takes_its_answers_and_a_seed_by_place_and_by_name(name):
    asked = getattr(check, name)
    *answers, seed = inspect.signature(asked).parameters
    assert seed == "seed" and answers and asked.__name__ == EXERCISES[name].id == name
    stubs = [stub] * len(answers)
    by_place = asked(*stubs, 1)
    by_name = asked(**dict(zip(answers, stubs, strict=True)), seed=1)
    assert str(by_place) == str(by_name) and by_place.codes == ("not-done-yet",)


@CHECKS
def test_a_check_without_its_answer_is_an_error(name):
    with pytest.raises(TypeError, match="missing a required argument"):
        getattr(check, name)()


def test_a_check_of_two_functions_refuses_either_of_them_when_it_is_none():
    assert check.split_heads(print, 3).codes == check.split_heads(3, print).codes == ("not-a-function",)


def test_a_mistake_has_its_switches_and_its_two_sentences():
    known = mistake("too-soft", size=1.5, code=None).says("It is soft.").asks("How soft?")
    assert (known.code, known.says, known.asks) == ("too-soft", "It is soft.", "How soft?")
    assert known.wrong == {"size": 1.5, "code": None}


@pytest.mark.parametrize("unfinished", [mistake("a", b=1), truth("a", all).says("b"), always("a", all).right("b")])
def test_a_mistake_or_a_truth_without_all_its_sentences_is_an_error(unfinished):
    with pytest.raises(TypeError, match="missing"):
        unfinished.asks("Is it whole?")


def test_what_one_mistake_hides_is_a_twin_for_each_two():
    twins = hides("a b", "c d", because="of it")
    assert {(each.pair, each.seen_as) for each in twins} == {((x, y), (x,)) for x in "ab" for y in "cd"}
    assert twin("a b", seen_as="c d", because="of it").pair == ("a", "b")


def test_always_asks_of_every_probe_what_was_noted():
    entry = always("not-still", notes("stands", "still")).right("It does.").says("It does not.").asks("Why?")
    probes = Probe("", ("stands",)), Probe("", ("moves",))
    assert entry.holds(lambda word: (torch.zeros(1), ["still"], [word]), probes[:1])
    assert not entry.holds(lambda word: (torch.zeros(1), ["still"], [word]), probes)


def test_one_value_is_demanded_and_its_kind_as_well():
    layer = nn.Linear(1, 1)
    assert one(layer, nn.Module, "a module of torch") is layer and one("anything") == "anything"
    for returned, code in ((None, "not-done-yet"), (3, "wrong-type")):
        with pytest.raises(Stopped) as stopped:
            one(returned, nn.Module, "a module of torch")
        assert stopped.value.finding.code == code


@pytest.mark.parametrize(
    "draw", [lambda d: d.normal(3), lambda d: d.uniform(3), lambda d: d.whole(0, 99, 3), lambda d: d.order(9)]
)
def test_draws_are_the_same_for_the_same_seed_whatever_torch_does_by_default(draw):
    first = draw(Draws(1))
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        again = draw(Draws(1))
    finally:
        torch.set_default_dtype(before)
    assert torch.equal(first, again) and first.dtype == again.dtype
    assert not torch.equal(first, draw(Draws(2)))
