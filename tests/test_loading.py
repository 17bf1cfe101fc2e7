"""The annotations of lmkit are checked in every test: types, and shapes across the arguments of a call."""

from dataclasses import dataclass

import jaxtyping
import pytest
import torch
from beartype.roar import BeartypeCallHintViolation
from jaxtyping import Float, TypeCheckError
from torch import Tensor

from lmkit.inside.tracing import Trace
from lmkit.model import attention
from lmkit.text.storyworld import minimal_pairs
from tests.loading import checked, checked_anew

Row = Float[Tensor, "n"]


def test_a_function_of_lmkit_refuses_another_type_and_another_shape():
    with pytest.raises(BeartypeCallHintViolation):
        minimal_pairs("possession", "3")
    with pytest.raises(TypeCheckError):
        attention.split_heads(torch.zeros(2), 1)


def test_a_dataclass_of_lmkit_refuses_another_type():
    with pytest.raises((BeartypeCallHintViolation, TypeCheckError)):
        Trace(**dict.fromkeys(Trace.__dataclass_fields__, 3))


def test_axes_of_one_name_must_be_equally_long_wherever_they_stand():
    @checked
    def add(one: Row, others: list[Row] | None = None) -> Row:
        return one

    assert torch.equal(add(torch.zeros(3), [torch.zeros(3)]), torch.zeros(3))
    with pytest.raises(TypeCheckError):
        add(torch.zeros(3), [torch.zeros(2)])


def test_a_function_that_is_made_anew_is_checked_each_time_and_keeps_what_it_knows():
    def adds(more):
        @checked_anew
        def add(row: Row, others: list[Row], times: int = 1) -> Row:
            return row + more * times if times else others

        return add

    one, ten = adds(1), adds(10)
    row = torch.zeros(2)
    assert [one(row, [])[0], ten(row, [])[0], one(row, [row], times=3)[0]] == [1, 10, 3]
    for wrong in ((row, [torch.zeros(3)]), (row, [], "2"), (row, [], 0)):
        with pytest.raises(TypeCheckError):
            one(*wrong)
    assert ten(row, [])[0] == 10


def test_what_comes_back_is_checked_too():
    @checked
    def name(number: int) -> str:
        return number

    with pytest.raises(BeartypeCallHintViolation):
        name(3)


def test_the_axes_of_a_dataclass_must_fit_each_other():
    @checked
    @dataclass
    class Pair:
        one: Row
        other: Row

    Pair(torch.zeros(3), torch.zeros(3))
    with pytest.raises(TypeCheckError):
        Pair(torch.zeros(3), torch.zeros(2))


def test_where_the_checks_are_disabled_lmkit_says_itself_what_is_wrong(monkeypatch):
    monkeypatch.setattr(jaxtyping.config, "jaxtyping_disable", True)
    with pytest.raises(ValueError, match="there are no pairs of kind 3; choose one of"):
        minimal_pairs(3, 1)
