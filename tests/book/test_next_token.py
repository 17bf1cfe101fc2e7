"""The next token in a page without a kernel: its bars are lmkit's probabilities, and everything is reached by keys."""

import pytest

from lmkit import load
from lmkit.widgets import NextToken
from tests.book.browsing import states_of

TEXTS = ["One day, Anna and", "Anna had a kite. Who has the kite?"]
HOSTILE = '<img src=x onerror="window.ran = true">'


@pytest.fixture(scope="module")
def tiny():
    return load("tiny")


@pytest.fixture
def show_figure(show):
    """A function that shows one figure, and gives the page; nothing may complain."""
    seen = []

    def show_figure(figure, **context):
        seen.append(show(states_of(figure), [figure.model_id], **{"viewport": {"width": 900, "height": 700}} | context))
        return seen[-1]

    yield show_figure
    assert [complaint for visit in seen for complaint in visit.complaints] == []


def bars(page):
    """The tokens from top to bottom, and the share of each, from 0 to 100."""
    rows = page.locator(".lmkit-next li")
    shares = rows.locator("i").evaluate_all("all => all.map(one => parseFloat(one.style.getPropertyValue('--share')))")
    return rows.locator("bdi").all_inner_texts(), shares


@pytest.mark.parametrize("how", [{}, {"temperature": 1.5, "top_k": 6}, {"top_p": 0.7}, {"min_p": 0.2, "text": 1}])
def test_the_bars_are_lmkits_probabilities(show_figure, tiny, how):
    figure = NextToken(tiny, TEXTS, **how)
    words, shares = bars(show_figure(figure).page)
    wanted = figure.shares()
    assert words[:-1] == [figure.words[i].replace(" ", "␣") for i in figure.best()]
    assert shares == pytest.approx([*(100 * wanted[figure.best()]), 100 * (1 - wanted[figure.best()].sum())], abs=1e-3)


def test_a_slider_moves_by_the_keys_and_python_is_told(show_figure, tiny):
    page = show_figure(NextToken(tiny, TEXTS)).page
    before = bars(page)[1][0]
    page.get_by_label("temperature").press("ArrowRight")
    assert bars(page)[1][0] < before
    page.get_by_label("top-k").fill("1")
    assert bars(page)[1][0] == 100
    assert "1 token of 768 may be drawn" in page.locator("output").inner_text()


def test_d_draws_and_t_shows_the_same_as_a_table(show_figure, tiny):
    page = show_figure(NextToken(tiny, TEXTS)).page
    page.locator(".lmkit-figure").press("d")
    first = page.locator("output bdi").all_inner_texts()[1:]
    page.locator(".lmkit-figure").press("d")
    assert len(first) == 10 and page.locator("output bdi").all_inner_texts()[1:] != first
    page.locator(".lmkit-figure").press("t")
    cells = page.locator("tbody tr").first.locator("td").all_inner_texts()
    assert len(cells) == 2 and page.locator("tbody tr").count() == 13


def test_tokens_are_text(show_figure, tiny):
    figure = NextToken(tiny, [f"{HOSTILE} Anna and"])
    figure.words = [HOSTILE, *figure.words[1:]]
    page = show_figure(figure).page
    assert page.evaluate("window.ran") is None
    assert "onerror" in page.locator("option").inner_text() or page.locator("option").inner_text().startswith("…")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 900])
def test_axe_finds_nothing_wrong_and_nothing_is_cut(show_figure, tiny, scheme, width):
    seen = show_figure(
        NextToken(tiny, TEXTS, top_k=3), color_scheme=scheme, viewport={"width": width, "height": 700}
    )
    seen.page.locator(".lmkit-figure").press("t")
    assert seen.axe_violations(".lmkit-figure") == []
    assert seen.page.locator(".lmkit-figure").evaluate("one => one.scrollWidth <= one.clientWidth")
