"""Exercise: one step of training from a batch that comes in pieces. The check watches the optimizer and the weights.

Check `accumulate(model, optimizer, pieces)`: one step of the optimizer, as if the pieces were one batch.

`pieces` is a list of (inputs, labels). The loss of a piece is `objectives.loss(model(inputs), labels)`, the mean
over its labels; all labels ask. The model stays in the mode that it is in. Nothing need be returned.
"""

import weakref
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from lmkit.check.bank import NAMES, Draws, Exercise, Probe, Probes, always, close, hides, mistake, notes, truth
from lmkit.check.banks.mode import KEEPS_THE_MODE, MODES, mode_after, set_mode
from lmkit.check.banks.pretraining.training_step import Bigrams, Weights
from lmkit.check.banks.watching import seen_by
from lmkit.learning import objectives

Rows = Int[Tensor, "row position"]


class Kept:
    """What torch keeps of one forward pass for its way back; it is gone when torch lets go of it."""

    def __init__(self, tensor: Tensor):
        self.tensor = tensor


class Keeping(Bigrams):
    """Counts, at each forward pass, of how many passes something is kept, this one included."""

    def __init__(self, weights: Weights):
        super().__init__(weights)
        self.passes, self.most = [], 0

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
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    done, after, read, ways_back, steps = [], [], [0], [], []
    model.register_forward_pre_hook(lambda _, inputs: read.append(len(inputs[0])))
    model.table.register_post_accumulate_grad_hook(ways_back.append)
    optimizer.register_step_pre_hook(lambda *_: steps.append(1))
    for _ in range(2):
        steps.clear()
        pieces = [(piece[:, :-1].clone(), piece[:, 1:].clone()) for piece in rows.split(sizes)]
        with torch.enable_grad():
            accumulate(model, optimizer, pieces)
        done.append(f"{len(steps)} step{'' if len(steps) == 1 else 's'}")
        after.append(model.weights())
    done.append("reads a piece at a time" if max(read) <= max(sizes) else "reads more than a piece at once")
    done.append(_about_memory(model.most, len(ways_back)))
    done.append("pieces as they were" if _are_cut(pieces, rows, sizes) else "pieces changed")
    done.append(mode_after(model, training))
    return done, torch.stack(after)


def _about_memory(most: int, ways_back: int) -> str:
    if most <= 1:
        return "keeps one piece at most"
    return "keeps several pieces" if ways_back <= 2 else "keeps several pieces, though it went back"  # 2 batches


def _are_cut(pieces: list[tuple[Tensor, Tensor]], rows: Rows, sizes: list[int]) -> bool:
    whole = rows.split(sizes)
    return len(pieces) == len(whole) and all(
        torch.equal(inputs, piece[:, :-1]) and torch.equal(labels, piece[:, 1:])
        for (inputs, labels), piece in zip(pieces, whole, strict=True)
    )


def add_up(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    pieces: list,
    *,
    together: bool = False,
    clear: str = "first",
    step: str = "last",
    backward: str = "each",
    weight: Callable = lambda labels, pieces: labels.numel() / sum(other.numel() for _, other in pieces),
    through: Callable = iter,
    mode: bool | None = None,
) -> None:
    """Clear, add up the gradients of all pieces, each by its share of the labels, step. The keywords: switches."""
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


def _used_up(pieces: list) -> Iterator[tuple[Tensor, Tensor]]:
    while pieces:
        yield pieces.pop(0)


def probes(seed: int) -> Probes:
    """In one piece, in equal pieces, in pieces of which the last is smaller, and with a gradient longer than 1."""
    draw = Draws(seed)
    weights, rows = draw.normal(6, 5), draw.whole(0, 5, 6, 4)
    sure = torch.zeros(6, 5)
    sure[:, seed % 5] = 9.0  # of the one token that never comes
    others = (torch.arange(4) + seed + 1) % 5
    return (
        Probe("for a batch in one piece", (weights, rows, [6], True)),
        Probe("for a batch in pieces of the same size", (weights, rows, [2, 2, 2], False)),
        Probe("for a batch whose last piece is smaller", (weights, rows, [3, 2, 1], True)),
        Probe("for a batch with a long gradient", (sure, others[:1].expand(3, 4), [2, 1], False)),
    )


def _pieces_make_no_difference(solve: Callable, probes: Probes) -> bool:
    (_, whole), *others = (solve(*probe.args) for probe in probes[:3])
    return all(close(whole, after, atol=1e-5) for _, after in others)


