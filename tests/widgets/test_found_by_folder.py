"""A figure is its Python file and its folder of JavaScript: no list names it."""

import subprocess
import sys
from pathlib import Path

import pytest

from lmkit import widgets
from lmkit.widgets.base import LivingFigure

SOURCES = Path(widgets.__file__).parent / "js"


def test_every_file_holds_the_figure_of_its_name():
    assert {"AttentionHeads", "FeedForwardNeurons", "TrainingFilm"} <= set(widgets.__all__)
    for name in widgets.__all__:
        figure = getattr(widgets, name)
        assert issubclass(figure, LivingFigure)
        assert figure.__name__ == name


@pytest.mark.parametrize("name", widgets.__all__)
def test_its_view_is_the_folder_of_its_name_and_the_module_made_of_it(name):
    figure = getattr(widgets, name)
    view = figure.view.default_value
    assert view.title().replace("-", "") == name
    assert "export default widget(" in (SOURCES / view / "index.js").read_text()
    assert str(figure._esm) == (SOURCES.parent / "static" / f"{view}.js").read_text()


def test_a_figure_is_loaded_when_it_is_first_asked_for():
    code = "import sys; from lmkit.widgets import LogitLens; print(*(m for m in sys.modules if 'lmkit.widgets.' in m))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert sorted(done.stdout.split()) == ["lmkit.widgets.base", "lmkit.widgets.logit_lens"]


def test_what_is_not_there_is_told_with_what_is():
    assert {"LogitLens", "TokenStrip"} <= set(dir(widgets))
    with pytest.raises(AttributeError, match="no 'HeadLens'; its figures: AskBoth, AttentionFlow, "):
        _ = widgets.HeadLens
