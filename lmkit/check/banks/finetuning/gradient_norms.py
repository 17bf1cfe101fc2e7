"""Exercise: which part of a model learns? The check hands over a model that is partly frozen and partly dead.

Check `gradient_norms(model, inputs, labels) -> dict`: the name of each weight that trains, and its slope's norm.

The loss is `objectives.loss(model(inputs), labels)`. A frozen weight is not named; one that the loss
does not reach has 0. Afterwards the model has no gradients, and is in all else as it was.
"""

from collections.abc import Callable
from numbers import Real
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.check.bank import (
    NAMES,
    Draws,
    Exercise,
    Probe,
    Probes,
    Stopped,
    always,
    close,
    general,
    hides,
    mistake,
    notes,
    one,
    truth,
)
from lmkit.check.banks.mode import KEEPS_THE_MODE, MODES, mode_after, set_mode
from lmkit.check.banks.watching import seen_by

VOCAB, CLASSES = 5, 3
NOT_NAMED = -1.0  # no length is negative
STAYS = ["weights as they were", "no gradient left", "frozen as before"]

Inputs = Int[Tensor, "text position"]
Labels = Int[Tensor, "text"]
Trace = tuple[list[str], Float[Tensor, "weight"], list[str]]


class _Linear(nn.Linear):
    def reset_parameters(self) -> None:
        """Draw no random numbers: `Watched` fills all weights, and those of the notebook are left as they were."""


class Watched(nn.Module):
    """A small model with one layer that is dead, and one that nobody calls, as BERT's pooler often is."""

    def __init__(self, n_layers: int, d_model: int, dead: int):
        super().__init__()
        self.embedding = nn.Embedding.from_pretrained(torch.empty(VOCAB, d_model), freeze=False)
        self.layers = nn.ModuleList(_Linear(d_model, d_model) for _ in range(n_layers))
        self.pooler = _Linear(d_model, d_model)
        self.head = _Linear(d_model, CLASSES)
        source = torch.Generator().manual_seed(0)
        for weight in self.parameters():
            weight.data.normal_(std=0.5, generator=source)  # small, so that no answer is so sure that nothing is left
        for layer in self.layers:
            layer.bias.data.add_(1.0)  # so that none is dead but one
        self.layers[dead].bias.data.fill_(-1000.0)

    def forward(self, tokens: Inputs) -> Float[Tensor, "text class"]:
        """Classify each text."""
        x = self.embedding(tokens).mean(dim=1)  # (text, d_model)
        for layer in self.layers:
            x = x + layer(x).relu()  # a ReLU far below 0 gives 0, and lets no gradient through
        return self.head(x)


def observe(
    gradient_norms: Callable,
    n_layers: int,
    d_model: int,
    dead: int,
    frozen: list[str],
    training: bool,
    inputs: Inputs,
    labels: Labels,
) -> Trace:
    """Say which weights are named, the norm given for each (-1 for one that is not), and what became of the model.

    The model comes with gradients of an earlier batch, from before its parts were frozen.
    """
    model = Watched(n_layers, d_model, dead).train(training)
    for name, weight in model.named_parameters():
        if not name.startswith("pooler."):
            weight.grad = torch.full_like(weight, 0.5)
    for part in frozen:
        model.get_submodule(part).requires_grad_(False)
    before = {name: (weight.detach().clone(), weight.requires_grad) for name, weight in model.named_parameters()}
    with torch.enable_grad():
        given = one(gradient_norms(model, inputs, labels), dict, "a dictionary with a number for each name")
    norms = _as_norms(given)
    names = [name for name in before if name in norms] + sorted(name for name in norms if name not in before)
    return names, torch.tensor([norms.get(name, NOT_NAMED) for name in before]), _what_is_left(model, before, training)


def _as_norms(given: dict) -> dict[str, float]:
    norms = {}
    for name, norm in given.items():
        value = norm.item() if isinstance(norm, Tensor) and norm.numel() == 1 else norm
        if not isinstance(value, Real):
            raise Stopped(general.wrong_type(norm, "a number for each name"))
        norms[str(name)] = float(value)
    return norms


def _what_is_left(model: nn.Module, before: dict[str, tuple[Tensor, bool]], training: bool) -> list[str]:
    now = list(model.parameters())
    stays = [
        all(torch.equal(weight, value) for weight, (value, _) in zip(now, before.values(), strict=True)),
        all(weight.grad is None or not weight.grad.any() for weight in now),
        all(weight.requires_grad == trains for weight, (_, trains) in zip(now, before.values(), strict=True)),
    ]
    otherwise = ["weights moved", "gradients left", "frozen otherwise"]
    told = [kept if good else changed for kept, changed, good in zip(STAYS, otherwise, stays, strict=True)]
    return [*told, mode_after(model, training)]


