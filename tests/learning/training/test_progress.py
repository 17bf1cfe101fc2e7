"""Progress: a bar in a terminal, a curve in a notebook, nothing when nothing is wanted."""

import math
import sys
from types import SimpleNamespace

import pytest

from lmkit.learning.training import Evaluation, History, Step, fit, progress
from tests.learning.training.small import build, config, text

HISTORY = History(
    [Step(1, 2.5, 0.1, 1.0), Step(2, 2.0, 0.2, 1.0)],
    [Evaluation(0, 2.75, 0, 0.1), Evaluation(2, 1.5, 64, 0.2)],
)


class Shown:
    """Stands for the output of a notebook: what is in each place of it, and how often a place was changed."""

    def __init__(self):
        self.places, self.updates = [], 0

    def display(self, content, display_id):
        self.places.append(content)
        index = len(self.places) - 1
        return SimpleNamespace(update=lambda content: self.update(index, content))

    def update(self, index, content):
        self.places[index] = content
        self.updates += 1


@pytest.fixture
def notebook(monkeypatch):
    import IPython

    shown = Shown()
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setattr("IPython.display.display", shown.display)
    return shown


def run(**options):
    return fit(build(), text(), text(200, seed=1), config(), **options)


def test_a_terminal_gets_a_bar_with_speed_time_left_and_losses(capsys):
    history = run()
    line = capsys.readouterr().err.split("\r")[-1]
    assert "step 30: 100%" in line and "960/960" in line and "tok/s" in line and "00:0" in line
    assert f"loss {history.steps[-1].loss:.3f}, valid {history.evaluations[-2].valid_loss:.3f}" in line


def test_nothing_is_shown_when_nothing_is_wanted(capsys):
    run(show=False)
    assert capsys.readouterr() == ("", "")


def test_a_notebook_gets_one_bar_and_one_curve_that_change_in_place(notebook, capsys):
    run()
    assert capsys.readouterr() == ("", "")
    kinds = sorted(type(content).__name__ for content in notebook.places)
    assert kinds == ["HTML", "Pretty"]
    assert notebook.updates >= 3  # the curve, after 10, 20 and 30 steps
    (curve,) = [content.data for content in notebook.places if type(content).__name__ == "HTML"]
    assert "after 30 steps" in curve and "var(--lmkit-weight)" in curve


def test_outside_of_a_notebook_there_is_none(monkeypatch):
    assert not progress.in_notebook()
    monkeypatch.setitem(sys.modules, "IPython", None)
    assert not progress.in_notebook()


def test_the_curve_says_in_words_what_it_shows():
    assert "from 2.75 before training to 1.50 after 2 steps" in progress.describe(HISTORY)


def test_the_curve_has_every_step_and_every_evaluation():
    figure = progress.draw(HISTORY)
    training, validation = (line.get_xydata().tolist() for line in figure.axes[0].lines)
    assert training == [[1, 2.5], [2, 2.0]]
    assert validation == [[0, 2.75], [2, 1.5]]
    assert figure.axes[0].get_xlabel() and figure.axes[0].get_ylabel()


def test_a_curve_that_has_just_begun_has_the_axes_of_the_whole_run():
    begun = History([], [Evaluation(0, 2.75, 0, 0.1)])
    axes = progress.draw(begun, steps=300).axes[0]
    assert axes.get_xlim() == (0, 300) and axes.get_ylim()[0] == 0 < 2.75 < axes.get_ylim()[1]
    assert all(tick == round(tick) for tick in axes.get_xticks())


def test_the_curve_has_every_step_once_and_nan_where_nothing_was_measured():
    curve = HISTORY.curve
    assert curve["step"] == [0, 1, 2]
    assert curve["train"][1:] == [2.5, 2.0] and math.isnan(curve["train"][0])
    assert (curve["valid"][0], curve["valid"][2]) == (2.75, 1.5) and math.isnan(curve["valid"][1])
    assert History().curve == {"step": [], "train": [], "valid": []}
