"""Exercise: a LoRA adapter around a linear layer. The check trains it, and watches what moves.

Check `adapt(linear, rank, alpha) -> layer`: a module that gives linear(x) + alpha/rank · x Aᵀ Bᵀ.

A is rank × d_in, B is d_out × rank; one of them starts at 0, the other with rows that differ. The given `linear` is
frozen, and kept inside.
"""

import copy
import math
from collections.abc import Callable, Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lmkit.check.bank import (
    NAMES,
    Exercise,
    Probe,
    Probes,
    always,
    hides,
    mistake,
    notes,
    one,
    truth,
)
from lmkit.check.banks.watching import seen_by

STEPS, RATE = 2, 0.01
TARGETS = 8  # new inputs and outputs each step, so that a change in every direction is of use
NO_DIRECTION = 1e-5  # of the largest: in right adapters the smallest has 2e-4 or more, rounding leaves 5e-7

Trace = tuple[list[str], Tensor, Tensor]


def observe(adapt: Callable, d_in: int, d_out: int, rank: int, alpha: float) -> Trace:
    """Say how the adapted layer starts and what moves, how much of it trains, and how strongly it may change.

    The last is measured with ones in all that the adapter trains: the output then differs from the base's by
    scale · rank · (sum of the input), the same in each place.
    """
    source = torch.Generator().manual_seed(0)
    linear = nn.utils.skip_init(nn.Linear, d_in, d_out)
    for weight in linear.parameters():
        weight.data.normal_(generator=source)
    before = copy.deepcopy(linear)
    own = list(linear.parameters())  # before `adapt` may add to them
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)  # to start at random is asked for
        layer = one(adapt(linear, rank, alpha), nn.Module, "a module of torch")
    layer.eval()  # an adapter may have dropout, which would throw dice here
    x = torch.randn(3, d_in, generator=source)
    trained = [weight for weight in layer.parameters() if weight.requires_grad]
    adapter = [weight for weight in trained if all(weight is not base for base in own)]
    facts = [_start(layer, before, x), *_what_moves(layer, own, trained, adapter, x), _where(layer, own)]
    facts.append(f"learns in {_directions(layer, before, adapter, rank, source)} of {rank} directions")
    return facts, torch.tensor(sum(weight.numel() for weight in trained)), _with_ones(layer, before, adapter, x)


def _start(layer: nn.Module, before: nn.Linear, x: Tensor) -> str:
    with torch.no_grad():
        output = layer(x)
        if torch.allclose(output, before(x), atol=1e-5):
            return "starts as the base"
        return "starts at zero" if not output.any() else "starts elsewhere"


def _where(layer: nn.Module, own: list[Tensor]) -> str:
    """The base is inside when its own weights are among those of the layer, and not copies of them."""
    held = {id(weight) for weight in layer.parameters()}
    return "base inside" if held.issuperset(map(id, own)) else "base outside"


def _what_moves(layer, own: list[Tensor], trained: list[Tensor], adapter: list[Tensor], x: Tensor) -> list[str]:
    """Train a little, then put everything back."""
    kept = {weight: weight.detach().clone() for weight in (*own, *trained)}
    for _ in range(STEPS):
        _take_step(layer, x, 1, trained, lambda slope: RATE * slope)
    base_moves = any(not torch.equal(weight, kept[weight]) for weight in own)
    moves = {not torch.equal(weight, kept[weight]) for weight in adapter}
    about = "a part of the adapter stays" if len(moves) == 2 else "adapter moves" if True in moves else "adapter stays"
    for weight, value in kept.items():
        weight.data.copy_(value)
    return ["base moves" if base_moves else "base stays", about]


def _take_step(layer, x: Tensor, target: Tensor | int, weights: list[Tensor], step: Callable) -> None:
    with torch.enable_grad():
        loss = (layer(x) - target).square().mean()
    if weights and loss.requires_grad:
        for weight, slope in zip(weights, torch.autograd.grad(loss, weights, allow_unused=True), strict=True):
            weight.data -= 0 if slope is None else step(slope)


