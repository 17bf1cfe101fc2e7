"""The mistakes that any exercise can see, whatever it is about."""

import re
from typing import Any

from torch import Tensor

from lmkit.check.report import NOT_DONE_YET, Finding


def not_a_function(given: Any) -> Finding:
    """The check was given something else, mostly the result of a call."""
    return Finding(
        "not-a-function",
        f"The check wants your function; it was given {_a(given)}.",
        "Did you call your function, with brackets, instead of handing it over by its name?",
    )


def still_a_stub() -> Finding:
    """The stub is untouched."""
    return Finding(NOT_DONE_YET, "Not done yet: your code is still to come.", "In words: what is the first step?")


def returns_nothing(given: Any) -> Finding:
    """None or Ellipsis came back: an empty body, or a forgotten return."""
    return Finding(
        NOT_DONE_YET,
        f"Not done yet: your function returns {given!r}.",
        "If you have written it already: does its last line say `return`?",
    )


def raised(probe_says: str, quote: str) -> Finding:
    """The function stopped with an error."""
    return Finding(
        "raises",
        f"Your function stopped with an error ({probe_says}).",
        "What does the line that fails need, and what does it get?",
        quote,
    )


def remembers() -> Finding:
    """The same arguments gave two results."""
    return Finding(
        "remembers",
        "Called twice with the same arguments, your function gives two different results.",
        "What outlives a call: a variable outside of your function, a default argument that is a list or a "
        "dictionary, or random numbers?",
    )


def wrong_type(given: Any, wanted: str) -> Finding:
    """Something else than tensors, or not so many of them."""
    return Finding(
        "wrong-type",
        f"You returned {_a(given)}; wanted: {wanted}.",
        "What does the exercise ask you to return?",
    )


def wrong_kind(given: Any, wanted: str) -> Finding:
    """A list, a dictionary or a text was wanted, and this is something else, or holds something else."""
    holds = f" that begins with a `{_name_of(given[0])}`" if isinstance(given, tuple | list) and given else ""
    return Finding(
        "wrong-type",
        f"You returned a `{_name_of(given)}`{holds}; wanted: {wanted}.",
        "What does the exercise ask you to return?",
    )


def wrong_shape(name: str, given: str, wanted: str) -> Finding:
    """Both shapes, in words."""
    return Finding(
        "wrong-shape",
        f"Your {name} has shape {given}; wanted: {wanted}.",
        "Which axis is missing, too many, or in the wrong place, and which line put it there?",
    )


def wrong_dtype(name: str, given: Tensor, wanted: Tensor) -> Finding:
    """The right values in another type of number."""
    return Finding(
        "wrong-dtype",
        f"Your {name} is {dtype_name(given)}; wanted: {dtype_name(wanted)}.",
        "Which line leaves torch, or makes a new tensor with a type of its own?",
    )


def changed_inputs(names: list[str]) -> Finding:
    """The caller's tensors, lists or dictionaries are not what they were."""
    return Finding(
        "changed-inputs",
        f"Your function changes what it was given: after the call, {' and '.join(names)} held something else.",
        "Which line writes into something it was given, instead of making a new one?",
    )


def no_gradient() -> Finding:
    """The result is cut off from the inputs."""
    return Finding(
        "no-gradient",
        "Gradients do not get through your function: nothing before it could learn.",
        "Which line takes the numbers out of torch's graph, and can torch do that step itself?",
    )


def unrecognized(example: str) -> Finding:
    """Wrong, and honest about not knowing why."""
    return Finding(
        "unrecognized",
        "The values are not right, and no mistake that this check knows gives exactly yours.",
        "Work the small case below out by hand, step by step: at which step does your function first differ?",
        example,
    )


def dtype_name(value: Tensor) -> str:
    """`float32` instead of `torch.float32`."""
    return str(value.dtype).removeprefix("torch.")


def _a(given: Any) -> str:
    """What kind of thing it is, in words that cannot hold markup."""
    if isinstance(given, tuple | list):
        return f"a {'tuple' if isinstance(given, tuple) else 'list'} of {len(given)}"
    if isinstance(given, Tensor):
        return f"a {dtype_name(given)} tensor of shape {list(given.shape)}"
    return f"something of type `{_name_of(given)}`"


def _name_of(given: Any) -> str:
    return re.sub(r"\W", "", type(given).__name__)[:40]
