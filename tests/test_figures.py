"""Figures follow the theme, carry their words and are the same bytes every time."""

import re

import matplotlib.pyplot as plt
import pytest

from lmkit import figures
from lmkit.model.attention import MultiHeadAttention
from lmkit.model.positions import Rotary
from lmkit.model.transformer import Transformer


def draw(title: str = "scores") -> plt.Figure:
    figure, axes = plt.subplots()
    axes.plot([0, 1], [0, 1], color=figures.WEIGHT)
    axes.plot([0, 1], [1, 0], color=figures.ACCENT)
    axes.set_title(title)
    return figure


def test_a_figure_leaves_its_colors_to_the_theme():
    html = figures.show(draw(), alt="Two lines cross.").data
    svg = html[html.index("<svg") :]
    assert "var(--lmkit-weight)" in svg and "var(--lmkit-accent)" in svg and "currentColor" in svg
    assert figures.WEIGHT not in svg and figures.ACCENT not in svg and "#000000" not in svg


def test_words_take_the_color_of_the_page_unless_they_have_one_of_their_own():
    figure = draw("$10^3$")
    figure.axes[0].annotate("look", (0, 0), color=figures.ACCENT)
    html = figures.show(figure, alt="Two lines cross.").data
    assert ".lmkit-plot text { fill: currentColor; }" in html
    texts = re.findall(r"<text.*?</text>", html, flags=re.DOTALL)
    assert sum("fill" in text for text in texts) == 1
    assert "fill: var(--lmkit-accent)" in next(text for text in texts if ">look<" in text)


def test_a_figure_is_an_image_with_words_and_its_text_stays_text():
    html = figures.show(draw(), alt='A "quoted" <word>').data
    assert 'role="img" aria-label="A &quot;quoted&quot; &lt;word&gt;"' in html
    assert ">scores</text>" in html


def test_the_same_figure_gives_the_same_bytes():
    assert figures.show(draw(), alt="Lines.").data == figures.show(draw(), alt="Lines.").data


def test_a_figure_without_words_is_refused():
    with pytest.raises(ValueError, match="alt text"):
        figures.show(draw(), alt="  ")


def test_a_title_that_looks_like_markup_stays_text():
    assert "<img" not in figures.show(draw("<img src=x>"), alt="A title.").data


def test_source_shows_the_code_without_its_docstrings():
    shown = figures.source(figures.show).data
    assert "def show(figure: Figure, alt: str) -> HTML:" in shown
    assert 'raise ValueError("this figure has no alt text' in shown
    assert "Turn a Matplotlib figure" not in shown


def test_source_of_a_class_keeps_its_methods_and_comments():
    shown = figures.source(Rotary).data
    assert "class Rotary(nn.Module):" in shown and "# (position, pair)" in shown
    assert '"""' not in shown


def test_source_shows_only_the_methods_that_are_asked_for():
    shown = figures.source(Rotary, "__init__", "turns").data
    assert "def __init__" in shown and "@lru_cache" in shown and "def turns" in shown
    assert "def forward" not in shown and '"""' not in shown
    assert figures.source(Rotary, "__init__", "forward", "turns").data == figures.source(Rotary).data


def test_source_of_a_method_that_is_not_there_names_those_that_are():
    with pytest.raises(ValueError, match=r"no method 'read'.*__init__, forward, turns"):
        figures.source(Rotary, "read")


@pytest.mark.parametrize(
    ("shown", "methods"), [(MultiHeadAttention, ["project", "forward"]), (Transformer, ["forward", "hidden"])]
)
def test_what_a_chapter_shows_of_a_class_is_the_plain_path(shown, methods):
    """Beside the argument itself, only one line speaks of the cache: it hands over to another method."""
    code = figures.source(shown, *methods).data
    lines = [line.strip() for line in code.splitlines() if "cache" in line and not line.strip().startswith("cache:")]
    assert [line for line in lines if "_read_on" not in line and "self.hidden" not in line] == ["if cache:"]
