"""What stands around the text of a page: light and dark, the search, the lists at the sides."""

import re
from types import SimpleNamespace

import pytest
from one_script import is_used

from tests.book.browsing import BUILT, built_pages

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
FOCUSED = "(element) => element === document.activeElement"


@pytest.mark.parametrize(
    ("filename", "used"),
    [
        ("_static/found.js", True),
        ("_static/doctools.js", False),
        ("_static/scripts/sphinx-book-theme.js", False),
        (None, False),  # a line that sets an option
    ],
)
def test_a_script_without_a_use_is_left_out(filename, used):
    assert is_used(SimpleNamespace(filename=filename)) == used


def test_a_page_loads_four_scripts_at_most_and_each_is_there(built):
    for name in built_pages():
        sources = re.findall(r'<script[^>]* src="([^"?]+)', (built / name).read_text("utf-8"))
        assert len(sources) <= 4, name
        assert all(((built / name).parent / source).is_file() for source in sources), (name, sources)


def test_one_button_goes_from_dark_to_light_and_back_to_what_the_system_has(open_page, address):
    page = open_page(f"{address}/book/references.html", viewport=WIDE, color_scheme="light").page
    seen = "() => { const { mode, theme } = document.documentElement.dataset; return `${mode} ${theme}`; }"
    button = page.get_by_role("button", name="Color mode")
    assert page.evaluate(seen) == "auto light"
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"({seen})() === 'auto dark'")
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"({seen})() === 'auto light'")
    after = []
    for _ in range(3):
        button.click()
        after.append(page.evaluate(seen))
    assert after == ["dark dark", "light light", "auto light"]
    button.click()
    page.goto(f"{address}/book/recorded.html")
    assert page.evaluate(seen) == "dark dark"  # what was chosen holds on the next page
    page.emulate_media(color_scheme="dark")
    button.click()
    assert page.evaluate(seen) == "auto dark"
    page.emulate_media(color_scheme="light")
    page.reload()
    assert page.evaluate(seen) == "auto light"  # and not what the system had when it was chosen


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_entries_of_a_menu_have_the_color_of_the_text(open_page, address, theme):
    page = open_page(f"{address}/book/references.html", viewport=WIDE, color_scheme=theme).page
    page.get_by_role("button", name="Source repositories").click()
    color = "(element) => getComputedStyle(element).color"
    entries = page.locator(".dropdown-source-buttons .dropdown-item")
    assert entries.count() == 3
    assert {entry.evaluate(color) for entry in entries.all()} == {page.locator("h1").evaluate(color)}


def test_the_search_opens_by_key_and_button_and_closes_again(open_page, address):
    page = open_page(f"{address}/book/references.html", viewport=WIDE).page
    dialog, field = page.locator("#pst-search-dialog"), page.locator("#pst-search-dialog input")
    assert dialog.is_hidden()
    page.keyboard.press("Control+k")
    assert field.is_visible() and field.evaluate(FOCUSED)
    page.keyboard.press("Escape")
    assert dialog.is_hidden()
    page.locator(".search-button-field").click()
    assert field.is_visible()
    page.mouse.click(5, 5)
    assert dialog.is_hidden()
    page.keyboard.press("Control+k")
    page.keyboard.type("softmax")
    with page.expect_navigation(url=re.compile(r"search\.html\?q=softmax")):
        page.keyboard.press("Enter")


def test_on_the_search_page_the_key_enters_the_field_that_is_there(open_page, address):
    page = open_page(f"{address}/search.html?q=mask", viewport=WIDE).page
    page.keyboard.press("Control+k")
    assert page.locator(".bd-search-container input").evaluate(FOCUSED)
    assert page.locator("#pst-search-dialog").is_hidden()


def test_on_a_phone_the_lists_open_over_the_page_and_the_focus_comes_back(open_page, address):
    page = open_page(f"{address}/chapters/07_evaluating.html", viewport=PHONE).page
    pages, button = page.get_by_role("navigation", name="Main"), page.locator(".primary-toggle")
    assert pages.is_hidden()
    button.click()
    assert pages.is_visible()
    page.keyboard.press("Escape")
    pages.wait_for(state="hidden")
    assert button.evaluate(FOCUSED)
    button.click()
    page.mouse.click(370, 400)  # beside the list
    pages.wait_for(state="hidden")
    page.locator(".secondary-toggle").click()
    link = page.locator(".page-toc a").nth(2)
    link.click()
    link.wait_for(state="hidden")
    assert page.url.endswith(link.get_attribute("href"))


def test_where_there_is_room_the_list_of_pages_folds_away(open_page, address):
    page = open_page(f"{address}/book/references.html", viewport=WIDE).page
    pages, button = page.get_by_role("navigation", name="Main"), page.locator(".primary-toggle")
    assert pages.is_visible()
    button.click()
    pages.wait_for(state="hidden")
    button.click()
    pages.wait_for(state="visible")


def test_what_stands_around_the_text_is_not_printed(open_page, address):
    page = open_page(f"{address}/chapters/07_evaluating.html", viewport=WIDE).page
    page.emulate_media(media="print")
    assert page.locator("h1").is_visible()
    for part in (".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header-article", ".bd-footer-content"):
        assert page.locator(part).is_hidden(), part


def test_the_scripts_of_the_theme_are_gone():
    assert not list((BUILT / "_static").rglob("*-theme.js"))
