"""The pictures of recorded runs draw what the tables print, and say it in words."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from lmkit.experiments import recorded
from lmkit.experiments.shown import pictures, tables
from lmkit.learning.evaluation import Bin, wilson


@pytest.fixture
def axes():
    figure, axes = plt.subplots()
    yield axes
    plt.close(figure)


def test_the_picture_of_a_grid_draws_a_line_for_each_way_and_names_it(axes):
    said = pictures.grid(axes, recorded("finetuning")["results"])
    assert [line.get_label() for line in axes.lines] == list(tables.WAYS)
    assert all(way in said for way in tables.WAYS) and "[50, 200, 1000]" in said
    for line, way in zip(axes.lines, tables.WAYS, strict=True):
        n_right, n = tables.mean_right(recorded("finetuning")["results"], way, 1000)
        assert line.get_ydata()[-1] == n_right / n


def test_the_picture_of_the_cures_has_three_dots_for_each_and_pretrained_weights_at_the_bottom(axes):
    said = pictures.cures(axes, recorded("overfitting")["results"], "tiny", 50)
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[0] == "pretrained weights" and names[-1] == "nothing" and len(names) == 8
    assert all(name in said for name in names)
    assert sum(len(line.get_xdata()) == 3 for line in axes.lines) == 8


def test_in_the_picture_of_calibration_each_bar_is_the_interval_of_one_run(axes):
    bins = [Bin(60, 45, 48.0), Bin(300, 270, 285.0)]
    said = pictures.reliability(axes, bins, n_runs=3)
    assert "80% sure, 75% right" in said and "95% sure, 90% right" in said
    (bars,) = axes.collections
    for segment, (n_right, n) in zip(bars.get_segments(), [(15, 20), (90, 100)], strict=True):
        assert np.allclose(segment[:, 1], wilson(n_right, n))
