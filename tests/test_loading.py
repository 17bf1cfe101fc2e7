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
from tests.loading import checked

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
