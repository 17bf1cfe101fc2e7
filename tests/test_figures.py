"""Figures follow the theme, carry their words and are the same bytes every time."""

import base64
import io
import re

import matplotlib.pyplot as plt
import pytest
import torch
from IPython.display import HTML
from matplotlib.colors import same_color
from PIL import Image

from lmkit import figures
from lmkit.model.attention import MultiHeadAttention
from lmkit.model.positions import Rotary
from lmkit.model.transformer import Transformer


def draw(title: str = "scores") -> plt.Figure:
    figure, axes = plt.subplots(figsize=(5.5, 4))
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


def test_the_words_of_a_figure_are_its_caption_and_are_read_once():
    html = figures.show(draw(), alt='A "quoted"\n<word>').data
    assert "<figcaption>A &quot;quoted&quot; &lt;word&gt;</figcaption></figure>" in html
    assert html.count('<svg aria-hidden="true" ') == 1 and "aria-label" not in html


def test_a_notebook_that_is_not_trusted_keeps_a_picture_in_place_of_the_drawing():
    """Jupyter then takes out the style and all tags of the drawing, but neither what hides them, nor the picture."""
    html = figures.show(draw(), alt="Two lines cross.").data
    style, shown = html.split("</style>", 1)
    assert '<img class="lmkit-still" alt="" src="data:image/png;base64,' in shown
    assert '<div class="lmkit-drawn" style="display: none"><svg' in shown
    assert ".lmkit-still { display: none; }" in style and ".lmkit-drawn { display: block !important; }" in style
    picture = Image.open(io.BytesIO(base64.b64decode(re.search(r"base64,([^\"]+)", shown)[1])))
    assert picture.format == "PNG" and picture.width > 300 and picture.convert("RGB").getpixel((0, 0)) == (255,) * 3
    assert len(picture.convert("RGB").getcolors()) > 4


def test_a_wide_figure_is_drawn_a_second_time_with_its_panels_one_below_the_other():
    figure, panels = plt.subplots(1, 3, figsize=(8, 3), sharey=True)
    panels[0].set_yticks([0.33])
    panels[1].set_xlabel("steps")
    html = figures.show(figure, alt="Three empty panels.").data
    assert "@media screen and (max-width: 480px)" in html and html.count('aria-hidden="true"') == 2
    wide, narrow = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert 'class="lmkit-wide"' in wide and 'class="lmkit-narrow"' in narrow
    assert [drawing.count(">steps<") for drawing in (wide, narrow)] == [1, 3]
    assert [drawing.count(">0.33<") for drawing in (wide, narrow)] == [1, 3]
    sizes = [[float(side) for side in re.search(r'viewBox="0 0 (\S+) (\S+)"', svg).groups()] for svg in (wide, narrow)]
    assert sizes[0][0] > sizes[0][1] and sizes[1][0] <= 72 * figures.NARROW + 20 and sizes[1][1] > 72 * 2 * 3


def test_a_figure_that_a_telephone_can_show_is_drawn_once():
    html = figures.show(plt.subplots(figsize=(6, 3))[0], alt="An empty panel.", still=False).data
    assert html.count("<svg") == 1 and 'class="lmkit-' not in re.search(r"<svg.*?>", html)[0]


def test_axes_that_were_placed_by_hand_stay_where_they_are():
    figure = plt.figure(figsize=(8, 3))
    figure.add_axes((0.1, 0.1, 0.3, 0.8))
    assert figures.show(figure, alt="An empty panel.", still=False).data.count("<svg") == 1


def test_the_two_drawings_of_a_figure_share_no_name():
    """What is not displayed would take its clip with it."""
    figure, panels = plt.subplots(1, 2, figsize=(8, 3))
    for axes in panels:
        axes.plot([0, 1], [0, 1])
    wide, narrow = re.findall(r"<svg.*?</svg>", figures.show(figure, alt="Two lines.").data, flags=re.DOTALL)
    names = [set(re.findall(r' id="([^"]+)"', svg)) for svg in (wide, narrow)]
    assert names[0] and names[1] and not names[0] & names[1]


def test_what_is_no_notebook_needs_no_picture():
    assert "<img" not in figures.show(draw(), alt="Two lines cross.", still=False).data


def test_the_picture_of_a_plot_is_small():
    """A notebook of ten plots grows by less than 200 kB."""
    html = figures.show(draw(), alt="Two lines cross.").data
    assert len(re.search(r"base64,([^\"]+)", html)[1]) < 20_000


