"""Exercise: one step of training. The check watches what happens to the weights, and in which order.

Check `training_step(model, optimizer, inputs, labels, clip) -> loss`: the weights move once.

`model(inputs)` gives logits [batch, position, vocab]; the loss is `objectives.loss(logits, labels)`, returned as a
number. A gradient longer than `clip` is shortened to that length before it is used.
"""

from collections.abc import Callable, Iterable
from numbers import Real

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.check.bank import NAMES, Draws, Exercise, Probe, Probes, Stopped, close, general, hides, mistake, one, truth
from lmkit.check.banks.watching import seen_by
from lmkit.learning import objectives

RATE = 1.0

Weights = Float[Tensor, "token_or_bias vocab"]  # a row for each token, and the bias as the last one
Rows = Int[Tensor, "step batch position"]
Batch = Int[Tensor, "batch position"]


class Diary:
    """What happens to the gradient of all parameters together, in order."""

    def __init__(self, *parameters: nn.Parameter):
        self.parameters, self.lines, self.length = parameters, [], 0.0
        for parameter in parameters:
            parameter.register_post_accumulate_grad_hook(self.has_come_back)

    def has_come_back(self, parameter: nn.Parameter) -> None:
        """Note it once for all parameters, but measure after each: the length is known after the last one."""
        if parameter is self.parameters[0]:
            self.note("backward")
        self.length = self.measure()

    def measure(self) -> float:
        """The length of the gradient; 0 when there is none."""
        return sum(p.grad.square().sum().item() for p in self.parameters if p.grad is not None) ** 0.5

    def look(self) -> None:
        """Note it when the gradient has become shorter since the last look."""
        now = self.measure()
        if 0 < now < 0.999 * self.length:
            self.lines.append("clip")
        self.length = now

    def note(self, line: str) -> None:
        """Note what has just happened."""
        self.lines.append(line)
        self.length = self.measure()

    def end(self) -> str:
        """Close the page. What comes before a step with a gradient is seen in the weights, however it is written; and
        a gradient that the optimizer never saw may have been clipped or not: it does not matter.
        """
        self.look()
        idle = "step without gradient" in self.lines
        start = self.lines.index("step") if "step" in self.lines else 0
        before, after = self.lines[:start], self.lines[start:]
        page = [line for line in before if line not in ("backward", "clip")]
        page += [line for line in after if not (idle and line == "clip")]
        self.lines = []
        return ", ".join(page)


class Bigrams(nn.Module):
    """The smallest language model: a table with the logits of the next token, for each token, and a bias for all."""

    def __init__(self, weights: Weights):
        super().__init__()
        self.table = nn.Parameter(weights[:-1].clone())
        self.bias = nn.Parameter(weights[-1].clone())
        self.diary = Diary(self.table, self.bias)

    def weights(self) -> Weights:
        """Copy the weights as they are now."""
        return torch.cat([self.table, self.bias[None]]).detach()

    def forward(self, tokens: Int[Tensor, "batch position"]) -> Float[Tensor, "batch position vocab"]:
        """Look up the logits."""
        self.diary.note("forward")
        return self.table[tokens] + self.bias

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradient, after a last look at it."""
        self.diary.look()
        super().zero_grad(set_to_none)


class Watched(torch.optim.SGD):
    """Plain gradient descent that writes into the diary."""

    def __init__(self, model: Bigrams):
        super().__init__(model.parameters(), lr=RATE)
        self.diary = model.diary
        self.register_step_post_hook(lambda *_: self.watch())

    def watch(self) -> None:
        """Note the step after it was taken: a closure may have done all the rest within it."""
        self.diary.look()
        self.diary.note("step" if self.diary.length else "step without gradient")

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Clear the gradient, after a last look at it."""
        self.diary.look()
        super().zero_grad(set_to_none)


