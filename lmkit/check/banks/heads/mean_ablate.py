"""Exercise: switch a head off to its mean.

Check `mean_ablate(mixed, others, head)`: what the heads hand on when one of them says its mean, [batch, position, head,
d_head].

`mixed` is what all heads have mixed on the text that is read, [batch, position, head, d_head]; `others` the same on
other texts. The head says, at every place, its mean over all texts and places of `others`; the other heads say what
they said. `mixed` itself is left as it is.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Probe, Probes, hides, mistake, truth

Mixed = Float[Tensor, "batch position head d_head"]


def ablate(
    mixed: Mixed,
    others: Mixed,
    head: int,
    *,
    source: Callable = lambda mixed, others: others,
    average: Callable = lambda said: said.mean(dim=(0, 1)),
    instead: Callable = lambda mean: mean,
    which: Callable = lambda head, n_heads: [head],
) -> Mixed:
    """The mean in the place of one head. The keywords are the switches."""
    changed = mixed.clone()
    for one in which(head, mixed.shape[2]):
        changed[:, :, one] = instead(average(source(mixed, others)[:, :, one]))
    return changed


def probes(seed: int) -> Probes:
    """As many other texts as are read, and more; a first, a middle and a last head, whose means differ."""
    draws = Draws(seed)

    def of(says: str, shape: tuple[int, ...], head: int) -> Probe:
        sizes = 1 + torch.arange(shape[2])[:, None]
        mixed, others = (draws.normal(*shape) + sizes * draws.uniform(shape[2], shape[3]) for _ in range(2))
        return Probe(says, (mixed, others, head))

    return (
        of("for the first head", (2, 3, 3, 4), 0),
        of("for the last head", (3, 5, 4, 2), 3),
        of("for one in the middle", (2, 4, 3, 5), 1),
    )


def _the_head_says_the_same_everywhere(solve: Callable, probes: Probes) -> bool:
    for probe in probes:
        (found,) = solve(*probe.args)
        if found.shape != probe.args[0].shape:
            return False
        said = found[:, :, probe.args[2]]
        if not torch.allclose(said, said[:1, :1].expand_as(said), atol=1e-5):
            return False
    return True


def _others_are_left_alone(solve: Callable, probes: Probes) -> bool:
    for probe in probes:
        mixed, _, head = probe.args
        (found,) = solve(*probe.args)
        rest = [one for one in range(mixed.shape[2]) if one != head]
        if found.shape != mixed.shape or not torch.equal(found[:, :, rest].float(), mixed[:, :, rest]):
            return False
    return True


MISCONCEPTIONS = (
    mistake("zeroed", instead=torch.zeros_like)
    .says("You set the head to 0. That is another way to switch it off.")
    .asks("What do the layers above read from this head on an ordinary text: 0, or something near its mean?"),
    mistake("mean-of-this-text", source=lambda mixed, others: mixed)
    .says("You took the mean over the text that is read, so the head still tells something of this text.")
    .asks("From which texts must the mean come, if it is to say nothing about this one?"),
    mistake("one-mean-a-text", average=lambda said: said.mean(dim=1, keepdim=True))
    .says("You took a mean for each text of its own.")
    .asks("Does the text in row 2 of `others` have anything to do with the text in row 2 that is read?"),
    mistake("one-mean-a-position", average=lambda said: said.mean(dim=0))
    .says("You averaged over the texts only: each position keeps a mean of its own.")
    .asks("Asked is one mean over all texts and places. Over how many axes does that go?"),
    mistake("one-number", average=lambda said: said.mean().expand(said.shape[-1]))
    .says("You averaged over the numbers of the vector too: the head says one number, again and again.")
    .asks("How many numbers does a head say at a place, and how many has its mean?"),
    mistake("all-heads", which=lambda head, n_heads: range(n_heads))
    .says("You switched off every head of the layer.")
    .asks("Which axis counts the heads, and which of its entries should change?"),
    mistake("head-before", which=lambda head, n_heads: [head - 1])
    .says("You switched off the head before the one that was asked for.")
    .asks("Heads are counted from 0. Which is the first?"),
)

_SMALL = torch.arange(8.0).view(1, 2, 2, 2)

MEAN_ABLATE = Exercise(
    id="mean_ablate",
    title="A head that says its mean",
    family=ablate,
    returns={"mixed": "batch position head d_head"},
    probes=probes,
    examples=(
        (_SMALL, torch.tensor([[[[1.0, 2.0], [5.0, 5.0]], [[3.0, 6.0], [9.0, 1.0]]]]), 0),
        (_SMALL, torch.tensor([[[[1.0, 2.0], [5.0, 5.0]], [[3.0, 6.0], [9.0, 1.0]]]]), 1),
        (_SMALL.repeat(2, 1, 1, 1), torch.arange(16.0).view(2, 2, 2, 2).square() / 10, 1),
    ),
    properties=(
        truth("not-the-same-everywhere", _the_head_says_the_same_everywhere)
        .right("The head says the same at every place of every text.")
        .says("The head that is off does not say the same at every place.")
        .asks("What is left for the layers above to learn from it, if it changes from place to place?"),
        truth("others-changed", _others_are_left_alone)
        .right("The other heads say what they said.")
        .says("Other heads than the one that is off have changed.")
        .asks("Which part of `mixed` belongs to the one head, and have you written anywhere else?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "zeroed",
            "mean-of-this-text one-mean-a-text one-mean-a-position one-number",
            because="Where 0 stands, it cannot be seen what mean was taken.",
        ),
    ),
)
