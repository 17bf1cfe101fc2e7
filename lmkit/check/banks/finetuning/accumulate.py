"""Exercise: one step of training from a batch that comes in pieces. The check watches the optimizer and the weights."""

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.check.banks.mode import KEEPS_THE_MODE, MODES, mode_after, set_mode
from lmkit.check.banks.pretraining.training_step import Bigrams, Weights
from lmkit.check.exercise import Exercise, Misconception, Probe, Property, Twin
from lmkit.check.judging import judge
from lmkit.check.kinds import NAMES
from lmkit.check.properties import Probes, close
from lmkit.check.report import Report
from lmkit.learning import objectives

RATE = 1.0

Rows = Int[Tensor, "row position"]


class Counted(torch.optim.SGD):
    """Plain gradient descent that counts its steps."""

    def __init__(self, model: nn.Module):
        super().__init__(model.parameters(), lr=RATE)
        self.steps = 0
        self.register_step_pre_hook(lambda *_: self.count())

    def count(self) -> None:
        """One step more."""
        self.steps += 1


class Kept:
    """What torch keeps of one forward pass for its way back; it is gone when torch lets go of it."""

    def __init__(self, tensor: Tensor):
        self.tensor = tensor


class Keeping(Bigrams):
    """Counts, at each forward pass, of how many passes something is kept, this one included."""

    def __init__(self, weights: Weights):
        super().__init__(weights)
        self.passes, self.most, self.ways_back = [], 0, 0
        self.table.register_post_accumulate_grad_hook(lambda _: self.has_gone_back())

    def has_gone_back(self) -> None:
        """One way back more."""
        self.ways_back += 1

    def forward(self, tokens: Int[Tensor, "row position"]) -> Float[Tensor, "row position vocab"]:
        """Look up the logits, and keep an eye on what torch keeps."""
        kept = weakref.WeakSet()

        def keep(tensor: Tensor) -> Kept:
            one = Kept(tensor)
            kept.add(one)
            return one

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda one: one.tensor):
            logits = super().forward(tokens)
        self.passes = [one for one in (*self.passes, kept) if len(one)]
        self.most = max(self.most, len(self.passes))
        return logits


def observe(
    accumulate: Callable, weights: Weights, rows: Rows, sizes: list[int], training: bool
) -> tuple[list[str], Tensor]:
    """Hand over the same batch twice, in pieces, and tell what was done and the weights after each batch."""
    model = Keeping(weights).train(training)
    optimizer = Counted(model)
    done, after, read = [], [], [0]
    model.register_forward_pre_hook(lambda _, inputs: read.append(len(inputs[0])))
    for _ in range(2):
        optimizer.steps = 0
        pieces = [(piece[:, :-1].clone(), piece[:, 1:].clone()) for piece in rows.split(sizes)]
        with torch.enable_grad():
            accumulate(model, optimizer, pieces)
        done.append(f"{optimizer.steps} step{'' if optimizer.steps == 1 else 's'}")
        after.append(model.weights())
    done.append("reads a piece at a time" if max(read) <= max(sizes) else "reads more than a piece at once")
    done.append(_about_memory(model))
    done.append("pieces as they were" if _are_cut(pieces, rows, sizes) else "pieces changed")
    done.append(mode_after(model, training))
    return done, torch.stack(after)


def _about_memory(model: Keeping) -> str:
    if model.most <= 1:
        return "keeps one piece at most"
    return "keeps several pieces" if model.ways_back <= 2 else "keeps several pieces, though it went back"  # 2 batches


def _are_cut(pieces: list[tuple[Tensor, Tensor]], rows: Rows, sizes: list[int]) -> bool:
    whole = rows.split(sizes)
    return len(pieces) == len(whole) and all(
        torch.equal(inputs, piece[:, :-1]) and torch.equal(labels, piece[:, 1:])
        for (inputs, labels), piece in zip(pieces, whole, strict=True)
    )


