"""Exercise: freeze a part of a model. The check trains with what comes back, and watches which weights move.

Check `freeze(model, n_top) -> optimizer`: only the head and the top `n_top` layers may train.

`model` has the parts `embedding`, `layers` (a list, the last one next to the head) and `head`. The optimizer is any
of torch's, with any learning rate above 0. The model stays in the mode, train or eval, that it was in.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.check.bank import (
    NAMES,
    Exercise,
    Finding,
    Probe,
    Probes,
    Stopped,
    always,
    hides,
    mistake,
    one,
    twin,
)
from lmkit.check.banks.mode import KEEPS_THE_MODE, MODES, mode_after, set_mode
from lmkit.check.banks.watching import seen_by

STEPS = 2

Trace = tuple[list[str], list[str], list[str]]


class Small(nn.Module):
    """A model with the parts of a transformer: an embedding, layers, a head."""

    def __init__(self, n_layers: int):
        super().__init__()
        self.embedding = nn.Embedding(5, 4)
        self.layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(n_layers))
        self.head = nn.Linear(4, 2)

    def forward(self, tokens: Int[Tensor, "batch position"]) -> Float[Tensor, "batch class"]:
        """Classify each text."""
        x = self.embedding(tokens).mean(dim=1)  # (batch, 4)
        for layer in self.layers:
            x = x + layer(x).tanh()
        return self.head(x)


def _make(n_layers: int) -> Small:
    """The same weights each time, whatever the seed of the notebook, which is left as it was."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        return Small(n_layers)


ANOTHER_MODEL = Finding(
    "another-model",
    "Your optimizer holds weights that are not in the model: those of a copy, or of a part that was replaced.",
    "The caller trains `model`. Which weights does a step of your optimizer move, and whose are they?",
)


def observe(freeze: Callable, n_layers: int, n_top: int, training: bool) -> Trace:
    """Train with the optimizer that comes back: which weights moved, which had a gradient, and the model's mode."""
    model = _make(n_layers).train(training)
    optimizer = one(freeze(model, n_top), torch.optim.Optimizer, "an optimizer of torch")
    held = {id(weight) for group in optimizer.param_groups for weight in group["params"]}
    if not held.issubset(map(id, model.parameters())):
        raise Stopped(ANOTHER_MODEL)
    mode = mode_after(model, training)
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    for _ in range(STEPS):
        _take_step(model, optimizer)
    moved = [name for name, weight in model.named_parameters() if not torch.equal(weight, before[name])]
    return moved, [name for name, weight in model.named_parameters() if weight.grad is not None], [mode]


