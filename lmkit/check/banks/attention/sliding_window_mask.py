"""Exercise: the mask that looks back a little way only.

Check `sliding_window_mask(n, window) -> Bool[query, key]`: itself and the window - 1 before it.
"""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Shaped
from torch import Tensor

from lmkit.check.bank import SEES_ITSELF, SEES_NOTHING_LATER, Exercise, Probe, Probes, always, hides, mistake, twin
from lmkit.check.banks.mask_form import CONSTANTS, FORM, INVERTED, as_it_is, twins_of_constants


def see_a_window(
    n: int,
    window: int,
    *,
    back: Callable = lambda query, key: query - key,
    near: Callable = lambda distance, window: distance < window,
    self_distance: int = 0,
    ahead: Callable = lambda distance: distance,
    polarity: Callable = as_it_is,
    form: Callable = as_it_is,
) -> Shaped[Tensor, "..."]:
    """True for the query itself and the window - 1 tokens before it. The keywords are the switches."""
    position = torch.arange(n)
    distance = ahead(back(position[:, None], position[None, :]))  # (query, key): how far back the key stands
    may_attend = (distance >= self_distance) & near(distance, window)
    return form(polarity(may_attend))


def probes(seed: int) -> Probes:
    """Windows that are shorter than the text, as long, and of one token; a wide one in a long text."""
    sizes = ((9 + seed % 3, 4), (7, 3), (4, 1), (3, 5), (5, 5), (4, 2), (90, 33 + seed % 3))
    return tuple(Probe(f"for n = {n} and window = {window}", (n, window)) for n, window in sizes)


def _sees_at_most_the_window(args: tuple, mask: Bool[Tensor, "query key"]) -> bool:
    return int(mask.sum(dim=-1).max()) == min(args)


MISCONCEPTIONS = (
    *CONSTANTS,
    mistake("looks-ahead", back=lambda query, key: key - query)
    .says("Your window lies ahead: each token sees itself and the tokens after it.")
    .asks(
        "Rows are queries, columns are keys. Where does a key stand that comes before its query: left or right of the "
        "diagonal?"
    ),
    mistake("two-sided", ahead=torch.abs)
    .says("Your window lies on both sides: tokens see ahead as far as they see back.")
    .asks("The distance from query to key can be negative. Which tokens are those, and may they be seen?"),
    mistake("no-lower-limit", near=lambda distance, window: distance >= 0)
    .says("Your mask is causal, but it never forgets: the window has no effect.")
    .asks("With window = 2, which two tokens may token 5 see?"),
    mistake("window-too-wide", near=lambda distance, window: distance <= window)
    .says("Your window is one token too wide.")
    .asks("How many tokens lie at the distances 0, 1, ... up to and including `window`?"),
    mistake("window-too-narrow", near=lambda distance, window: distance < window - 1)
    .says("Your window is one token too narrow.")
    .asks("The token itself counts. With window = 1, how many tokens does each token see?"),
    mistake("itself-excluded", self_distance=1)
    .says("A token does not see itself.")
    .asks("At which distance does a token stand from itself, and does your comparison let that through?"),
    INVERTED,
    *FORM,
)

SLIDING_WINDOW_MASK = Exercise(
    id="sliding_window_mask",
    title="The sliding window",
    family=see_a_window,
    returns={"mask": "query key"},
    probes=probes,
    examples=((4, 2), (5, 3)),
    properties=(
        SEES_ITSELF,
        SEES_NOTHING_LATER,
        always("wrong-count", _sees_at_most_the_window)
        .right("No token sees more than the window, and some see all of it.")
        .says("The longest row of your mask does not show as many tokens as the window holds.")
        .asks("With window = 3, how many tokens should a token far from the start see?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides("two-sided", "looks-ahead", because="a window on both sides is the same seen from the other side"),
        twin(
            "two-sided no-lower-limit",
            seen_as="hides-nothing",
            because="without a limit on either side everything is seen",
        ),
        *twins_of_constants("looks-ahead two-sided no-lower-limit window-too-wide window-too-narrow itself-excluded"),
    ),
)
