"""What came back from a function that a bank calls by itself."""

from typing import Any

from lmkit.check import general
from lmkit.check.calling import Stopped, unpacked


def one(returned: Any, kind: type | tuple[type, ...] = object, says: str = "") -> Any:
    """The single value that came back. `says` completes "wanted: …" where it is not of this kind.

    Raises:
        Stopped: Nothing came back, or something else.
    """
    (value,) = unpacked(returned, ("value",))
    if not isinstance(value, kind):
        raise Stopped(general.wrong_type(value, says))
    return value