def _directions(layer, before: nn.Linear, adapter: list[Tensor], rank: int, source: torch.Generator) -> int:
    """Train the adapter on one target after the other, and count the directions of the change; put all back.

    Each step is of length 1, so that the change stands out whatever the scale.
    """
    kept = [weight.detach().clone() for weight in adapter]
    start = _matrix(layer, before.in_features)
    for _ in range(TARGETS):
        x, target = (torch.randn(8, size, generator=source) for size in (before.in_features, before.out_features))
        _take_step(layer, x, target, adapter, lambda slope: slope / slope.norm().clamp(min=1e-12))
    sizes = torch.linalg.svdvals(_matrix(layer, before.in_features) - start)
    for weight, value in zip(adapter, kept, strict=True):
        weight.data.copy_(value)
    return min(rank, int((sizes > max(1e-5, NO_DIRECTION * sizes[0].item())).sum()))


@torch.no_grad()
def _matrix(layer: nn.Module, d_in: int) -> Float[Tensor, "d_in d_out"]:
    """What the layer does to each single input, without what it adds whatever the input is."""
    return layer(torch.eye(d_in)) - layer(torch.zeros(1, d_in))


@torch.no_grad()
def _with_ones(layer: nn.Module, before: nn.Linear, adapter: list[Tensor], x: Tensor) -> Float[Tensor, "row d_out"]:
    for weight in adapter:
        weight.fill_(1.0)
    return layer(x) - before(x)


RANDOM, ZERO, ONES = Tensor.normal_, lambda weight, generator: weight.zero_(), lambda weight, generator: weight.fill_(1)


class Adapted(nn.Module):
    """A linear layer and two thin ones beside it."""

    def __init__(self, linear: Callable, thin: Iterable[nn.Linear], scale: float, adds: bool):
        super().__init__()
        self.linear, self.thin, self.scale, self.adds = linear, thin, scale, adds

    def forward(self, x: Float[Tensor, "row d_in"]) -> Float[Tensor, "row d_out"]:
        """The base, and on top of it what was learned."""
        down, up = self.thin
        update = self.scale * up(down(x))
        return self.linear(x) + update if self.adds else update


def low_rank(
    linear: nn.Linear,
    rank: int,
    alpha: float,
    *,
    start: tuple[Callable, Callable] = (RANDOM, ZERO),
    scale: Callable = lambda alpha, rank: alpha / rank,
    frozen: bool = True,
    adds: bool = True,
    bias: bool = False,
    inside: bool = True,
    registered: bool = True,
) -> nn.Module:
    """W x + α/r · B A x, with W frozen, A random and B zero. The keywords are the switches."""
    linear.requires_grad_(not frozen)
    down = nn.utils.skip_init(nn.Linear, linear.in_features, rank, bias=bias)
    up = nn.utils.skip_init(nn.Linear, rank, linear.out_features, bias=bias)
    source = torch.Generator().manual_seed(1)
    for part, fill in zip((down, up), start, strict=True):
        for weight in part.parameters():
            fill(weight.data, generator=source)
    thin = nn.ModuleList((down, up)) if registered else (down, up)  # a module does not look into tuples
    base = linear if inside else linear.forward  # and finds modules, not their methods
    return Adapted(base, thin, scale(alpha, rank), adds)


def probes(seed: int) -> Probes:
    """With an alpha that the rank does not divide, and with both the same."""
    return (
        Probe("with alpha = 7 and rank = 2", (5, 4, 2, 7.0)),
        Probe("with alpha = rank = 3", (4, 6, 3, 3.0)),
    )


def _is_small(args: tuple, facts: list[str], count: Tensor, change: Tensor) -> bool:
    d_in, d_out, rank, _ = args
    return bool(count == rank * (d_in + d_out))


def _learns_in_every_direction(args: tuple, facts: list[str], *_: Tensor) -> bool:
    return "learns in {2} of {2} directions".format(*args) in facts


def _twice_alpha_is_twice_the_change(solve: Callable, probes: Probes) -> bool:
    d_in, d_out, rank, alpha = probes[0].args
    _, _, once = solve(d_in, d_out, rank, alpha)
    _, _, twice = solve(d_in, d_out, rank, 2 * alpha)
    return torch.allclose(twice, 2 * once, atol=1e-4)