def _clear(model: nn.Module, with_frozen: bool) -> None:
    for weight in model.parameters():
        if weight.requires_grad or with_frozen:
            weight.grad = None


def _step(model: nn.Module) -> None:
    for weight in model.parameters():
        if weight.grad is not None:
            weight.data -= 0.1 * weight.grad


def measure(
    model: nn.Module,
    inputs: Inputs,
    labels: Labels,
    *,
    norm: Callable = lambda weight, gradient: gradient.norm(),
    reduction: str = "mean",
    cleared_first: bool = True,
    cleared_last: bool = True,
    clears_frozen: bool = True,
    with_frozen: bool = False,
    with_unreached: bool = True,
    thaws: bool = False,
    steps: bool = False,
    mode: bool | None = None,
) -> dict[str, float]:
    """Clear, backward, the length of each gradient, clear. The keywords are the switches."""
    set_mode(model, mode)
    if thaws:
        model.requires_grad_(True)
    if cleared_first:
        _clear(model, clears_frozen)
    nn.functional.cross_entropy(model(inputs), labels, reduction=reduction).backward()
    found = {}
    for name, weight in model.named_parameters():
        reached = weight.grad is not None
        if (weight.requires_grad or with_frozen) and (reached or with_unreached):
            found[name] = norm(weight, weight.grad if reached else torch.zeros_like(weight)).item()
    if steps:
        _step(model)
    if cleared_last:
        _clear(model, clears_frozen)
    return found


def probes(seed: int) -> Probes:
    """With more and more of it frozen; each time another layer is dead."""
    draw = Draws(seed)

    def batch(*shape: int) -> tuple[Tensor, Tensor]:
        return draw.whole(0, VOCAB, *shape), draw.whole(0, CLASSES, *shape[:1])

    return (
        Probe("when nothing is frozen", (2, 3, 1, [], True, *batch(3, 4))),
        Probe("when the embedding is frozen", (2, 4, 0, ["embedding"], False, *batch(2, 5))),
        Probe("when a layer is frozen, too", (3, 2, 2, ["embedding", "layers.0"], True, *batch(4, 3))),
    )


def _weights_of(n_layers: int, d_model: int, dead: int) -> list[str]:
    return [name for name, _ in Watched(n_layers, d_model, dead).named_parameters()]


def _names_what_trains(args: tuple, names: list[str], *_: Any) -> bool:
    frozen = tuple(f"{part}." for part in args[3])
    return set(names) == {name for name in _weights_of(*args[:3]) if not name.startswith(frozen)}


def _tells_dead_from_alive(args: tuple, names: list[str], norms: Tensor, _: list[str]) -> bool:
    silent = ("pooler.", f"layers.{args[2]}.")
    given = {name: norm for name, norm in zip(_weights_of(*args[:3]), norms.tolist(), strict=True) if name in names}
    return all((norm == 0) == name.startswith(silent) for name, norm in given.items())


def _a_batch_twice_is_the_batch(solve: Callable, probes: Probes) -> bool:
    """The loss is a mean, so its gradient does not grow with the number of texts."""
    for probe in probes:
        *others, inputs, labels = probe.args
        _, once, _ = solve(*others, inputs, labels)
        _, twice, _ = solve(*others, torch.cat([inputs, inputs]), torch.cat([labels, labels]))
        if not close(once, twice, atol=1e-4):
            return False
    return True


