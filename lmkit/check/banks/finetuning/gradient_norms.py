"""Exercise: which part of a model learns? The check hands over a model that is partly frozen and partly dead."""

from collections.abc import Callable
from numbers import Real
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.check import general
from lmkit.check.banks.mode import KEEPS_THE_MODE, MODES, mode_after, set_mode
from lmkit.check.calling import Stopped, unpacked
from lmkit.check.exercise import Exercise, Misconception, Probe, Property, Twin
from lmkit.check.judging import judge
from lmkit.check.kinds import NAMES
from lmkit.check.properties import Probes, close, on_every_probe
from lmkit.check.report import Report

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
        (given,) = unpacked(gradient_norms(model, inputs, labels), ("norms",))
    norms = _as_norms(given)
    names = [name for name in before if name in norms] + sorted(name for name in norms if name not in before)
    return names, torch.tensor([norms.get(name, NOT_NAMED) for name in before]), _what_is_left(model, before, training)


def _as_norms(given: Any) -> dict[str, float]:
    if not isinstance(given, dict):
        raise Stopped(general.wrong_type(given, "a dictionary with a number for each name"))
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
    told = [one if good else other for one, other, good in zip(STAYS, otherwise, stays, strict=True)]
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
    n_layers: int,
    d_model: int,
    dead: int,
    frozen: list[str],
    training: bool,
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
) -> Trace:
    """Clear, backward, the length of each gradient, clear. The keywords are the switches."""

    def gradient_norms(model: nn.Module, inputs: Tensor, labels: Tensor) -> dict[str, float]:
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

    return observe(gradient_norms, n_layers, d_model, dead, frozen, training, inputs, labels)


def probes(seed: int) -> Probes:
    """With more and more of it frozen; each time another layer is dead."""
    source = torch.Generator().manual_seed(seed)

    def batch(*shape: int) -> tuple[Tensor, Tensor]:
        return torch.randint(VOCAB, shape, generator=source), torch.randint(CLASSES, shape[:1], generator=source)

    return (
        Probe("when nothing is frozen", (2, 3, 1, [], True, *batch(3, 4))),
        Probe("when the embedding is frozen", (2, 4, 0, ["embedding"], False, *batch(2, 5))),
        Probe("when a layer is frozen, too", (3, 2, 2, ["embedding", "layers.0"], True, *batch(4, 3))),
    )


def _names(args: tuple, *, trained: bool) -> list[str]:
    n_layers, d_model, dead, frozen, *_ = args
    names = [name for name, _ in Watched(n_layers, d_model, dead).named_parameters()]
    return [name for name in names if any(name.startswith(part + ".") for part in frozen) != trained]


def _names_what_trains(args: tuple, names: list[str], *_: Any) -> bool:
    return set(names) == set(_names(args, trained=True))


def _tells_dead_from_alive(args: tuple, names: list[str], norms: Tensor, _: list[str]) -> bool:
    n_layers, d_model, dead, frozen, *_ = args
    every = [name for name, _ in Watched(n_layers, d_model, dead).named_parameters()]
    silent = ("pooler.", f"layers.{dead}.")
    given = {name: norm for name, norm in zip(every, norms.tolist(), strict=True) if name in names}
    return all((norm == 0) == name.startswith(silent) for name, norm in given.items())