MISCONCEPTIONS = (
    mistake("base-left-out", adds=False)
    .says("Your layer gives what the adapter adds, and leaves the base out.")
    .asks("What should the layer give before the adapter has learned anything?"),
    mistake("base-trains", frozen=False)
    .says("The base is not frozen: its weights train along.")
    .asks("How many numbers did you want to train, and how many does your layer train?"),
    mistake("base-outside", inside=False)
    .says("Your layer does not hold the base: the weights of `linear` are not among its own.")
    .asks(
        "What happens to the base when your layer is saved, or moved to another device? How does a module come to know "
        "its parts?"
    ),
    mistake("adapter-outside", registered=False)
    .says(
        "Your thin matrices are not among the parameters of your layer: an optimizer that asks for those does not find "
        "them."
    )
    .asks("What makes a tensor a parameter of its module, and where does a module not look: in lists, in tuples?"),
    mistake("both-random", start=(RANDOM, RANDOM))
    .says("Both thin matrices start at random, so that the layer starts as another one than the base.")
    .asks("What must the product of the two be at the start, if nothing has been learned yet?"),
    mistake("both-zero", start=(ZERO, ZERO))
    .says("Both thin matrices start at 0, and so they stay there for ever.")
    .asks("The gradient of one is a product with the other. What is it when both are 0?"),
    mistake("all-alike", start=(ONES, ZERO))
    .says(
        "The matrix that does not start at 0 has equal rows or columns. They get equal gradients and stay equal: "
        "whatever it learns, your adapter has rank 1."
    )
    .asks("Two rows start as the same numbers and get the same gradient. What could ever make them differ?"),
    mistake("not-divided-by-rank", scale=lambda alpha, rank: alpha)
    .says("You scaled by alpha alone: the adapter is `rank` times too strong.")
    .asks("With twice the rank, twice as many products are added up. What keeps their sum the same size?"),
    mistake("alpha-forgotten", scale=lambda alpha, rank: 1 / rank)
    .says("You divided by the rank, but alpha is nowhere.")
    .asks("If alpha is doubled, what should happen to what the adapter adds?"),
    mistake("not-scaled", scale=lambda alpha, rank: 1.0)
    .says("What the adapter adds is not scaled at all.")
    .asks("Where does your code use `alpha`, and where `rank`, besides the shapes?"),
    mistake("divided-by-root", scale=lambda alpha, rank: alpha / math.sqrt(rank))
    .says("You divided alpha by the root of the rank. That is a later variant of LoRA, not the one asked for.")
    .asks("What does the exercise say about alpha and the rank?"),
    mistake("upside-down", scale=lambda alpha, rank: rank / alpha)
    .says("You turned the fraction upside down: rank by alpha.")
    .asks("If alpha is doubled, should the adapter add more or less?"),
    mistake("with-biases", bias=True)
    .says("Your thin matrices have biases, which LoRA has not.")
    .asks("Could a bias be folded into the weight matrix of the base, when the adapter is merged?"),
)

ADAPT = Exercise(
    id="adapt",
    title="A LoRA adapter",
    family=seen_by(observe, low_rank),
    returns={
        "way of training": NAMES,
        "count of numbers that train": "",
        "change of the output, with ones in the adapter": "row d_out",
    },
    probes=probes,
    examples=((2, 2, 1, 2.0), (2, 2, 2, 4.0)),
    properties=(
        always("does-not-start-as-the-base", notes("starts as the base"))
        .right("It starts as the base.")
        .says("Before any training, your layer gives something else than the base.")
        .asks("What does the adapter add at the start, and what should it add?"),
        always("trains-something-else", notes("base stays", "adapter moves"))
        .right("The adapter trains, and the base stays as it was.")
        .says("It is not the adapter, and the adapter alone, that trains.")
        .asks("Which weights of your layer have `requires_grad`, and which get a gradient that is not 0?"),
        always("too-few-directions", _learns_in_every_direction)
        .right("It uses its whole rank.")
        .says("Whatever it is trained on, what your adapter adds has a smaller rank than it could have.")
        .asks("How does the matrix start that does not start at 0: could one of its rows be had from the others?"),
        always("wrong-size", _is_small)
        .right("It trains rank · (d_in + d_out) numbers.")
        .says("Your layer does not train rank · (d_in + d_out) numbers.")
        .asks("What are the shapes of the two thin matrices?"),
        truth("alpha-does-not-scale", _twice_alpha_is_twice_the_change)
        .right("With twice the alpha it adds twice as much.")
        .says("With twice the alpha your adapter does not add twice as much.")
        .asks("Where does alpha enter, and is it there once?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "adapter-outside",
            "both-zero all-alike not-divided-by-rank alpha-forgotten not-scaled divided-by-root upside-down "
            "with-biases",
            because="what cannot be found among the parameters cannot be watched",
        ),
        *hides("base-outside", "base-trains", because="what the layer does not hold does not train with it"),
    ),
    observe=observe,
)
