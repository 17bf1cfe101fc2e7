"""What passes between two processes arrives as it was; anything else is refused, and never run."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from lmkit.classroom import wire
from lmkit.classroom.wire import HEAD, Garbled

DTYPES = [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool]

plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
values = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.sets(st.text() | st.tuples(st.integers()))
        | st.dictionaries(st.text() | st.tuples(st.binary()), inner)
    ),
    max_leaves=6,
)


def received(message, imported=None):
    text, _ = wire.length_of(message[: HEAD.size])
    rest = message[HEAD.size :]
    return wire.unpacked(rest[:text], rest[text:], imported)


@given(value=values)
def test_what_is_no_tensor_arrives_as_it_was(value):
    assert received(wire.packed(value)) == value


@pytest.mark.parametrize("shape", [(), (3,), (2, 0, 4), (2, 3, 4)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_tensor_arrives_as_it_was(dtype, shape):
    value = torch.arange(24)[: torch.Size(shape).numel()].reshape(shape).to(dtype)
    arrived, text = received(wire.packed([value.mT if len(shape) > 2 else value, "after it"]))
    assert arrived.dtype == dtype and torch.equal(arrived, value.mT if len(shape) > 2 else value)
    assert text == "after it"


def test_numbers_that_are_not_finite_arrive():
    value = torch.tensor([float("inf"), float("nan"), -0.0])
    assert received(wire.packed(value)).numpy().tobytes() == value.numpy().tobytes()
    assert received(wire.packed(float("-inf"))) == float("-inf")


def test_that_a_tensor_trains_is_told():
    weight = nn.Parameter(torch.ones(2))
    assert received(wire.packed(weight)).requires_grad and not received(wire.packed(torch.ones(2))).requires_grad


def test_arrays_of_numpy_arrive_as_such():
    arrived = received(wire.packed([np.array([[1, 2]]), np.float64(0.5), np.array([True])]))
    assert [type(each) for each in arrived] == [np.ndarray, np.float64, np.ndarray]
    assert arrived[0].tolist() == [[1, 2]] and arrived[1] == 0.5 and arrived[2].dtype == bool


class Widget:
    """No program of the other side knows it."""

    def __reduce__(self):
        raise AssertionError("it was pickled")


@pytest.mark.parametrize("value", [Widget(), torch.ones(2).to_sparse(), np.array([Widget()])])
def test_of_anything_else_only_the_kind_arrives(value):
    arrived = received(wire.packed(value))
    assert type(arrived).__name__ == type(value).__name__ and not vars(arrived)
    assert type(arrived) is not type(value)


def test_a_function_arrives_as_its_number():
    kept = []
    message = wire.packed([len], lambda function: kept.append(function) or 7)
    assert kept == [len] and received(message, {7: max}.__getitem__) == [max]


@given(data=st.data(), value=values)
def test_a_message_with_a_mistake_is_refused_or_is_another_value(data, value):
    """Wherever a byte is changed, nothing comes of it but `Garbled`, or a value that can be sent as any other."""
    message = bytearray(wire.packed([value, torch.ones(3)]))
    place = data.draw(st.integers(HEAD.size, len(message) - 1))
    message[place] = data.draw(st.integers(0, 255))
    try:
        arrived = received(bytes(message))
    except Garbled:
        return
    sent_on = wire.packed(arrived)
    assert wire.packed(received(sent_on)) == sent_on


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"7",
        b'["plain", [1]]',
        b'["tensor", "float32", [2], 4, false]',
        b'["tensor", "float32", [-1], 4, false]',
        b'["tensor", "float32", [1099511627776, 4], 8, false]',
        b'["tensor", "load", [1], 4, false]',
        b'["dict", [[["list", []], ["plain", 1]]]]',
        b'["__init__", "more", null]',
        b'["_init__", "more", null]',
        b'["function", 0]',
        b'["thing", 5, 6]',
        b"[" * 100_000,
    ],
)
def test_a_wrong_description_is_refused(text):
    with pytest.raises(Garbled):
        wire.unpacked(text, b"1234")


def test_what_is_too_long_is_neither_sent_nor_read(monkeypatch):
    monkeypatch.setattr(wire, "MOST", 1000)
    with pytest.raises(Garbled):
        wire.packed(torch.ones(1000))
    with pytest.raises(Garbled):
        wire.length_of(HEAD.pack(600, 600))
    assert wire.length_of(HEAD.pack(400, 600)) == (400, 600)
