"""Exercise: interrupt a run and go on. The check lets a small run die, and watches what comes back.

Check `resume(save, load)`: what a run saves, and how it goes on.

`save(model, optimizer, generator, step) -> state`; `load(state, model, optimizer, generator) -> step`.

A run is saved, goes on for a while, and dies. A new process begins it again as it began, loads the state into its
model, optimizer and generator, and goes on from the step that `load` returns: bit for bit as if nothing had been.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.check.bank import Draws, Exercise, Probe, Probes, mistake, one, truth
from lmkit.learning import objectives

RATE = 0.5

Weights = Float[Tensor, "vocab vocab"]
Rows = Int[Tensor, "step batch position"]
Seen = tuple[Int[Tensor, "step"], Rows, Weights, Weights, Float[Tensor, "step vocab vocab"]]


@dataclass
class Run:
    """The smallest training run that has all that a large one has: a table of logits that learns from random rows."""

    model: nn.Embedding
    optimizer: torch.optim.AdamW
    generator: torch.Generator
    step: int = 0

    @classmethod
    def begin(cls, weights: Weights, seed: int) -> "Run":
        """Begin, as every process does that runs this program."""
        model = nn.Embedding.from_pretrained(weights.clone(), freeze=False)
        optimizer = torch.optim.AdamW(model.parameters())
        return cls(model, optimizer, torch.Generator().manual_seed(seed))

    def go_on(self) -> Int[Tensor, "batch position"]:
        """Take a step, smaller than the one before it, and give the rows that it read."""
        self.step += 1
        for group in self.optimizer.param_groups:
            group["lr"] = RATE / self.step if self.step > 0 else 0.0
        vocab = self.model.num_embeddings
        rows = torch.randint(vocab, (2, 3), generator=self.generator)
        with torch.enable_grad():
            objectives.loss(self.model(rows[:, :-1]), rows[:, 1:]).backward()
        self.optimizer.step()
        self.optimizer.zero_grad()
        return rows

    def weights(self) -> Weights:
        """Copy the weights as they are now."""
        return self.model.weight.detach().clone()

    def averages(self) -> Weights:
        """Copy the optimizer's average of the gradients; zeros before there is one."""
        average = self.optimizer.state[self.model.weight].get("exp_avg")
        return torch.zeros_like(self.model.weight) if average is None else average.clone()


def observe(save: Callable, load: Callable, weights: Weights, seed: int, kept: int, lost: int, more: int) -> Seen:
    """Save after `kept` steps, lose `lost` steps, begin again, load, and tell what the next `more` steps do."""
    run = Run.begin(weights, seed)
    for _ in range(kept):
        run.go_on()
    state = one(save(run.model, run.optimizer, run.generator, run.step))
    other = Run.begin(weights.flip(0), seed + 1)  # another run is saved too: what is loaded must come from `state`
    other.go_on()
    save(other.model, other.optimizer, other.generator, other.step)
    for _ in range(lost):
        run.go_on()
        other.go_on()
    again = Run.begin(weights, seed)
    loaded = load(state, again.model, again.optimizer, again.generator)
    again.step = int(one(loaded, Integral, "the number of a step, from `load`"))
    begun = again.weights(), again.averages()
    numbers, rows, after = [], [], []
    for _ in range(more):
        rows.append(again.go_on())
        numbers.append(again.step)
        after.append(again.weights())
    return torch.tensor(numbers), torch.stack(rows), *begun, torch.stack(after)


def go_on(
    weights: Weights,
    seed: int,
    kept: int,
    lost: int,
    more: int,
    *,
    keep_weights: Callable | None = copy.deepcopy,
    keep_averages: Callable | None = copy.deepcopy,
    keep_draws: Callable | None = torch.Generator.get_state,
    count: Callable = lambda step: step,
    elsewhere: bool = False,
) -> Seen:
    """Save and load all four: weights, averages, draws, step. The keywords are the switches; None forgets."""
    saved: list[tuple] = []

    def save(model: nn.Module, optimizer: torch.optim.Optimizer, generator: torch.Generator, step: int) -> tuple:
        state = (
            keep_weights and keep_weights(model.state_dict()),
            keep_averages and keep_averages(optimizer.state_dict()),
            keep_draws and keep_draws(generator),
            step,
        )
        saved.append(state)
        return state

    def load(state: tuple, model: nn.Module, optimizer: torch.optim.Optimizer, generator: torch.Generator) -> int:
        kept_weights, kept_averages, draws, step = saved[-1] if elsewhere else state
        if kept_weights is not None:
            model.load_state_dict(kept_weights)
        if kept_averages is not None:
            optimizer.load_state_dict(kept_averages)
        if draws is not None:
            generator.set_state(draws.get_state() if isinstance(draws, torch.Generator) else draws)
        return count(step)

    return observe(save, load, weights, seed, kept, lost, more)