MISCONCEPTIONS = (
    mistake("all-at-once", together=True)
    .says("You put the pieces together and read the whole batch at once. That is what does not fit into memory.")
    .asks("How many rows has the largest tensor that your model reads, and how many has a piece?"),
    mistake("one-backward", backward="last")
    .says("You called `backward` once, at the end: until then all that the model computed for every piece is kept.")
    .asks("`backward` adds to `.grad` and forgets the piece. When can the first piece be forgotten?"),
    mistake("graphs-kept", backward="kept")
    .says(
        "You go back for each piece, but all that was computed for it is kept: `backward` was told to, and the loss "
        "still holds it."
    )
    .asks("What does `retain_graph` keep, for which second `backward`, and is there one?"),
    mistake("never-cleared", clear="never")
    .says("You never cleared the gradients: the second batch uses those of the first as well.")
    .asks("`backward` adds to what is in `.grad`. When must that be empty?"),
    mistake("cleared-for-each-piece", clear="each")
    .says("You cleared the gradients before each piece: only the last one is left for the step.")
    .asks("What are the pieces of one batch supposed to add up to, and where is that kept?"),
    mistake("step-for-each-piece", step="each", backward="each")
    .says("You took a step after each piece, not one for the batch.")
    .asks("How many times should the weights move for one batch?"),
    mistake("no-step", step="never")
    .says("The optimizer takes no step: the weights stay as they are.")
    .asks("`backward` writes gradients. Which object changes the weights, and who tells it to?"),
    mistake("not-divided", weight=lambda labels, pieces: 1.0)
    .says("You added up the pieces' losses as they are: the gradient is as many times too long as there are pieces.")
    .asks("The loss of a piece is a mean. Is the sum of three means the mean of the whole?"),
    mistake("pieces-count-alike", weight=lambda labels, pieces: 1 / len(pieces))
    .says("Each of your pieces counts the same, however many labels it has.")
    .asks("If one piece has 12 labels and another has 4, how much of the whole mean is each?"),
    mistake("divided-by-its-own-labels", weight=lambda labels, pieces: 1 / labels.numel())
    .says("You divided the loss of each piece by its number of labels. It is a mean already.")
    .asks("What does `objectives.loss` divide by?"),
    mistake("pieces-used-up", through=_used_up)
    .says("After your function the list of pieces is not what it was: a second pass over it reads something else.")
    .asks("Which line takes something out of the list or writes into it, and whose list is it?"),
    *MODES,
)

ACCUMULATE = Exercise(
    id="accumulate",
    title="A batch in pieces",
    family=seen_by(observe, add_up),
    returns={"way of training": NAMES, "weights after each batch": "batch row vocab"},
    probes=probes,
    examples=(
        (torch.zeros(3, 2), torch.tensor([[0, 1], [1, 1]]), [1, 1], True),
        (torch.zeros(3, 2), torch.tensor([[0, 1], [1, 1], [0, 0]]), [2, 1], True),
        (torch.zeros(3, 2), torch.tensor([[0, 1], [1, 1]]), [1, 1], False),
    ),
    properties=(
        always("not-one-step", lambda args, done, after: done[:2] == ["1 step", "1 step"])
        .right("Each batch is one step.")
        .says("A batch is not one step of your optimizer.")
        .asks("Which line takes the step, and how often does it run for one batch?"),
        always("more-than-a-piece", notes("reads a piece at a time"))
        .right("It reads one piece at a time.")
        .says("Your model reads more than one piece at once.")
        .asks("Why was the batch cut into pieces?"),
        always("pieces-wait", notes("keeps one piece at most"))
        .right("It keeps no more than one piece in memory.")
        .says("Your model reads the next piece while the one before still waits for `backward`.")
        .asks("How long is what the model computed for a piece kept, and what would let it go?"),
        truth("pieces-matter", _pieces_make_no_difference)
        .right("It makes no difference how the batch is cut.")
        .says("The weights after a batch depend on how the batch is cut into pieces.")
        .asks("Compute the mean of 1, 2, 3 and 7; then those of 1, 2, 3 and of 7. How must the two be weighed?"),
        KEEPS_THE_MODE,
    ),
    misconceptions=MISCONCEPTIONS,
    twins=(
        *hides(
            "all-at-once",
            "one-backward graphs-kept cleared-for-each-piece step-for-each-piece not-divided pieces-count-alike",
            because="there is only one piece then",
        ),
        *hides("one-backward", "cleared-for-each-piece", because="before the first backward there is nothing to clear"),
        *hides(
            "no-step",
            "never-cleared cleared-for-each-piece not-divided pieces-count-alike divided-by-its-own-labels",
            because="where no step is taken, the gradients do not matter",
        ),
    ),
    observe=observe,
)