MISCONCEPTIONS = (
    mistake("never-cleared", cleared_first=False)
    .says("You did not clear the gradients before you measured: those of an earlier batch are in your numbers.")
    .asks("`backward` adds to what is in `.grad`. What may stand there when your function is called?"),
    mistake("weights-measured", norm=lambda weight, gradient: weight.norm())
    .says("You measured the weights themselves, not their gradients.")
    .asks("A large weight may stand still, and a small one may move. Where does torch keep the slope of each?"),
    mistake("squared", norm=lambda weight, gradient: gradient.square().sum())
    .says("You gave the squares of the norms: the root is missing.")
    .asks("How long is the arrow from (0, 0) to (3, 4): 25?"),
    mistake("largest-number", norm=lambda weight, gradient: gradient.abs().max())
    .says("You gave the largest number of each gradient, not its length.")
    .asks("How long is the arrow from (0, 0) to (3, 4): 4?"),
    mistake("sizes-added", norm=lambda weight, gradient: gradient.abs().sum())
    .says("You added up the sizes of the numbers of each gradient.")
    .asks("How long is the arrow from (0, 0) to (3, 4): 7?"),
    mistake("numbers-averaged", norm=lambda weight, gradient: gradient.mean())
    .says("You averaged the numbers of each gradient: positive and negative ones cancel.")
    .asks("A gradient holds 5 and -5. Does that weight learn, and what is the mean?"),
    mistake("sizes-averaged", norm=lambda weight, gradient: gradient.abs().mean())
    .says("You averaged the sizes of the numbers of each gradient.")
    .asks("That is a fair measure, but not the one asked for. How is the length of a vector defined?"),
    mistake("root-of-the-mean", norm=lambda weight, gradient: gradient.square().mean().sqrt())
    .says("You took the root of the mean of the squares: the norm divided by the root of the count.")
    .asks("The length of a vector is the root of which sum, and is that sum divided by anything?"),
    mistake("loss-summed", reduction="sum")
    .says("You summed the loss over the texts: with twice the texts your norms are twice as large.")
    .asks("Which loss does training go down, and what does it divide by?"),
    mistake("frozen-named", with_frozen=True)
    .says("You name frozen weights, too: they cannot be told from those that should learn.")
    .asks("Which attribute of a weight says whether it is meant to learn?"),
    mistake("dead-left-out", with_unreached=False)
    .says("You leave out the weights that no gradient has reached: the very ones that you are looking for.")
    .asks("Which weight would you rather miss in the list: one that learns, or one that should and does not?"),
    mistake("thawed", thaws=True)
    .says("You set frozen weights free, and leave them so.")
    .asks("Is a frozen weight yours to set free, if you are only asked to measure?"),
    mistake("step-taken", steps=True)
    .says("You took a step: measuring has changed the weights.")
    .asks("Which line moves the weights, and does a measurement need it?"),
    mistake("gradients-left", cleared_last=False)
    .says("You leave gradients in the model: whoever calls `backward` next adds to them.")
    .asks("Where are the gradients after your function is through, and who is to know?"),
    mistake("frozen-not-cleared", clears_frozen=False)
    .says(
        "You cleared the weights that train, and no others: in frozen ones gradients of before they were frozen are "
        "left. An optimizer that holds them would go on moving them."
    )
    .asks("An optimizer moves what has a gradient. Does it ask how old that is?"),
    *MODES,
)

GRADIENT_NORMS = Exercise(
    id="gradient_norms",
    title="Who learns?",
    family=seen_by(observe, measure),
    returns={
        "list of names": NAMES,
        "norm for each weight (-1: not named)": "weight",
        "list of what became of the model": NAMES,
    },
    probes=probes,
    examples=(
        (1, 1, 0, [], True, torch.tensor([[0]]), torch.tensor([1])),
        (1, 2, 0, ["embedding"], True, torch.tensor([[0, 1]]), torch.tensor([1])),
        (2, 2, 0, ["embedding"], False, torch.tensor([[0, 1], [2, 2]]), torch.tensor([1, 0])),
    ),
    properties=(
        always("other-names", _names_what_trains)
        .right("It names what is to train, and nothing else.")
        .says("Your names are not those of the weights that are to train.")
        .asks("Compare the names below: which are too many, which are missing, and what is special about them?"),
        always("dead-and-alive-mixed-up", _tells_dead_from_alive)
        .right("It gives 0 for what is dead, and more for what learns.")
        .says("Weights that the loss does not reach should have 0, and all others more.")
        .asks("What is the gradient of a weight that the loss does not depend on?"),
        truth("grows-with-the-batch", _a_batch_twice_is_the_batch)
        .right("The same texts twice give the same norms.")
        .says("With the same texts twice, your norms are others.")
        .asks("The loss is a mean over the texts. What happens to a mean when each text is there twice?"),
        always("model-changed", notes(*STAYS))
        .right("Weights, gradients and what is frozen are left in order.")
        .says("After your function the model is not as it should be.")
        .asks("Compare the lists below: what has changed, and which of your lines did that?"),
        KEEPS_THE_MODE,
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides("weights-measured", "never-cleared loss-summed", because="where no gradient is measured, none is wrong"),
        *hides(
            "dead-left-out", "frozen-named", because="no gradient reaches a frozen weight, so it is left out as well"
        ),
        *hides(
            "gradients-left",
            "frozen-not-cleared",
            because="where all gradients are left, so are those of frozen weights",
        ),
        *hides("thawed", "frozen-not-cleared", because="nothing is frozen any more when it is cleared"),
        *hides("thawed", "frozen-named", because="nothing is frozen any more when the names are written down"),
    ),
    observe=observe,
)