def observe(
    training_step: Callable, weights: Weights, inputs: Rows, labels: Rows, clip: float
) -> tuple[list[str], Tensor, Tensor, list[str]]:
    """Take the steps, and tell for each what happened, the weights after it, and the loss that was returned."""
    model = Bigrams(weights)
    optimizer = Watched(model)
    pages, after, losses, kinds = [], [], [], []
    for rows, asked in zip(inputs, labels, strict=True):
        with torch.enable_grad():
            loss = one(training_step(model, optimizer, rows.clone(), asked.clone(), clip), (Real, Tensor), "a number")
        if isinstance(loss, Tensor) and loss.numel() != 1:
            raise Stopped(general.wrong_type(loss, "a number"))
        pages.append(model.diary.end())
        after.append(model.weights())
        losses.append(loss.item() if isinstance(loss, Tensor) else float(loss))
        kinds.append("tensor with its graph" if isinstance(loss, Tensor) and loss.requires_grad else "number")
    return pages, torch.stack(after), torch.tensor(losses, dtype=torch.float64), kinds


def take_a_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    inputs: Batch,
    labels: Batch,
    clip: float,
    *,
    clear: float | None = 0.0,
    clip_at: float | None = 3.0,
    step: float | None = 4.0,
    clipping: Callable = nn.utils.clip_grad_norm_,
    returned: Callable = Tensor.item,
) -> float | Tensor:
    """Clear, forward, backward, clip, step. The keywords are the switches: when each is done, or None for never."""
    times = {"clear": clear, "forward": 1.0, "backward": 2.0, "clip": clip_at, "step": step}
    loss = None
    for line in sorted((line for line, time in times.items() if time is not None), key=times.__getitem__):
        if line == "clear":
            optimizer.zero_grad()
        elif line == "forward":
            loss = objectives.loss(model(inputs), labels)
        elif line == "backward":
            loss.backward()
        elif line == "clip":
            clipping(model.parameters(), clip)
        else:
            optimizer.step()
    return returned(loss)


def probes(seed: int) -> Probes:
    """One step with a gradient longer than 1; three on other rows each time; three with gradients that are too long."""
    draw = Draws(seed)
    weights = draw.normal(6, 5)
    tokens = draw.whole(0, 5, 3, 2, 5)
    inputs, labels = tokens[..., :-1], tokens[..., 1:]
    sure = torch.zeros(6, 5)
    sure[:, seed % 5] = 9.0  # of the one token that never comes: a gradient longer than 1
    others = (torch.arange(4)[None, None] + seed + 1) % 5
    return (
        Probe("for one step with a gradient below `clip`", (sure, others[..., :3], others[..., 1:], 100.0)),
        Probe("for three steps with short gradients", (weights, inputs, labels, 100.0)),
        Probe("for three steps with gradients to be clipped", (weights, inputs, labels, 0.05)),
    )


def _every_step_moves(solve: Callable, probes: Probes) -> bool:
    weights, *others = probes[1].args
    _, after, _, _ = solve(weights, *others)
    return all(not torch.equal(a, b) for a, b in zip([weights, *after], after, strict=False))


def _no_step_is_too_long(solve: Callable, probes: Probes) -> bool:
    weights, inputs, labels, clip = probes[2].args
    _, after, _, _ = solve(weights, inputs, labels, clip)
    moves = torch.stack([weights, *after]).diff(dim=0)
    return bool((moves.flatten(start_dim=1).norm(dim=1) <= 1.001 * RATE * clip).all())


def _steps_do_not_remember(solve: Callable, probes: Probes) -> bool:
    """Going on from the weights after the first step, with all else new, comes to the same."""
    weights, inputs, labels, clip = probes[1].args
    _, after, _, _ = solve(weights, inputs, labels, clip)
    _, again, _, _ = solve(after[0], inputs[1:], labels[1:], clip)
    return close(after[1:], again, atol=1e-5)


def _clip_each(parameters: Iterable[nn.Parameter], clip: float) -> None:
    for parameter in parameters:
        nn.utils.clip_grad_norm_(parameter, clip)