def train(
    weights: Weights,
    rows: Rows,
    sizes: list[int],
    training: bool,
    *,
    together: bool = False,
    clear: str = "first",
    step: str = "last",
    backward: str = "each",
    weight: Callable = lambda labels, pieces: labels.numel() / sum(other.numel() for _, other in pieces),
    through: Callable = iter,
    mode: bool | None = None,
) -> tuple[list[str], Tensor]:
    """Clear, add up the gradients of all pieces, each by its share of the labels, step. The keywords: switches."""

    def accumulate(model: nn.Module, optimizer: torch.optim.Optimizer, pieces: list) -> None:
        set_mode(model, mode)
        given = list(pieces)
        if together:
            given = [tuple(torch.cat(part) for part in zip(*through(pieces), strict=True))]
            pieces = list(given)
        if clear == "first":
            optimizer.zero_grad()
        losses = []
        for inputs, labels in through(pieces):
            if clear == "each":
                optimizer.zero_grad()
            losses.append(objectives.loss(model(inputs), labels) * weight(labels, given))
            if backward == "each":
                losses.pop().backward()
            elif backward == "kept":
                losses[-1].backward(retain_graph=True)
            if step == "each":
                optimizer.step()
        if backward == "last":
            torch.stack(losses).sum().backward()
        if step == "last":
            optimizer.step()

    return observe(accumulate, weights, rows, sizes, training)


def _used_up(pieces: list) -> Iterator[tuple[Tensor, Tensor]]:
    while pieces:
        yield pieces.pop(0)


def probes(seed: int) -> Probes:
    """In one piece, in equal pieces, in pieces of which the last is smaller, and with a gradient longer than 1."""
    source = torch.Generator().manual_seed(seed)
    weights = torch.randn(6, 5, generator=source, dtype=torch.float32)
    rows = torch.randint(5, (6, 4), generator=source)
    sure = torch.zeros(6, 5)
    sure[:, seed % 5] = 9.0  # of the one token that never comes
    others = (torch.arange(4) + seed + 1) % 5
    return (
        Probe("for a batch in one piece", (weights, rows, [6], True)),
        Probe("for a batch in pieces of the same size", (weights, rows, [2, 2, 2], False)),
        Probe("for a batch whose last piece is smaller", (weights, rows, [3, 2, 1], True)),
        Probe("for a batch with a long gradient", (sure, others[:1].expand(3, 4), [2, 1], False)),
    )


def _one_step_a_batch(solve: Callable, probes: Probes) -> bool:
    return all(solve(*probe.args)[0][:2] == ["1 step", "1 step"] for probe in probes)


def _a_piece_at_a_time(solve: Callable, probes: Probes) -> bool:
    return all("reads a piece at a time" in solve(*probe.args)[0] for probe in probes)


def _goes_back_before_it_reads_on(solve: Callable, probes: Probes) -> bool:
    return all("keeps one piece at most" in solve(*probe.args)[0] for probe in probes)


def _pieces_make_no_difference(solve: Callable, probes: Probes) -> bool:
    (_, whole), *others = (solve(*probe.args) for probe in probes[:3])
    return all(close(whole, after, atol=1e-5) for _, after in others)


MISCONCEPTIONS = (
    Misconception(
        code="all-at-once",
        says="You put the pieces together and read the whole batch at once. That is what does not fit into memory.",
        asks="How many rows has the largest tensor that your model reads, and how many has a piece?",
        wrong={"together": True},
    ),
    Misconception(
        code="one-backward",
        says="You called `backward` once, at the end: until then all that the model computed for every piece is kept.",
        asks="`backward` adds to `.grad` and forgets the piece. When can the first piece be forgotten?",
        wrong={"backward": "last"},
    ),
    Misconception(
        code="graphs-kept",
        says="You go back for each piece, but all that was computed for it is kept: `backward` was told to, and the "
        "loss still holds it.",
        asks="What does `retain_graph` keep, for which second `backward`, and is there one?",
        wrong={"backward": "kept"},
    ),
    Misconception(
        code="never-cleared",
        says="You never cleared the gradients: the second batch uses those of the first as well.",
        asks="`backward` adds to what is in `.grad`. When must that be empty?",
        wrong={"clear": "never"},
    ),
    Misconception(
        code="cleared-for-each-piece",
        says="You cleared the gradients before each piece: only the last one is left for the step.",
        asks="What are the pieces of one batch supposed to add up to, and where is that kept?",
        wrong={"clear": "each"},
    ),
    Misconception(
        code="step-for-each-piece",
        says="You took a step after each piece, not one for the batch.",
        asks="How many times should the weights move for one batch?",
        wrong={"step": "each", "backward": "each"},
    ),
    Misconception(
        code="no-step",
        says="The optimizer takes no step: the weights stay as they are.",
        asks="`backward` writes gradients. Which object changes the weights, and who tells it to?",
        wrong={"step": "never"},
    ),
    Misconception(
        code="not-divided",
        says="You added up the pieces' losses as they are: the gradient is as many times too long as there are pieces.",
        asks="The loss of a piece is a mean. Is the sum of three means the mean of the whole?",
        wrong={"weight": lambda labels, pieces: 1.0},
    ),
    Misconception(
        code="pieces-count-alike",
        says="Each of your pieces counts the same, however many labels it has.",
        asks="If one piece has 12 labels and another has 4, how much of the whole mean is each?",
        wrong={"weight": lambda labels, pieces: 1 / len(pieces)},
    ),
    Misconception(
        code="divided-by-its-own-labels",
        says="You divided the loss of each piece by its number of labels. It is a mean already.",
        asks="What does `objectives.loss` divide by?",
        wrong={"weight": lambda labels, pieces: 1 / labels.numel()},
    ),
    Misconception(
        code="pieces-used-up",
        says="After your function the list of pieces is not what it was: a second pass over it reads something else.",
        asks="Which line takes something out of the list or writes into it, and whose list is it?",
        wrong={"through": _used_up},
    ),
    *MODES,
)

