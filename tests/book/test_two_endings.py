"""One sentence with two endings, in a page without a kernel: the reader exchanges them, and the lines follow."""

import itertools

import pytest

from lmkit.widgets import TwoEndings
from tests.book.browsing import states_of
from tests.small_reader import SmallReader

INKED = """element => {
    const canvas = element.querySelector("canvas");
    const { width, height } = canvas;
    const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    const ratio = width / canvas.clientWidth;
    const inked = (x, y) => data[4 * (Math.floor(y * ratio) * width + Math.floor(x * ratio)) + 3] > 0;
    const words = [...element.querySelectorAll(".lmkit-run > span:not(.lmkit-segments), [aria-checked=true]")];
    const looks = element.querySelector(".lmkit-looks");
    return words.map(word => {
        const down = word.offsetTop - looks.offsetTop;
        const edge = down < -9 ? word.offsetTop + word.offsetHeight : word.offsetTop - 1;
        return inked(word.offsetLeft + word.offsetWidth / 2, edge);
    });
}"""


FITTED = """() => {
    const sentence = document.querySelector(".lmkit-sentence");
    return sentence.clientWidth < innerWidth && sentence.firstElementChild.clientWidth === sentence.clientWidth;
}"""


@pytest.fixture
def figure():
    """Words of a toy, and what they look at."""
    call = {"word": "it", "to": "cat"}
    return TwoEndings(SmallReader(), "The cat didn't eat it, it was {}!", ["unfresh", "unlucky"], **call)


@pytest.fixture
def page(figure, show):
    """A page with the figure alone; nothing may complain."""
    hosted = states_of(figure)
    seen = show(hosted, [figure.model_id])
    yield seen.page
    assert seen.complaints == []


def test_a_line_ends_at_each_word_that_is_looked_at(figure, page):
    """Also where the sentence is wrapped."""
    sentence = page.locator(".lmkit-sentence")
    for width, ending in itertools.product((1000, 375, 320), (0, 1)):
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_function(FITTED)
        page.get_by_role("radio").nth(ending).click()
        assert page.locator(".lmkit-figure").evaluate("one => one.scrollWidth <= one.clientWidth")
        inked = sentence.evaluate(INKED)
        assert len(inked) == len(figure.words) and inked.count(False) > 0
        looked_at = [i for i, share in enumerate(figure.shares[ending]) if share >= 0.01 and i != figure.word]
        assert [i for i in looked_at if not inked[i]] == []


def test_the_sentence_below_says_the_largest_shares_of_the_ending_that_is_chosen(figure, page):
    for ending, word in enumerate(figure.endings):
        page.get_by_role("radio", name=word).click()
        shares = figure.shares[ending]
        words = [*figure.words[: figure.place], word, *figure.words[figure.place + 1 :]]
        first = max(range(len(shares)), key=shares.__getitem__)
        said = page.locator("output").inner_text()
        assert said.startswith(f"With “{word}”: from “it”, {100 * shares[first]:.0f}\u00a0% on “{words[first]}”")


def test_keys_exchange_the_endings_and_show_the_table(figure, page):
    page.get_by_role("radio", name="unfresh").focus()
    for key, chosen in [("ArrowRight", "unlucky"), ("ArrowRight", "unlucky"), ("ArrowLeft", "unfresh")]:
        page.keyboard.press(key)
        assert page.locator("[aria-checked=true]").inner_text().split()[0] == chosen
        assert page.evaluate("document.activeElement.getAttribute('aria-checked')") == "true"
    page.keyboard.press("t")
    cells = page.get_by_role("group", name="Table of shares").locator("tbody tr").nth(figure.to).locator("td")
    numbers = [float(text.rstrip("\u00a0%")) for text in cells.all_inner_texts()]
    assert numbers == pytest.approx([100 * shares[figure.to] for shares in figure.shares], abs=0.51)


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (375, 812)])
def test_the_introduction_shows_its_claim_without_scrolling(open_page, address, width, height):
    """With either ending."""
    page = open_page(f"{address}/book/intro.html", viewport={"width": width, "height": height}).page
    figure = page.locator(".page-widget").first
    for ending in ("tired", "wide"):
        figure.get_by_role("radio", name=ending).click()
        box = figure.locator("output").bounding_box()
        assert page.evaluate("scrollY") == 0 and box["y"] + box["height"] <= height
        assert f"With “{ending}”" in figure.locator("output").inner_text()
