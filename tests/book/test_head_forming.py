"""A head forms in a page without a kernel: trained by mouse and keys, at any speed, and stopped when nobody looks."""

import re

import pytest

from lmkit.widgets import HeadForming
from tests.book.browsing import states_of

VIEWPORT = {"width": 800, "height": 1200}
STEP = "() => Number(document.querySelector('.lmkit-title').textContent.match(/step (\\d+) of 600/)[1])"
HIDE = """() => {
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture
def show_figure(show):
    """A function that shows one figure, and gives its page; nothing may complain."""
    seen = []

    def show_figure(*arguments, **context):
        widget = HeadForming(*arguments)
        hosted = states_of(widget)
        seen.append(show(hosted, [widget.model_id], **{"viewport": VIEWPORT, **context}))
        return seen[-1].page

    yield show_figure
    assert [(one.complaints, one.foreign) for one in seen] == [([], [])] * len(seen)


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def step_of(page) -> int:
    return page.evaluate(STEP)


def said(page) -> str:
    return page.locator("output").inner_text()


def train_to_the_end(page) -> str:
    """Press train, wait for the last step, and give what the figure says then."""
    button(page, "train").click()
    page.wait_for_function("document.querySelector('.lmkit-title').textContent.includes('step 600')")
    return said(page)


def test_two_layers_form_the_head_and_one_does_not_and_says_why(show_figure):
    page = show_figure()
    assert step_of(page) == 0 and "formed" not in said(page)
    says = train_to_the_end(page)
    assert re.search(r"right 100\s%.*The induction head had formed by step \d+, after [\d.]+ s of computing", says)
    assert "It is right." in says
    button(page, "1 layer").click()
    assert step_of(page) == 0
    assert "No induction head has formed. How well a key fits depends on" in train_to_the_end(page)
    assert page.locator("canvas:visible").count() == 2  # the curves, and one head


def test_the_same_seed_gives_the_same_with_webassembly_and_without_and_another_seed_does_not(show_figure):
    page = show_figure()
    tables = []
    for seed, fast in [(5, True), (5, False), (6, True)]:
        page.evaluate(
            "fast => { globalThis.Kept ??= WebAssembly; globalThis.WebAssembly = fast ? Kept : undefined; }", fast
        )
        page.get_by_label("seed").fill("0")
        page.get_by_label("seed").fill(f"{seed}")
        button(page, "train").click()
        page.wait_for_function(f"({STEP})() >= 60")
        button(page, "pause").click()
        button(page, "table").click()
        tables.append(page.locator(".lmkit-table tbody tr").nth(1).inner_text())
        button(page, "table").click()
    assert tables[0] == tables[1] != tables[2]
    assert tables[0].startswith("50")


def test_slow_medium_and_pause(show_figure):
    page = show_figure()
    button(page, "slow").click()
    button(page, "train").click()
    page.wait_for_function(f"({STEP})() >= 3")
    button(page, "pause").click()
    slow = step_of(page)
    page.wait_for_timeout(200)
    assert step_of(page) == slow < 100
    button(page, "medium").click()
    button(page, "train").click()
    page.wait_for_function(f"({STEP})() >= {slow + 10}")
    button(page, "start again").click()
    assert step_of(page) == 0 and button(page, "train").is_visible()


def test_training_stops_when_nobody_looks(show_figure):
    page = show_figure()
    button(page, "slow").click()
    button(page, "train").click()
    page.wait_for_function(f"({STEP})() >= 2")
    page.evaluate(HIDE)
    stopped = step_of(page)
    page.wait_for_timeout(300)
    assert step_of(page) == stopped and button(page, "train").is_visible()


def test_keys_choose_the_word_train_and_show_the_table(show_figure):
    page = show_figure()
    words = page.get_by_role("radio")
    words.nth(17).focus()
    page.keyboard.press("ArrowRight")
    assert said(page).split("\n")[-1].startswith("Word 19, ")
    page.keyboard.press("Home")
    assert "Word 1, " in said(page) and "Nobody can know it yet." in said(page)
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('.lmkit-title').textContent.includes('step 600')")
    page.keyboard.press("t")
    rows = page.get_by_role("group", name="Table of the training").locator("tbody tr")
    assert rows.count() == 13 and rows.last.inner_text().startswith("600")
    box = page.locator("canvas").nth(2).bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] - 8)
    assert "Word 24, " in said(page)


def test_where_less_motion_is_wanted_nothing_moves_until_the_end(show_figure):
    page = show_figure(2, reduced_motion="reduce")
    page.evaluate(f"""() => {{
        window.steps = new Set();
        new MutationObserver(() => steps.add(({STEP})())).observe(
            document.querySelector('.lmkit-title'), {{ childList: true, subtree: true, characterData: true }});
    }}""")
    train_to_the_end(page)
    assert set(page.evaluate("[...steps]")) <= {0, 600}


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 800), ("light", 375)])
def test_it_is_accessible_and_fits_in_light_in_dark_and_on_a_phone(show, theme, width):
    widget = HeadForming()
    hosted = states_of(widget)
    seen = show(hosted, [widget.model_id], viewport={"width": width, "height": 1200}, color_scheme=theme)
    seen.set_theme(theme)
    train_to_the_end(seen.page)
    height = seen.page.locator(".lmkit-figure").bounding_box()["height"]
    button(seen.page, "1 layer").click()
    train_to_the_end(seen.page)
    assert seen.page.evaluate("document.documentElement.scrollWidth") == width
    assert seen.axe_violations(".lmkit-figure") == [] and seen.complaints == []
    if width == 800:  # nothing below moves
        assert seen.page.locator(".lmkit-figure").bounding_box()["height"] == height