MISCONCEPTIONS = (
    mistake("never-cleared", clear=None)
    .says("You never cleared the gradients: each step uses those of all steps before it as well.")
    .asks("`backward` adds to what is in `.grad` already. What stands there at the start of the second step?"),
    mistake("cleared-before-the-step", clear=3.5)
    .says("You cleared the gradients between `backward` and the step: the optimizer finds none.")
    .asks("Who needs the gradients, and when are they no longer needed?"),
    mistake("step-before-backward", step=1.5)
    .says("The optimizer takes its step before `backward` has computed the gradients.")
    .asks("What does the optimizer read to know which way to go, and which line writes it?"),
    mistake("no-step", step=None)
    .says("The optimizer takes no step: the weights stay as they are.")
    .asks("`backward` writes gradients. Which object changes the weights, and who tells it to?"),
    mistake("not-clipped", clip_at=None)
    .says(
        "Nothing shortens the gradient between `backward` and the step: long ones move the weights as far as they like."
    )
    .asks("Where does your code use `clip`, and what stands in `.grad` at that moment?"),
    mistake("clipped-after-the-step", clip_at=4.5)
    .says("You clipped the gradient after the step, when it had done its work.")
    .asks("Which line uses the gradient, and how long is the gradient then?"),
    mistake("each-number-clipped", clip_at=3.0, clipping=nn.utils.clip_grad_value_)
    .says("You clipped each number of the gradient by itself, which also turns its direction.")
    .asks("`clip` is the greatest length of the whole gradient. Which function of torch measures a length?"),
    mistake("each-parameter-clipped", clip_at=3.0, clipping=_clip_each)
    .says("You clipped the gradient of each parameter by itself: all together are still longer than `clip`.")
    .asks("How long is a gradient of two parts, each of which has the length 1?"),
    mistake("loss-with-its-graph", returned=lambda loss: loss)
    .says("You returned the loss with its graph: as long as it is kept, so is everything that was computed for it.")
    .asks("The caller wants to print the loss. What does it need for that: a tensor with a history, or a number?"),
)

TRAINING_STEP = Exercise(
    id="training_step",
    title="One step of training",
    family=seen_by(observe, take_a_step),
    returns={
        "order in each step": NAMES,
        "weights after each step": "step row vocab",
        "loss of each step": "step",
        "kind of loss": NAMES,
    },
    probes=probes,
    examples=(
        (torch.zeros(3, 2), torch.tensor([[[0]]]), torch.tensor([[[1]]]), 100.0),
        (torch.zeros(3, 2), torch.tensor([[[0]]]), torch.tensor([[[1]]]), 0.1),
        (torch.zeros(3, 2), torch.tensor([[[0]], [[1]]]), torch.tensor([[[1]], [[1]]]), 100.0),
    ),
    properties=(
        truth("weights-stand-still", _every_step_moves)
        .right("Every step moves the weights.")
        .says("There are steps that do not move the weights.")
        .asks("What does the optimizer find in `.grad` when it takes its step?"),
        truth("step-too-long", _no_step_is_too_long)
        .right("No step is longer than the learning rate times `clip`.")
        .says("Some steps are longer than the learning rate times `clip`.")
        .asks("Between which two lines must the gradient be shortened?"),
        truth("steps-remember", _steps_do_not_remember)
        .right("A step does not depend on the gradients of the steps before it.")
        .says("A step depends on more than the weights and the batch: something is left of the steps before it.")
        .asks("What outlives a call of your function: the loss, the logits, or what stands in `.grad`?"),
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "cleared-before-the-step step-before-backward",
            "not-clipped clipped-after-the-step each-number-clipped each-parameter-clipped",
            because="a gradient that the optimizer never sees may be clipped or not",
        ),
        *hides(
            "no-step",
            "never-cleared cleared-before-the-step clipped-after-the-step each-number-clipped each-parameter-clipped",
            because="where no step is taken, nothing depends on what came before it",
        ),
        *hides(
            "step-before-backward",
            "cleared-before-the-step",
            because="in both the optimizer finds no gradient, wherever it is cleared",
        ),
    ),
    observe=observe,
)