def test_a_view_of_bertviz_waits_for_what_it_draws_with_and_says_when_that_does_not_come():
    code = "require.config({paths: 'a\\\\b'}); // \\1"
    told = 'console.log("d3", d3.version)'
    place = f'<div id="bertviz-12ab"></div>\n<script type="text/javascript">\n{told}\n{code}\n</script>'
    html = figures.bertviz(HTML('<script src="https://x.org/require.js"></script>' + place), "Lines < words").data
    assert "<figcaption>Lines &lt; words</figcaption>" in html
    assert "console" not in html
    assert html.index("if (window.requirejs) {") < html.index(code) < html.index("setTimeout(draw")
    assert 'document.getElementById("bertviz-12ab").textContent' in html and "DRAWN" not in html
    assert '<div style="background: #fff; color: #000;' in html and html.count("<script") == 2


def test_the_text_of_a_figure_stays_text():
    assert ">scores</text>" in figures.show(draw(), alt="Two lines cross.").data


def test_the_same_figure_gives_the_same_bytes():
    assert figures.show(draw(), alt="Lines.").data == figures.show(draw(), alt="Lines.").data


def test_a_figure_without_words_is_refused():
    with pytest.raises(ValueError, match="alt text"):
        figures.show(draw(), alt="  ")


def test_a_title_that_looks_like_markup_stays_text():
    assert "<img src=x" not in figures.show(draw("<img src=x>"), alt="A title.").data


def test_what_is_to_be_noticed_has_the_accent_and_every_line_a_style_of_its_own():
    axes = plt.figure().subplots()
    figures.lines(axes, [1, 2], {"a": [1, 2], "b": [2, 1], "c": [0, 0]}, notice=["b"])
    assert [line.get_color() == figures.ACCENT for line in axes.lines] == [False, True, False]
    assert len({line.get_linestyle() for line in axes.lines}) == len({line.get_marker() for line in axes.lines}) == 3
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["a", "b", "c"]


def test_one_line_needs_no_legend_and_many_points_no_marks():
    axes = plt.figure().subplots()
    figures.lines(axes, range(100), {"alone": range(100)})
    assert axes.get_legend() is None and axes.lines[0].get_marker() == "None"


def test_the_first_row_of_dots_is_the_topmost():
    axes = plt.figure().subplots()
    figures.dots(axes, {"first": [1.0, 2.0], "last": [3.0]}, notice={"last": 2.5})
    heights = {
        label.get_text(): axes.transData.transform((0, label.get_position()[1]))[1] for label in axes.get_yticklabels()
    }
    assert heights["first"] > heights["last"]
    found = [(*line.get_xdata(), line.get_color() == figures.ACCENT) for line in axes.lines]
    assert found == [(1.0, 2.0, False), (3.0, False), (2.5, True)]


@pytest.mark.parametrize("notice", [(1, 2), torch.tensor([[0, 0, 0], [0, 0, 1]]).bool()])
def test_the_points_to_notice_are_circled_among_all_points(notice):
    axes = plt.figure().subplots()
    x, y = torch.arange(6.0).view(2, 3), torch.arange(6.0, 12.0).view(2, 3)
    figures.points(axes, x, y, notice)
    every, circled = axes.collections
    assert every.get_offsets().tolist() == [[i, i + 6] for i in range(6)]
    assert circled.get_offsets().tolist() == [[5, 11]]
    assert same_color(circled.get_edgecolor(), figures.ACCENT) and not len(circled.get_facecolor())


def test_a_name_that_is_not_drawn_cannot_be_noticed():
    axes = plt.figure().subplots()
    with pytest.raises(ValueError, match="no 'c' to notice; there are: a, b"):
        figures.lines(axes, [1], {"a": [1], "b": [2]}, notice=["c"])
    with pytest.raises(ValueError, match="no 'c' to notice; there are: a"):
        figures.dots(axes, {"a": [1]}, notice={"c": 1.0})


def test_source_shows_the_code_without_its_docstrings():
    shown = figures.source(figures.show).data
    assert "def show(figure: Figure, alt: str, still: bool = True) -> HTML:" in shown
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


def test_groups_that_only_name_what_they_hold_are_left_out():
    """A page has to lay out each of them."""
    drawn = figures.show(draw(), alt="Two lines cross.").data
    assert '<g id="' not in drawn and "<g>" not in drawn
    assert drawn.count("<g ") == drawn.count("</g>")
    assert drawn.count("<path") > 5 and drawn.count("<text") > 5