def probes(seed: int) -> Probes:
    """A run that dies right after saving, then one that goes on for a while before it dies."""
    weights = 3 * Draws(seed).normal(4, 4)
    return (
        Probe("when the run dies right after saving", (weights, seed, 3, 0, 3)),
        Probe("when the run goes on after saving, and then dies", (weights, seed + 1, 4, 3, 4)),
    )


def _goes_on_bit_for_bit(solve: Callable, probes: Probes) -> bool:
    weights, seed, kept, _, more = probes[0].args
    *_, after = solve(weights, seed, kept, 0, more)
    run = Run.begin(weights, seed)
    uninterrupted = [(run.go_on(), run.weights())[1] for _ in range(kept + more)]
    return torch.equal(after, torch.stack(uninterrupted[kept:]))


def _state_stays_as_it_was(solve: Callable, probes: Probes) -> bool:
    weights, seed, kept, lost, more = probes[1].args
    return all(map(torch.equal, solve(weights, seed, kept, 0, more), solve(weights, seed, kept, lost, more)))


def _steps_are_counted_on(solve: Callable, probes: Probes) -> bool:
    numbers, *_ = solve(*probes[0].args)
    _, _, kept, _, more = probes[0].args
    return numbers.tolist() == list(range(kept + 1, kept + more + 1))


def _as_they_are(state: dict) -> dict:
    return state


def _in_16_bits(state: dict) -> dict:
    return {name: tensor.half() for name, tensor in state.items()}


MISCONCEPTIONS = (
    mistake("weights-forgotten", keep_weights=None)
    .says("The weights do not come back: after loading they are those of a new model.")
    .asks("Which of your lines writes into the model that `load` was given?"),
    mistake("weights-not-copied", keep_weights=_as_they_are)
    .says("You kept the weights themselves, not a copy: what you saved changes with every later step.")
    .asks("`state_dict()` hands out tensors. Whose memory do they use?"),
    mistake("weights-rounded", keep_weights=_in_16_bits)
    .says("The weights come back rounded to 16 bits.")
    .asks("How many digits does a number lose on its way to the disk and back, and is that the same run then?"),
    mistake("averages-forgotten", keep_averages=None)
    .says("The optimizer's state is lost: its averages of the gradients start again from nothing.")
    .asks("AdamW looks back at the gradients of many steps. Where does it keep what it has seen?"),
    mistake("averages-not-copied", keep_averages=_as_they_are)
    .says("You kept the optimizer's averages themselves, not a copy: they change with every later step.")
    .asks("If the run takes three more steps before it dies, what stands in your saved state then?"),
    mistake("generator-forgotten", keep_draws=None)
    .says("The generator is not where it was: the rows of the first steps come again.")
    .asks("Who decides which rows come next, and what must be known about it to go on?"),
    mistake("generator-not-copied", keep_draws=lambda generator: generator)
    .says("You kept the generator itself, and it draws on while the run goes on.")
    .asks("Which method of a generator tells where it is now, in a tensor of its own?"),
    mistake("state-elsewhere", elsewhere=True)
    .says(
        "What you load is not the state that you are given: it is what was saved last, in a variable or a file outside "
        "of it."
    )
    .asks("A new process loads this state, and another run was saved since. What stands in your variable or file?"),
    mistake("step-forgotten", count=lambda step: 0)
    .says("The steps are counted from 1 again, so the learning rate starts its way anew.")
    .asks("The schedule asks for the number of the step. Who tells it after the interruption?"),
    mistake("step-too-many", count=lambda step: step + 1)
    .says("You returned the number of the next step, so one step is left out of the count.")
    .asks("`load` gives back how many steps are done. How many were done when the state was saved?"),
)

RESUME = Exercise(
    id="resume",
    title="Interrupt and go on",
    family=go_on,
    returns={
        "numbers of the next steps": "step",
        "rows of the next steps": "step batch position",
        "weights after loading": "vocab vocab",
        "averages after loading": "vocab vocab",
        "weights after each step": "step vocab vocab",
    },
    probes=probes,
    examples=((torch.tensor([[2.0, 3.0], [5.0, 7.0]]), 1, 2, 1, 1),),
    properties=(
        truth("another-run", _goes_on_bit_for_bit)
        .right("The run goes on bit for bit as if nothing had happened.")
        .says("The run does not go on bit for bit as the uninterrupted one.")
        .asks("Name everything that changes from one step to the next. Which of it is not in your state?"),
        truth("state-changes", _state_stays_as_it_was)
        .right("What was saved stays as it was, whatever the run does afterwards.")
        .says("What you saved changes while the run goes on.")
        .asks("Which parts of your state are copies, and which are the things themselves?"),
        truth("steps-not-counted-on", _steps_are_counted_on)
        .right("The steps are counted on.")
        .says("The steps are not counted on from where the state was saved.")
        .asks("What does your `load` return, and where does it have it from?"),
    ),
    misconceptions=MISCONCEPTIONS,
    observe=observe,
)