def _take_step(model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    def closure() -> float:  # some optimizers ask for the loss more than once a step
        optimizer.zero_grad()
        with torch.enable_grad():
            loss = nn.functional.cross_entropy(model(torch.tensor([[0, 1], [2, 3], [4, 0]])), torch.tensor([0, 1, 1]))
        if loss.requires_grad:  # else everything is frozen
            loss.backward()
        return loss.item()

    optimizer.step(closure)


def free_the_top(
    model: Small,
    n_top: int,
    *,
    layers: Callable = lambda n_layers, n_top: range(n_layers - n_top, n_layers),
    embedding: bool = False,
    head: bool = True,
    biases: bool = False,
    without_gradient: bool = True,
    knows_layers: bool = True,
    mode: bool | None = None,
) -> torch.optim.Optimizer:
    """Let the head and the top layers train, and nothing else. The keywords are the switches."""
    set_mode(model, mode)
    top = layers(len(model.layers), n_top)
    groups = []
    for name, weight in model.named_parameters():
        part, *more = name.split(".")
        free = {"embedding": embedding, "head": head, "layers": part == "layers" and int(more[0]) in top}
        trains = free[part] or (biases and name.endswith("bias"))
        weight.requires_grad_(trains or not without_gradient)
        known = trains and (knows_layers or part != "layers")
        groups.append({"params": [weight], "lr": 0.1 * known})
    return torch.optim.SGD(groups)


def probes(seed: int) -> Probes:
    """Some layers, one layer, and none. The model is the same for every seed: its values do not matter."""
    return (
        Probe("when two of four layers train", (4, 2, True)),
        Probe("when one of three layers trains", (3, 1, False)),
        Probe("when no layer trains, only the head", (3, 0, True)),
        Probe("when there are more than ten layers", (12, 5, False)),
    )


def _allowed(name: str, n_layers: int, n_top: int) -> bool:
    part, *more = name.split(".")
    return part == "head" or (part == "layers" and int(more[0]) >= n_layers - n_top)


def _the_bottom_stands_still(args: tuple, moved: list[str], *_: list[str]) -> bool:
    return all(_allowed(name, *args[:2]) for name in moved)


def _the_top_moves(args: tuple, moved: list[str], *_: list[str]) -> bool:
    names = [name for name, _ in _make(args[0]).named_parameters()]
    return all(name in moved for name in names if _allowed(name, *args[:2]))


def _nothing_for_the_frozen(args: tuple, _: list[str], with_gradient: list[str], __: list[str]) -> bool:
    return all(_allowed(name, *args[:2]) for name in with_gradient)


MISCONCEPTIONS = (
    mistake("nothing-frozen", layers=lambda n_layers, n_top: range(n_layers), embedding=True)
    .says("Nothing is frozen: the embedding and all layers move.")
    .asks(
        "`requires_grad` belongs to each single parameter. Does a whole module have such an attribute, and who "
        "complains if you invent one?"
    ),
    mistake("embedding-moves", embedding=True)
    .says("The embedding still moves.")
    .asks("Which parts of the model come before the first layer, and did you name them all?"),
    mistake("head-frozen", head=False)
    .says("The head is frozen too, and it is the one part that has never been trained.")
    .asks("Where did the weights of the head come from, and what is its output worth today?"),
    mistake("from-the-bottom", layers=lambda n_layers, n_top: range(n_top))
    .says("You counted from the bottom: the first layers train, the last ones are frozen.")
    .asks("Which end of the list of layers lies next to the head?"),
    mistake("one-layer-too-many", layers=lambda n_layers, n_top: range(max(0, n_layers - n_top - 1), n_layers))
    .says("One layer more trains than it should.")
    .asks("With four layers of which two train: what is the number of the lowest one that does?"),
    mistake("one-layer-too-few", layers=lambda n_layers, n_top: range(n_layers - n_top + 1, n_layers))
    .says("One layer fewer trains than it should.")
    .asks("With four layers of which two train: what is the number of the lowest one, counted from 0?"),
    mistake("no-layer-trains", layers=lambda n_layers, n_top: range(0))
    .says("Only the head trains, whatever `n_top` is.")
    .asks("Where does your code use `n_top`?"),
    mistake("minus-zero", layers=lambda n_layers, n_top: range(n_layers - n_top if n_top else 0, n_layers))
    .says("When no layer should train, all of them do.")
    .asks("What is the last-0 part of a list: what does Python give you for `layers[-0:]`?"),
    mistake("biases-move", biases=True)
    .says("All biases still move: you froze the weight matrices only.")
    .asks("Which parameters has a linear layer besides its matrix?"),
    mistake("gradients-for-nothing", without_gradient=False)
    .says(
        "The frozen weights stand still, but a gradient is computed for each of them: you only kept them from the "
        "optimizer."
    )
    .asks("Computing gradients is most of the cost of a step. What tells torch that a weight needs none?"),
    mistake("optimizer-does-not-know", knows_layers=False)
    .says("The top layers get gradients, but your optimizer does not hold them: it moves the head alone.")
    .asks(
        "An optimizer keeps the list it was made with. Which weights were free at that moment, and which became so "
        "later?"
    ),
    *MODES,
)

FREEZE = Exercise(
    id="freeze",
    title="Freeze a part of a model",
    family=seen_by(observe, free_the_top),
    returns={"list of weights that moved": NAMES, "list of weights with a gradient": NAMES, "mode": NAMES},
    probes=probes,
    examples=((2, 1, True), (2, 0, True), (2, 1, False)),
    properties=(
        always("frozen-part-moves", _the_bottom_stands_still)
        .right("What is frozen stands still.")
        .says("Some weights move that should be frozen.")
        .asks("Compare the names below: which of them are neither in the head nor in the top layers?"),
        always("free-part-stands-still", _the_top_moves)
        .right("The head and the top layers move.")
        .says("Some weights stand still that should train.")
        .asks("A weight moves if it has a gradient and if the optimizer knows it. Which of the two is missing?"),
        always("costly", _nothing_for_the_frozen)
        .right("No gradient is computed for a frozen weight.")
        .says("Gradients are computed for weights that never use them.")
        .asks("Which attribute of a parameter decides whether `backward` computes its gradient?"),
        KEEPS_THE_MODE,
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides("nothing-frozen", "biases-move", because="where everything moves, so do the biases"),
        *hides(
            "nothing-frozen",
            "gradients-for-nothing",
            because="where everything moves, no gradient is computed for nothing",
        ),
        *hides(
            "no-layer-trains",
            "optimizer-does-not-know",
            because="where no layer is free, the optimizer need not know one",
        ),
        twin(
            "gradients-for-nothing optimizer-does-not-know",
            seen_as="no-layer-trains gradients-for-nothing",
            because="both are an optimizer for the head, beside which nothing was frozen",
        ),
    ),
    observe=observe,
)