def _leaves_the_model(args: tuple, _: list[str], __: Tensor, left: list[str]) -> bool:
    return left[:-1] == STAYS


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
    Misconception(
        code="never-cleared",
        says="You did not clear the gradients before you measured: those of an earlier batch are in your numbers.",
        asks="`backward` adds to what is in `.grad`. What may stand there when your function is called?",
        wrong={"cleared_first": False},
    ),
    Misconception(
        code="weights-measured",
        says="You measured the weights themselves, not their gradients.",
        asks="A large weight may stand still, and a small one may move. Where does torch keep the slope of each?",
        wrong={"norm": lambda weight, gradient: weight.norm()},
    ),
    Misconception(
        code="squared",
        says="You gave the squares of the norms: the root is missing.",
        asks="How long is the arrow from (0, 0) to (3, 4): 25?",
        wrong={"norm": lambda weight, gradient: gradient.square().sum()},
    ),
    Misconception(
        code="largest-number",
        says="You gave the largest number of each gradient, not its length.",
        asks="How long is the arrow from (0, 0) to (3, 4): 4?",
        wrong={"norm": lambda weight, gradient: gradient.abs().max()},
    ),
    Misconception(
        code="sizes-added",
        says="You added up the sizes of the numbers of each gradient.",
        asks="How long is the arrow from (0, 0) to (3, 4): 7?",
        wrong={"norm": lambda weight, gradient: gradient.abs().sum()},
    ),
    Misconception(
        code="numbers-averaged",
        says="You averaged the numbers of each gradient: positive and negative ones cancel.",
        asks="A gradient holds 5 and -5. Does that weight learn, and what is the mean?",
        wrong={"norm": lambda weight, gradient: gradient.mean()},
    ),
    Misconception(
        code="sizes-averaged",
        says="You averaged the sizes of the numbers of each gradient.",
        asks="That is a fair measure, but not the one asked for. How is the length of a vector defined?",
        wrong={"norm": lambda weight, gradient: gradient.abs().mean()},
    ),
    Misconception(
        code="root-of-the-mean",
        says="You took the root of the mean of the squares: the norm divided by the root of the count.",
        asks="The length of a vector is the root of which sum, and is that sum divided by anything?",
        wrong={"norm": lambda weight, gradient: gradient.square().mean().sqrt()},
    ),
    Misconception(
        code="loss-summed",
        says="You summed the loss over the texts: with twice the texts your norms are twice as large.",
        asks="Which loss does training go down, and what does it divide by?",
        wrong={"reduction": "sum"},
    ),
    Misconception(
        code="frozen-named",
        says="You name frozen weights, too: they cannot be told from those that should learn.",
        asks="Which attribute of a weight says whether it is meant to learn?",
        wrong={"with_frozen": True},
    ),
    Misconception(
        code="dead-left-out",
        says="You leave out the weights that no gradient has reached: the very ones that you are looking for.",
        asks="Which weight would you rather miss in the list: one that learns, or one that should and does not?",
        wrong={"with_unreached": False},
    ),
    Misconception(
        code="thawed",
        says="You set frozen weights free, and leave them so.",
        asks="Is a frozen weight yours to set free, if you are only asked to measure?",
        wrong={"thaws": True},
    ),
    Misconception(
        code="step-taken",
        says="You took a step: measuring has changed the weights.",
        asks="Which line moves the weights, and does a measurement need it?",
        wrong={"steps": True},
    ),
    Misconception(
        code="gradients-left",
        says="You leave gradients in the model: whoever calls `backward` next adds to them.",
        asks="Where are the gradients after your function is through, and who is to know?",
        wrong={"cleared_last": False},
    ),
    Misconception(
        code="frozen-not-cleared",
        says="You cleared the weights that train, and no others: in frozen ones gradients of before they were frozen "
        "are left. An optimizer that holds them would go on moving them.",
        asks="An optimizer moves what has a gradient. Does it ask how old that is?",
        wrong={"clears_frozen": False},
    ),
    *MODES,
)

GRADIENT_NORMS = Exercise(
    id="gradient_norms",
    title="Who learns?",
    family=measure,
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
        Property(
            code="other-names",
            right="It names what is to train, and nothing else.",
            says="Your names are not those of the weights that are to train.",
            asks="Compare the names below: which are too many, which are missing, and what is special about them?",
            holds=on_every_probe(_names_what_trains),
        ),
        Property(
            code="dead-and-alive-mixed-up",
            right="It gives 0 for what is dead, and more for what learns.",
            says="Weights that the loss does not reach should have 0, and all others more.",
            asks="What is the gradient of a weight that the loss does not depend on?",
            holds=on_every_probe(_tells_dead_from_alive),
        ),
        Property(
            code="grows-with-the-batch",
            right="The same texts twice give the same norms.",
            says="With the same texts twice, your norms are others.",
            asks="The loss is a mean over the texts. What happens to a mean when each text is there twice?",
            holds=_a_batch_twice_is_the_batch,
        ),
        Property(
            code="model-changed",
            right="Weights, gradients and what is frozen are left in order.",
            says="After your function the model is not as it should be.",
            asks="Compare the lists below: what has changed, and which of your lines did that?",
            holds=on_every_probe(_leaves_the_model),
        ),
        KEEPS_THE_MODE,
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *(
            Twin(pair=pair, seen_as=("weights-measured",), because="where no gradient is measured, none is wrong")
            for pair in (("never-cleared", "weights-measured"), ("weights-measured", "loss-summed"))
        ),
        Twin(
            pair=("frozen-named", "dead-left-out"),
            seen_as=("dead-left-out",),
            because="no gradient reaches a frozen weight, so it is left out as well",
        ),
        Twin(
            pair=("gradients-left", "frozen-not-cleared"),
            seen_as=("gradients-left",),
            because="where all gradients are left, so are those of frozen weights",
        ),
        Twin(
            pair=("thawed", "frozen-not-cleared"),
            seen_as=("thawed",),
            because="nothing is frozen any more when it is cleared",
        ),
        Twin(
            pair=("frozen-named", "thawed"),
            seen_as=("thawed",),
            because="nothing is frozen any more when the names are written down",
        ),
    ),
)


def gradient_norms(student: Any, seed: int = 0) -> Report:
    """Check `gradient_norms(model, inputs, labels) -> dict`: the name of each weight that trains, and its slope's norm.

    The loss is `objectives.loss(model(inputs), labels)`. A frozen weight is not named; one that the loss
    does not reach has 0. Afterwards the model has no gradients, and is in all else as it was.
    """

    def watched(n_layers: int, d_model: int, dead: int, frozen: list, training: bool, inputs: Tensor, labels: Tensor):
        return observe(student, n_layers, d_model, dead, frozen, training, inputs, labels)

    return judge(GRADIENT_NORMS, watched if callable(student) else student, seed)
