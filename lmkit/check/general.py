"""The mistakes that any exercise can see, whatever it is about."""

import re
from typing import Any

import torch
from torch import Tensor, nn

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


def one_is_missing(name: str, given: Any) -> Finding:
    """Of several values, one is None or Ellipsis."""
    return Finding(
        "wrong-type",
        f"What you return as {name} is {given!r}.",
        "Which line makes it, and does what that line makes reach your `return`?",
    )


def raised(probe_says: str, quote: str) -> Finding:
    """The function stopped with an error."""
    return Finding(
        "raises",
        f"Your function stopped with an error ({probe_says}).",
        "What does the line that fails need, and what does it get?",
        quote,
    )


def cannot_be_used(probe_says: str, quote: str) -> Finding:
    """An error outside of the student's own lines: the check went on with what they gave it, and could not."""
    return Finding(
        "cannot-be-used",
        f"The check could not go on with what your function gave it ({probe_says}).",
        "What does the exercise ask for, and in what is yours something else: its kind, its shape, its type of number?",
        quote,
    )


def does_not_end(probe_says: str, seconds: float) -> Finding:
    """The function was ended."""
    return Finding(
        "does-not-end",
        f"Your function had not come back after {seconds:.0f} seconds, so the check ended it ({probe_says}).",
        "Which loop could go on for ever: what must become true for it to end, and which line makes it so?",
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


def another_gradient(names: list[str]) -> Finding:
    """Right values, and a way back on which something is missing."""
    return Finding(
        "another-gradient",
        f"The gradient that comes back through your function to {' and '.join(names)} is not the one of its formula.",
        "Which of your steps does torch not see: what is detached, or computed without gradients?",
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
    if type(given) in (Tensor, nn.Parameter):
        form = form_of(given)
        return f"{form} tensor" if form else f"a {dtype_name(given)} tensor of shape {list(given.shape)}"
    return f"something of type `{_name_of(given)}`"


def form_of(given: Tensor) -> str:
    """In what way a tensor is none that can be read number by number; empty where it can be."""
    if given.is_nested:
        return "a nested"
    if given.is_meta:
        return "an empty (meta)"
    if given.layout is not torch.strided:
        return "a sparse"
    return "a quantized" if given.is_quantized else ""


def _name_of(given: Any) -> str:
    return re.sub(r"\W", "", type(given).__name__)[:40]
