"""Progress: how far a run is, how fast, and how the loss falls. A bar in a terminal; in a notebook a curve as well."""

import sys

from matplotlib.figure import Figure
from tqdm import tqdm

from lmkit.learning.training.history import History


class Progress:
    """A bar with tokens a second and the time left; in a notebook also a curve, redrawn at each evaluation.

    Args:
        steps: how many steps the whole run has.
        tokens: how many tokens were read before, in a run that was resumed.
        show: False shows nothing.
    """

    def __init__(self, history: History, steps: int, tokens: int, show: bool):
        self.history = history
        self.steps = steps
        notebook = show and in_notebook()
        self.curve = _Place() if notebook else None
        self.bar = tqdm(
            initial=tokens,
            unit="tok",
            unit_scale=True,
            disable=not show,
            file=_Line() if notebook else sys.stderr,
            dynamic_ncols=not notebook,
        )

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *_) -> None:
        self.bar.close()

    def step(self, tokens: int) -> None:
        """Move the bar after a step, until which so many tokens were read."""
        last, valid_loss = self.history.steps[-1], self.history.evaluations[-1].valid_loss
        self.bar.total = tokens // last.step * self.steps
        self.bar.set_description(f"step {last.step}", refresh=False)
        self.bar.set_postfix_str(f"loss {last.loss:.3f}, valid {valid_loss:.3f}", refresh=False)
        self.bar.update(tokens - self.bar.n)

    def evaluation(self) -> None:
        """Draw the curve anew."""
        if self.curve:
            from lmkit import figures

            self.curve.show(figures.show(draw(self.history, self.steps), describe(self.history)))

    def say(self, text: str) -> None:
        """Say something below the bar, unless nothing is to be shown."""
        self.bar.clear()
        if not self.bar.disable:
            print(text)


def in_notebook() -> bool:
    """Whether this runs in a notebook, where a figure can be shown and changed."""
    shell = sys.modules.get("IPython")  # without which there is no notebook
    return shell is not None and hasattr(shell.get_ipython(), "kernel")


def draw(history: History, steps: int | None = None) -> Figure:
    """Draw the loss: of every training step as a line, of every evaluation as a point.

    Args:
        steps: how many the whole run has. The axis has room for all of them from the first on, and the losses begin at
            0: so a curve that has just begun is seen to be one.
    """
    from lmkit import figures

    figure = Figure(figsize=(6, 3))
    axes = figure.subplots()
    axes.plot([s.step for s in history.steps], [s.loss for s in history.steps], color=figures.WEIGHT, lw=0.7)
    axes.plot(
        [e.step for e in history.evaluations],
        [e.valid_loss for e in history.evaluations],
        color=figures.ACCENT,
        marker="o",
        markersize=3,
    )
    axes.set(xlabel="step", ylabel="loss in nats a token", ylim=(0, None))
    if steps:
        axes.set_xlim(0, steps)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(["training batches", "validation text"], frameon=False)
    return figure


def describe(history: History) -> str:
    """Say in a sentence what the curve shows."""
    first = history.evaluations[0]
    last = history.evaluations[-1]
    return (
        f"The loss in training, batch by batch, and on the validation text: the latter goes from "
        f"{first.valid_loss:.2f} before training to {last.valid_loss:.2f} after {last.step} steps."
    )


class _Place:
    """A place in the notebook's output whose content can be replaced."""

    def __init__(self):
        self.handle = None

    def show(self, content: object) -> None:
        from IPython.display import display

        if self.handle is None:
            self.handle = display(content, display_id=True)
        else:
            self.handle.update(content)


class _Line:
    """A file for tqdm to write its bar to: each line replaces the one before it, in a place of the notebook."""

    def __init__(self):
        self.place = _Place()

    def write(self, text: str) -> None:
        from IPython.display import Pretty

        if text := text.strip("\r\n "):
            self.place.show(Pretty(text))

    def flush(self) -> None:
        """Nothing waits here."""
