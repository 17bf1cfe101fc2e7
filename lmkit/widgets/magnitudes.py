"""Numbers of attention heads that are no shares, and rows too long to be sent whole, as bytes for the page.

A number x between -1 and 1 becomes the signed byte sign(x) round(127 sqrt|x|), within 0.008 of x. Where there are
negative numbers in none of the rows, it is the byte of a share, as in `encoding`, within 0.004.
Of a row of more than MOST_KEYS keys only its TOP largest are sent: for each, two bytes that say which key, and one
that says how much.
"""

import numpy as np
from jaxtyping import Float, Int, UInt8

from lmkit.widgets.encoding import decode, encode

MOST_KEYS, TOP = 256, 16
_Heads = Float[np.ndarray, "layer head query key"]


def top_of(n_keys: int) -> int:
    """How many keys of a row are sent, where not all are; 0 for all."""
    return TOP if n_keys > MOST_KEYS else 0


def pack(numbers: _Heads, shape: dict, signed: bool = False) -> bytes:
    """The bytes of numbers between -1 and 1, or 0 and 1 unless signed; `shape` is that of the figure."""
    if shape.get("top"):
        return _pack_largest(numbers, shape["top"], signed)
    if not signed:
        return encode(numbers, shape["causal"])
    levels = _levels(numbers, signed)
    if shape["causal"]:
        n = levels.shape[-1]
        levels = levels.reshape(-1, n * n)[:, np.flatnonzero(np.tri(n, dtype=bool))]
    return levels.tobytes()


def unpack(data: bytes, shape: dict, signed: bool = False) -> _Heads:
    """The numbers behind `pack`; where a row was not sent whole, 0 for the rest of it."""
    if shape.get("top"):
        return _unpack_largest(data, shape, signed)
    if not signed:
        return decode(data, shape)
    shares = np.frombuffer(data, np.int8)
    positive, negative = (np.where(sign * shares > 0, np.abs(shares.astype(int)), 0) for sign in (1, -1))
    square = [decode(one.astype(np.uint8).tobytes(), shape) for one in (positive, negative)]
    return (square[0] - square[1]) * np.float32((255 / 127) ** 2)


def _levels(numbers: Float[np.ndarray, "..."], signed: bool) -> UInt8[np.ndarray, "..."]:
    steps = np.sqrt(np.minimum(np.abs(numbers), 1.0))
    if not signed:
        return np.rint(255 * steps).astype(np.uint8)
    return np.rint(127 * np.sign(numbers) * steps).astype(np.int8).view(np.uint8)


def _pack_largest(numbers: _Heads, top: int, signed: bool) -> bytes:
    keys = _largest(numbers, top)
    levels = _levels(np.take_along_axis(numbers, keys, axis=-1), signed)
    return np.stack([keys & 255, keys >> 8, levels], axis=-1).astype(np.uint8).tobytes()


def _largest(numbers: _Heads, top: int) -> Int[np.ndarray, "layer head query best"]:
    """The keys of the largest numbers of each row, whatever their signs, in the order of the keys."""
    return np.sort(np.argpartition(-np.abs(numbers), top - 1, axis=-1)[..., :top], axis=-1)


def _unpack_largest(data: bytes, shape: dict, signed: bool) -> _Heads:
    axes = [shape[axis] for axis in ("layers", "heads", "queries", "keys")]
    low, high, levels = np.moveaxis(np.frombuffer(data, np.uint8).reshape(*axes[:3], shape["top"], 3), -1, 0)
    steps = levels.view(np.int8) / 127 if signed else levels / 255
    numbers = np.zeros(axes, dtype=np.float32)
    keys = low.astype(int) + 256 * high.astype(int)
    np.put_along_axis(numbers, keys, (np.sign(steps) * steps**2).astype(np.float32), axis=-1)
    return numbers
