"""Swapping words in a page without a kernel: the classifier answers as lmkit's, and everything is reached by keys."""

import re

import pytest
import torch

from lmkit.learning.security.substitution import attack
from lmkit.text.labelled import Labelled
from lmkit.widgets import WordSwap
from tests.book.browsing import states_of
from tests.widgets.small_victim import STORIES, TEXTS, tokenizer, victim

HOSTILE = '<img src=x onerror="window.ran = true">'


@pytest.fixture(scope="module")
def make():
    def make(stories=STORIES, **options):
        return WordSwap(victim(), tokenizer(), stories, **options)

    return make


@pytest.fixture
def show_figure(show):
    """A function that shows one figure, and gives the page; nothing may complain."""
    seen = []

    def show_figure(figure, **context):
        seen.append(show(states_of(figure), [figure.model_id], **{"viewport": {"width": 900, "height": 800}} | context))
        return seen[-1]

    yield show_figure
    assert [complaint for visit in seen for complaint in visit.complaints] == []


def told(page):
    """The sentence below the bar, with usual spaces."""
    return page.locator("output").inner_text().replace("\u00a0", " ")


def word(page, text):
    return page.locator(".lmkit-word", has_text=re.compile(f"^{text}$")).first


def test_the_bar_and_the_truth_are_those_of_python(show_figure, make):
    figure = make(story=1)
    page = show_figure(figure).page
    ((_, p),) = figure.answers([TEXTS[1]])
    drawn = page.locator(".lmkit-answer i").evaluate("one => parseFloat(one.style.getPropertyValue('--share'))")
    assert drawn == pytest.approx(100 * p, abs=0.01)
    assert page.locator(".lmkit-story").inner_text() == TEXTS[1]
    assert "the truth is good" in told(page)


def test_a_click_offers_words_of_the_kind_and_the_answer_follows(show_figure, make):
    figure = make()
    page = show_figure(figure).page
    word(page, "Mia").click()
    offered = page.locator(".lmkit-options button").all_inner_texts()
    assert offered[0] == "Mia" and "Zoe" in offered and "Tom" not in offered
    page.locator(".lmkit-options button", has_text="Zoe").click()
    figure.swaps = [["Mia", "Zoe"]]
    assert page.locator(".lmkit-story").inner_text() == figure.text()
    ((_, p),) = figure.answers([figure.text()])
    drawn = page.locator(".lmkit-answer i").evaluate("one => parseFloat(one.style.getPropertyValue('--share'))")
    assert drawn == pytest.approx(100 * p, abs=0.01)
    assert told(page).startswith("1 word swapped, 1 text asked about.")
    page.get_by_text("as it was", exact=True).click()
    assert page.locator(".lmkit-story").inner_text() == TEXTS[0]


def test_the_attack_in_the_page_is_that_of_python(show_figure, make):
    ((_, p),) = make().answers(TEXTS[:1])
    label = int(p > 0.5)  # what it is sure of is the truth here, so that there is something to flip
    figure = make(Labelled(TEXTS[:1], [label], ["bad", "good"]))
    found = attack(TEXTS[0], label, lambda texts: torch.tensor(figure.answers(texts)))
    page = show_figure(figure, reduced_motion="reduce").page
    page.get_by_text("find a flip for me").click()
    page.get_by_text("find a flip for me").wait_for()  # it says "stop" while it runs
    assert page.locator(".lmkit-story").inner_text() == found.text
    count = len(found.swaps)
    assert f"{count} word{'s' * (count > 1)} swapped, {found.queries} texts asked about." in told(page)
    assert ("the answer has flipped" in told(page)) == found.flipped
    page.locator(".lmkit-figure").press("t")
    rows = page.locator("tbody th").all_inner_texts()
    assert rows == ["as it was", *(f"{swap.word} → {swap.other}" for swap in found.swaps)]


def test_everything_is_reached_by_keys(show_figure, make):
    page = show_figure(make()).page
    word(page, "Mia").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "Tom"
    assert "Leo" in page.locator(".lmkit-options button").all_inner_texts()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Tom"
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.textContent") == "Ben"
    assert "Ben broke it" in page.locator(".lmkit-story").inner_text()
    page.keyboard.press("Home")
    assert told(page).startswith("0 words swapped") or "Tom" not in page.locator(".lmkit-story").inner_text()


def test_words_from_outside_are_text(show_figure, make):
    figure = make(Labelled([f"Mia saw {HOSTILE} there."], [0], [HOSTILE, "good"]))
    page = show_figure(figure).page
    word(page, "Mia").click()
    assert page.evaluate("window.ran") is None
    assert HOSTILE in page.locator(".lmkit-story").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 900])
def test_axe_finds_nothing_wrong_and_nothing_is_cut(show_figure, make, scheme, width):
    seen = show_figure(make(), color_scheme=scheme, viewport={"width": width, "height": 900})
    word(seen.page, "Mia").click()
    seen.page.locator(".lmkit-options button", has_text="Zoe").click()
    seen.page.locator(".lmkit-figure").press("t")
    assert seen.axe_violations(".lmkit-figure") == []
    assert seen.page.locator(".lmkit-figure").evaluate("one => one.scrollWidth <= one.clientWidth")