ACCUMULATE = Exercise(
    id="accumulate",
    title="A batch in pieces",
    family=train,
    returns={"way of training": NAMES, "weights after each batch": "batch row vocab"},
    probes=probes,
    examples=(
        (torch.zeros(3, 2), torch.tensor([[0, 1], [1, 1]]), [1, 1], True),
        (torch.zeros(3, 2), torch.tensor([[0, 1], [1, 1], [0, 0]]), [2, 1], True),
        (torch.zeros(3, 2), torch.tensor([[0, 1], [1, 1]]), [1, 1], False),
    ),
    properties=(
        Property(
            code="not-one-step",
            right="Each batch is one step.",
            says="A batch is not one step of your optimizer.",
            asks="Which line takes the step, and how often does it run for one batch?",
            holds=_one_step_a_batch,
        ),
        Property(
            code="more-than-a-piece",
            right="It reads one piece at a time.",
            says="Your model reads more than one piece at once.",
            asks="Why was the batch cut into pieces?",
            holds=_a_piece_at_a_time,
        ),
        Property(
            code="pieces-wait",
            right="It keeps no more than one piece in memory.",
            says="Your model reads the next piece while the one before still waits for `backward`.",
            asks="How long is what the model computed for a piece kept, and what would let it go?",
            holds=_goes_back_before_it_reads_on,
        ),
        Property(
            code="pieces-matter",
            right="It makes no difference how the batch is cut.",
            says="The weights after a batch depend on how the batch is cut into pieces.",
            asks="Compute the mean of 1, 2, 3 and 7; then those of 1, 2, 3 and of 7. How must the two be weighed?",
            holds=_pieces_make_no_difference,
        ),
        KEEPS_THE_MODE,
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *(
            Twin(pair=("all-at-once", code), seen_as=("all-at-once",), because="there is only one piece then")
            for code in (
                "one-backward",
                "graphs-kept",
                "cleared-for-each-piece",
                "step-for-each-piece",
                "not-divided",
                "pieces-count-alike",
            )
        ),
        Twin(
            pair=("one-backward", "cleared-for-each-piece"),
            seen_as=("one-backward",),
            because="before the first backward there is nothing to clear",
        ),
        *(
            Twin(pair=pair, seen_as=("no-step",), because="where no step is taken, the gradients do not matter")
            for pair in (
                ("never-cleared", "no-step"),
                ("cleared-for-each-piece", "no-step"),
                ("no-step", "not-divided"),
                ("no-step", "pieces-count-alike"),
                ("no-step", "divided-by-its-own-labels"),
            )
        ),
    ),
)


def accumulate(student: Any, seed: int = 0) -> Report:
    """Check `accumulate(model, optimizer, pieces)`: one step of the optimizer, as if the pieces were one batch.

    `pieces` is a list of (inputs, labels). The loss of a piece is `objectives.loss(model(inputs), labels)`, the mean
    over its labels; all labels ask. The model stays in the mode that it is in. Nothing need be returned.
    """

    def watched(weights: Tensor, rows: Tensor, sizes: list[int], training: bool) -> tuple[list[str], Tensor]:
        return observe(student, weights, rows, sizes, training)

    return judge(ACCUMULATE, watched if callable(student) else student, seed)
