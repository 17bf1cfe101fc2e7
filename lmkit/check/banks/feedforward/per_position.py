"""Exercise: find out, from outside, whether a layer acts on each position alone.

Check `per_position(layer, x) -> table`: which outputs of a layer change with which inputs.

`x` has the axes [position, d_model], and `layer` gives such a tensor back. Entry [i, j] of the table is True when a
change of x at position i changes the output at position j.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor

from lmkit.check.bank import Draws, Exercise, Part, Probe, Probes, hides, mistake, truth

Stream = Float[Tensor, "position d_model"]


def reach(
    layer: Callable,
    x: Stream,
    *,
    changed: Callable = lambda x, source: change(x, source),
    apart: Callable = lambda one, before: (one - before).abs(),
    least: float = 1e-5,
    differs: Callable = lambda moved: moved.any(dim=-1),
    table: Callable = lambda reached: reached,
) -> Bool[Tensor, "source target"]:
    """Change one position of x at a time, and see where the output changes. The keywords are the switches."""
    before = layer(x)
    after = [layer(changed(x, source)) for source in range(len(x))]
    return table(torch.stack([differs(apart(one, before) > least) for one in after]))


def change(x: Stream, source: int) -> Stream:
    """Another vector at one position: to each of its numbers another number is added."""
    return x + (torch.arange(len(x)) == source)[:, None] * torch.arange(1, x.shape[1] + 1)


def center(x: Stream) -> Stream:
    """What a norm does first: it subtracts from each vector the mean of its numbers."""
    return x - x.mean(dim=-1, keepdim=True)


def move_half(x: Stream) -> Stream:
    """The second half of each vector goes to the next position, that of the last one to the first."""
    stays, goes = x.chunk(2, dim=-1)
    return torch.cat([stays, goes.roll(1, dims=0)], dim=-1)


def direct(x: Stream) -> Stream:
    """Each position gets the direction of the vector before it, and not its length; the numbers add up to 0."""
    half = F.normalize(x, dim=-1)[:, ::2].roll(1, dims=0)
    return torch.cat([half, -half], dim=-1)


def forget(x: Stream) -> Stream:
    """In place of the last vector stands the first, too small to count."""
    return torch.cat([x[:-1], 3e-8 * x[:1]])


def whisper(x: Stream) -> Stream:
    """A little of the position before; the numbers add up to 0, and all vectors are equally long."""
    angle = 1 + 0.003 * x[:, :2].roll(1, dims=0)
    return torch.cat([angle.sin(), angle.cos(), -angle.sin(), -angle.cos()], dim=-1)


def _probed(seed: int) -> dict[str, tuple[Callable, Stream]]:
    normal = Draws(seed).normal
    x, read, write = (64 * normal(5, 4)).round() / 64, normal(4, 8), normal(8, 4) / math.sqrt(8)
    longer = normal(6, 4)[[0, 1, 1, 2, 3, 3]]  # some positions hold the same
    signs = torch.tensor([1, 1, -1, -1, 1, 1, -1, -1])[:, None]  # beside each are one + and one -
    earlier = torch.ones(5, 5).tril() / torch.arange(1, 6)[:, None]
    return {
        "for a feed-forward network": (Part("feed_forward", lambda x: F.gelu(x @ read) @ write + 1), x),
        "for attention to all": (Part("attend", lambda x: (x @ x.T / 4).softmax(dim=-1) @ x), F.normalize(x, dim=-1)),
        "for a layer that looks back": (Part("look_back", lambda x: earlier @ x), x),
        "for a layer that moves half of each vector one on": (Part("move_half", move_half), x),
        "for a layer that forgets the last position": (Part("forget", forget), longer),
        "for a layer that looks back, and reads through a norm": (
            Part("norm_first", lambda x: earlier @ center(x) @ write[:4]),
            x,
        ),
        "for a layer that passes on the direction of each vector": (Part("direct", direct), longer),
        "for a layer of which little is heard": (Part("whisper", whisper), normal(7, 8)),
        "for a layer that multiplies neighbors": (
            Part("multiply", lambda x: x * x.roll(1, dims=0)),
            signs * (0.5 + normal(8, 1).abs()),
        ),
    }


def probes(seed: int) -> Probes:
    """Layers that mix all positions, some or none, or move, forget or hush a part."""
    return tuple(Probe(says, args) for says, args in _probed(seed).items())


_TWO = torch.tensor([[1.0, -1.0], [2.0, 0.5]])
_EXAMPLES = (
    (Part("lambda x: 2 * x", lambda x: 2 * x), _TWO),
    (Part("lambda x: x.cumsum(dim=0)", lambda x: x.cumsum(dim=0)), _TWO),
    (Part("lambda x: x - x.mean(dim=-1, keepdim=True)", center), _TWO),
    (Part("lambda x: x / x.norm(dim=-1, keepdim=True)", lambda x: x / x.norm(dim=-1, keepdim=True)), _TWO),
    (Part("lambda x: -x", lambda x: -x), _TWO),
    (Part("lambda x: x + 1e-7 * x.sum(dim=0)", lambda x: x + 1e-7 * x.sum(dim=0)), 1e-3 * _TWO),
    (Part("lambda x: torch.cat([x[:, :1], x[:, 1:].roll(1, dims=0)], dim=-1)", move_half), _TWO),
)


def _identity_is_diagonal(solve: Callable, probes: Probes) -> bool:
    """A layer that does nothing passes each position on to itself alone."""
    (reached,) = solve(Part("lambda x: 1 * x", lambda x: 1 * x), probes[0].args[1])
    return bool((reached.bool() == torch.eye(len(reached), dtype=torch.bool)).all())


def _looking_back_reaches_later_only(solve: Callable, probes: Probes) -> bool:
    """A change at a position reaches that one and later ones."""
    (reached,) = solve(*probes[2].args)
    return bool((reached.bool() == torch.ones_like(reached, dtype=torch.bool).triu()).all())


MISCONCEPTIONS = (
    mistake("all-changed-at-once", changed=lambda x, source: x + 1)
    .says("You changed all positions together, so nobody can tell who reached whom.")
    .asks("Of everything that changed in the output, which position of the input did it?"),
    mistake("first-changed-only", changed=lambda x, source: change(x, 0))
    .says("You changed position 0 each time.")
    .asks("Row 3 of the table is about position 3. What did you change for it?"),
    mistake("same-number-everywhere", changed=lambda x, source: x + (torch.arange(len(x)) == source)[:, None])
    .says("You add the same number to all of a vector. A layer that reads through a norm does not notice.")
    .asks("A norm subtracts the mean of a vector first. What is left of your change then?"),
    mistake("only-stretched", changed=lambda x, source: x * (1 + (torch.arange(len(x)) == source)[:, None]))
    .says("You multiply a vector by a number. A layer that reads through a norm does not notice.")
    .asks("A norm gives all vectors the same length. What is left of your change then?"),
    mistake("numbers-added-up", apart=lambda one, before: (one - before).sum(dim=-1, keepdim=True).abs())
    .says("You added up how far the numbers of an output moved, some up and some down: that can come to 0.")
    .asks("One number of an output moves up by 1 and another down by 1. Has the output changed?"),
    mistake("only-upwards", apart=lambda one, before: one - before)
    .says("You do not see when an output becomes smaller.")
    .asks("Which sign has the difference of two numbers, and is a negative one more than 0.00001?"),
    mistake("any-difference", least=0.0)
    .says("You count differences of 0.00001 and less, too.")
    .asks("From which difference on does the exercise call an output changed?"),
    mistake("all-numbers-must-differ", differs=lambda apart: apart.all(dim=-1))
    .says("You call an output changed only where all of its numbers changed.")
    .asks("A layer may change a single number of a vector. Has it reached that position, or not?"),
    mistake("target-source", table=lambda reached: reached.T)
    .says("Your table is on its side: rows are where it arrives, columns where it comes from.")
    .asks("Row 0 should say which outputs notice a change at position 0. Which of your axes runs over the outputs?"),
    mistake("itself-left-out", table=lambda reached: reached & ~torch.eye(len(reached), dtype=torch.bool))
    .says("You left out the diagonal: no position reaches itself in your table.")
    .asks("In a layer that does nothing, does changing a token change the output at that token?"),
    mistake("upside-down", table=lambda reached: ~reached)
    .says("Your table is the wrong way round: it is True where nothing changed.")
    .asks("What does your comparison give for two equal vectors?"),
)

PER_POSITION = Exercise(
    id="per_position",
    title="Who reaches whom",
    family=reach,
    returns={"table": "source target"},
    probes=probes,
    examples=_EXAMPLES,
    properties=(
        truth("identity-not-diagonal", _identity_is_diagonal)
        .right("A layer that does nothing reaches each position from itself alone.")
        .says("For a layer that does nothing, your table is not True on the diagonal and False elsewhere.")
        .asks("Change one token and leave the others. If the layer does nothing, where does the output change?"),
        truth("looking-back-not-seen", _looking_back_reaches_later_only)
        .right("For a layer that looks back, a change reaches itself and what comes later.")
        .says("For a layer that looks back, your table is not True on and above the diagonal.")
        .asks("If each token sees those before it, who notices a change at position 1?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "numbers-added-up",
            "only-stretched",
            because="in the layer that does not notice the one, the numbers add up to 0",
        ),
        *hides("numbers-added-up", "all-numbers-must-differ", because="a sum is a single number"),
        *hides(
            "all-changed-at-once",
            "all-numbers-must-differ",
            because="where everything was changed, every number that arrives differs",
        ),
    ),
)
