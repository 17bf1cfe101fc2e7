"""The reader asks two models in a page without a kernel: by mouse, by keys, with less motion, on a phone."""

import pytest

from lmkit.widgets import AskBoth
from tests.book.browsing import states_of

STORY = "One day, Zoe and Tom were in the kitchen. Tom found a kite. Tom gave the kite to Zoe. Zoe was happy."
QUESTIONS = [f"{STORY} Does it end well?", f"{STORY} Name everybody."]
HOSTILE = '<img src=x onerror="window.ran = true"><|end|>'


@pytest.fixture(scope="module")
def figure():
    return AskBoth(QUESTIONS[0], questions=QUESTIONS)


@pytest.fixture
def ask_in_page(show, figure):
    """A function that shows the figure, and gives its page once both have said something; nothing may complain."""
    seen = []

    def ask_in_page(**context):
        seen.append(show(states_of(figure, figure.weights, figure.tuned), [figure.model_id], **context))
        wait_for_both(seen[-1].page)
        return seen[-1].page

    yield ask_in_page
    assert [(one.complaints, one.foreign) for one in seen] == [([], [])] * len(seen)


def wait_for_both(page):
    page.wait_for_function(
        "() => { const says = [...document.querySelectorAll('.lmkit-says')];"
        " return says.length === 2 && !says.some((one) => one.matches('[aria-busy], .lmkit-old')); }"
    )


def said(page) -> list[str]:
    return page.locator("output").all_inner_texts()


def as_python_says(text: str) -> list[str]:
    figure = AskBoth(text)
    return [figure.says("book"), figure.says("book-instruct")]


def test_it_opens_with_what_python_says_and_asked_again_the_page_says_the_same(ask_in_page):
    page = ask_in_page()
    assert said(page) == as_python_says(QUESTIONS[0])
    page.get_by_role("button", name="ask", exact=True).click()
    wait_for_both(page)
    assert page.get_by_text("1 token, then").count() == 1
    assert said(page) == as_python_says(QUESTIONS[0])


def test_the_models_come_when_something_is_asked(show, figure):
    """They are ten times as heavy as the rest of a page."""
    seen = show(states_of(figure, figure.weights, figure.tuned), [figure.model_id])
    heavy = 500_000

    def sizes():
        return [len(seen.page.request.get(url).body()) for url in set(seen.loaded) if "/figures/" in url]

    wait_for_both(seen.page)
    assert seen.page.get_by_text("This was asked before.").count() == 2
    assert len(sizes()) == 2 and max(sizes()) < heavy  # its state, and its module
    seen.page.get_by_role("button", name="Name everybody.").click()
    wait_for_both(seen.page)
    assert sum(size > heavy for size in sizes()) == 2


def test_a_click_asks_another_question(ask_in_page):
    page = ask_in_page()
    page.get_by_role("button", name="Name everybody.").click()
    wait_for_both(page)
    assert page.get_by_role("textbox").input_value() == QUESTIONS[1]
    assert said(page) == as_python_says(QUESTIONS[1])
    assert "then <|end|>: its answer is over" in page.get_by_role("region", name="book-instruct").inner_text()


def test_enter_asks_what_was_typed_and_until_then_the_old_answers_look_old(ask_in_page):
    page = ask_in_page()
    field = page.get_by_role("textbox")
    field.fill("Write a story with Tom and a kite that ends well.")
    assert page.locator(".lmkit-old").count() == 2
    field.press("Enter")
    wait_for_both(page)
    assert said(page) == as_python_says("Write a story with Tom and a kite that ends well.")
    assert "\n" not in field.input_value()


def test_what_looks_like_markup_or_a_mark_is_text(ask_in_page):
    page = ask_in_page()
    page.get_by_role("textbox").fill(HOSTILE)
    page.get_by_role("button", name="ask", exact=True).click()
    wait_for_both(page)
    assert said(page) == as_python_says(HOSTILE)
    assert page.evaluate("window.ran") is None and page.locator(".lmkit-figure img").count() == 0


def test_where_less_motion_is_wanted_each_answer_comes_at_once(ask_in_page):
    page = ask_in_page(reduced_motion="reduce")
    page.evaluate("""() => {
        window.texts = new Set();
        const says = document.querySelectorAll('.lmkit-says')[0];
        const added = new MutationObserver(() => texts.add(says.textContent));
        added.observe(says, { childList: true, subtree: true, characterData: true });
    }""")
    page.get_by_role("button", name="Name everybody.").click()
    wait_for_both(page)
    assert set(page.evaluate("[...texts]")) <= {"", as_python_says(QUESTIONS[1])[0]}


@pytest.mark.parametrize(("theme", "width"), [("light", 800), ("dark", 800), ("light", 375)])
def test_it_is_accessible_and_fits_in_light_in_dark_and_on_a_phone(show, figure, theme, width):
    saved = states_of(figure, figure.weights, figure.tuned)
    seen = show(saved, [figure.model_id], viewport={"width": width, "height": 900}, color_scheme=theme)
    seen.set_theme(theme)
    wait_for_both(seen.page)
    assert seen.page.evaluate("document.documentElement.scrollWidth") == width
    assert seen.axe_violations(".lmkit-figure") == [] and seen.complaints == []
