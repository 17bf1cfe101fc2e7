"""What may pass between a student's program and the one that marks it: numbers, texts, and rows of them.

A message is a length, a description in JSON, and the bytes of its tensors. Nothing in it is ever run: no pickle, no
archive to unpack, no name to import. What cannot be told so arrives as a thing of which only the kind is known.
"""

import json
import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

MOST = 64 << 20  # bytes in one message: the cases are small, and so are right answers
HEAD = struct.Struct("<II")  # bytes of the description, bytes of the tensors
TYPES = {str(each).removeprefix("torch."): each for each in vars(torch).values() if isinstance(each, torch.dtype)}


class Garbled(BaseException):
    """What came is no message, or too long for one. No `Exception`: no check goes on after it."""


def packed(value: Any, export: Callable[[Callable], int] | None = None) -> bytes:
    """The message for a value.

    Args:
        export: Keeps a function and gives its number, by which the other side may call it.

    Raises:
        Garbled: It is longer than `MOST` bytes.
    """
    raw: list[bytes] = []
    text = json.dumps(_described(value, raw, export)).encode()
    body = b"".join(raw)
    if len(text) + len(body) > MOST:
        raise Garbled(f"more than {MOST >> 20} MB")
    return HEAD.pack(len(text), len(body)) + text + body


def length_of(head: bytes) -> tuple[int, int]:
    """How many bytes of description and of tensors follow this head.

    Raises:
        Garbled: More than `MOST`.
    """
    text, body = HEAD.unpack(head)
    if text + body > MOST:
        raise Garbled(f"more than {MOST >> 20} MB")
    return text, body


def unpacked(text: bytes, body: bytes, imported: Callable[[int], Callable] | None = None) -> Any:
    """The value of a message.

    Raises:
        Garbled: It is none.
    """
    try:
        return _Reader(body, imported).value(json.loads(text))
    except (ValueError, TypeError, KeyError, IndexError, RuntimeError, AttributeError, RecursionError) as error:
        raise Garbled(f"no message: {type(error).__name__}") from None


def _described(value: Any, raw: list[bytes], export: Callable[[Callable], int] | None) -> list:
    def again(each: Any) -> list:
        return _described(each, raw, export)

    if value is None or type(value) in (bool, int, float, str):
        return ["plain", value]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    if isinstance(value, tuple | list):
        return ["tuple" if isinstance(value, tuple) else "list", [again(each) for each in value]]
    if isinstance(value, set):
        return ["set", [again(each) for each in value]]
    if isinstance(value, dict):
        return ["dict", [[again(key), again(each)] for key, each in value.items()]]
    if type(value) in (Tensor, nn.Parameter) and _can_be_read(value):
        return ["tensor", *_laid_down(value.detach(), raw), value.requires_grad]
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biuf" and value.dtype.itemsize <= 8:
        return ["array", *_laid_down(torch.tensor(value.tolist(), dtype=_type_of(value)), raw), value.ndim > 0]
    if export and callable(value):
        return ["function", export(value)]
    return ["thing", type(value).__name__[:40]]


def _can_be_read(value: Tensor) -> bool:
    odd = value.is_nested or value.is_meta or value.layout is not torch.strided or value.is_quantized
    return not odd and str(value.dtype).removeprefix("torch.") in TYPES


def _type_of(value: np.ndarray | np.generic) -> torch.dtype:
    return torch.from_numpy(np.zeros(1, value.dtype.newbyteorder("="))).dtype


def _laid_down(value: Tensor, raw: list[bytes]) -> list:
    flat = value.cpu().resolve_conj().resolve_neg().contiguous().flatten()
    raw.append(flat.view(torch.uint8).numpy().tobytes() if len(flat) else b"")
    return [str(value.dtype).removeprefix("torch."), list(value.shape), len(raw[-1])]


class _Reader:
    """Reads a description, whatever it is, and takes from the bytes what belongs to each tensor, in order."""

    def __init__(self, body: bytes, imported: Callable[[int], Callable] | None) -> None:
        self.body, self.place, self.imported = body, 0, imported

    def value(self, described: Any) -> Any:
        """What is described."""
        kind, *rest = described
        return KINDS[kind](self, *rest)

    def _plain(self, value: Any) -> Any:
        if value is not None and not isinstance(value, bool | int | float | str):
            raise ValueError
        return value

    def _bytes(self, text: Any) -> bytes:
        return bytes.fromhex(text)

    def _list(self, entries: Any) -> list:
        return [self.value(each) for each in entries]

    def _tuple(self, entries: Any) -> tuple:
        return tuple(self._list(entries))

    def _set(self, entries: Any) -> set:
        return set(self._list(entries))

    def _dict(self, entries: Any) -> dict:
        return {self.value(key): self.value(each) for key, each in entries}

    def _tensor(self, dtype: Any, shape: Any, size: Any, trains: Any) -> Tensor:
        part = bytearray(self.body[self.place : self.place + size])
        self.place += size
        if min(shape, default=1) < 0 or len(part) != math.prod(shape) * TYPES[dtype].itemsize:
            raise ValueError
        if not part:
            return torch.empty(shape, dtype=TYPES[dtype])
        numbers = torch.frombuffer(part, dtype=torch.uint8)
        numbers = numbers != 0 if dtype == "bool" else numbers.view(TYPES[dtype])
        return numbers.reshape(shape).requires_grad_(bool(trains) and numbers.is_floating_point())

    def _array(self, dtype: Any, shape: Any, size: Any, has_axes: Any) -> np.ndarray | np.generic:
        array = self._tensor(dtype, shape, size, False).numpy()
        return array if has_axes else array[()]

    def _function(self, number: Any) -> Callable:
        return self.imported(int(number))

    def _thing(self, name: Any) -> Any:
        return type(str(name), (), {})()


KINDS = {
    "plain": _Reader._plain,
    "bytes": _Reader._bytes,
    "list": _Reader._list,
    "tuple": _Reader._tuple,
    "set": _Reader._set,
    "dict": _Reader._dict,
    "tensor": _Reader._tensor,
    "array": _Reader._array,
    "function": _Reader._function,
    "thing": _Reader._thing,
}
