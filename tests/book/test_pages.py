"""Every page of the built book, as a reader without a network meets it."""

import json
from pathlib import Path

import pytest

from tests.book.browsing import ROOT, built_pages, pages_with_figures, visit

every_page = pytest.mark.parametrize("name", built_pages() or ["no page was built"], scope="module")

SHORTEN = """document.querySelectorAll(".lmkit-table tbody").forEach(
    (body) => [...body.rows].slice(12).forEach((row) => row.remove()))"""


CUT = """() => {
    const closed = [...document.querySelectorAll("article details:not([open])")];
    closed.forEach((part) => { part.open = true; });
    const end = document.querySelector("article")?.getBoundingClientRect().right + 1;
    const cut = [...document.querySelectorAll("article *")].filter((one) => {
        if (one.parentElement.closest("svg, math, pre, .page-widget") || !one.checkVisibility()) return false;
        const hides = getComputedStyle(one).overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1;
        return (hides && one.clientWidth > 0) || one.getBoundingClientRect().right > end;
    });
    closed.forEach((part) => { part.open = false; });
    return cut.map((one) => `${one.tagName}.${one.className}: ${one.textContent.slice(0, 80)}`);
}"""
FIRST_SCREEN = 700  # pixels, of 900 on a desk and 812 on a phone
IN_SIGHT_IS_DRAWN = """() => [...document.querySelectorAll(".page-widget")].every(
    (one) => one.dataset.ready || one.getBoundingClientRect().top > innerHeight || !one.checkVisibility())"""


BUDGET = json.loads(Path(__file__).with_name("budget.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def visits(browser, built, address, name):
    """The page as it opens in a wide window and on a phone; what that costs; and then with all of its figures."""
    sizes = {"width": 1280, "height": 900}, {"width": 375, "height": 812}
    visits = [visit(browser, f"{address}/{name}", viewport=size) for size in sizes]
    for visit_ in visits:
        visit_.first_load = visit_.weight()
        visit_.first_figure = first_figure(visit_.page)
        visit_.wait_for_widgets()
    yield visits
    for visit_ in visits:
        visit_.page.context.close()


@pytest.fixture(scope="module")
def seen(visits):
    """The page in a wide window."""
    return visits[0]


@pytest.fixture(scope="module")
def phone(visits):
    """The page on a phone."""
    return visits[1]


def first_figure(page) -> float | None:
    """How many pixels above the first figure, when all that is in sight is drawn; None where there is no figure.

    Measured as a reader finds it: what is folded is still so.
    """
    page.wait_for_function(IN_SIGHT_IS_DRAWN)
    return page.evaluate("() => document.querySelector('.page-widget')?.getBoundingClientRect().top ?? null")


@every_page
def test_a_page_asks_no_other_host(seen, name):
    assert seen.foreign == []


@every_page
def test_a_page_keeps_to_its_budget(seen, name):
    """Compressed bytes of the first load, and elements: what a page had when it was weighed, and a little more."""
    budget = BUDGET.get(name, BUDGET["any other page"])
    assert {key: seen.first_load[key] for key in budget if seen.first_load[key] > budget[key]} == {}


@every_page
def test_nothing_jumps_when_a_page_is_loaded(seen, name):
    assert seen.first_load["shift"] <= 0.02


@every_page
def test_a_page_is_alive_in_its_first_screen(seen, phone, name):
    """Every page that has figures begins with one; the introduction and each chapter have."""
    tops = [visit_.first_figure for visit_ in (seen, phone)]
    if name.startswith("chapters/") or name == "book/intro.html":
        assert None not in tops
    assert [top for top in tops if top is not None and top > FIRST_SCREEN] == []


@every_page
def test_a_page_finds_all_it_asks_for(seen, name):
    assert seen.broken == []


@every_page
def test_a_page_raises_no_error(seen, name):
    assert seen.complaints == []


@every_page
def test_every_widget_of_a_page_is_drawn(seen, name):
    views = seen.page.locator('script[type="application/vnd.jupyter.widget-view+json"]').count()
    assert seen.page.locator(".page-widget[data-ready]").count() == views


@every_page
def test_every_picture_of_a_page_has_an_alternative_in_words(seen, name):
    nameless = "img:not([alt]), img[alt=''], [role=img]:not([aria-label], [aria-hidden=true])"
    assert [picture.evaluate("el => el.outerHTML") for picture in seen.page.locator(nameless).all()] == []


@every_page
def test_every_colab_button_opens_a_notebook_of_the_book(seen, name):
    links = seen.page.locator("a[href*='colab.research.google.com']")
    paths = {link.get_attribute("href").split("/blob/main/")[1].split("#")[0] for link in links.all()}
    assert paths == ({name.replace(".html", ".ipynb")} if name.startswith("chapters/") else set())
    assert all((ROOT / path).exists() for path in paths)


@every_page
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_wrong_with_a_page(seen, name, theme):
    seen.set_theme(theme)
    assert seen.axe_violations() == []


@every_page
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_words_in_plots_can_be_read(seen, name, theme):
    seen.set_theme(theme)
    assert seen.faint_words() == []


@every_page
def test_nothing_is_cut_at_the_right(seen, name):
    """Code, output, tables, formulas, plots: on a phone, a tablet and a wide window. Figures are tested elsewhere."""
    cut = {}
    for width in (375, 768, 1280):  # at last as the other tests expect it
        seen.page.set_viewport_size({"width": width, "height": 900})
        cut[width] = seen.page.evaluate(CUT)
    assert cut == {375: [], 768: [], 1280: []}


@every_page
def test_axe_finds_nothing_wrong_with_figures_that_show_their_tables_and_lines(seen, name):
    """The last test of the page in a wide window, which it leaves changed."""
    for label in ("table", "lines"):
        for button in seen.page.locator(".page-widget").get_by_role("button", name=label, exact=True).all():
            button.click()
            assert button.get_attribute("aria-pressed") == "true"
    has_tables = seen.page.locator(".lmkit-table:visible").count() > 0
    assert has_tables == (name in pages_with_figures() and name != "book/claims.html")  # a guess alone has none
    for theme in ("light", "dark") if has_tables else ():
        seen.set_theme(theme)
        seen.page.evaluate(SHORTEN)  # a thousand rows that are made alike would take minutes
        assert seen.axe_violations(".lmkit-table, .lmkit-bar") == []  # the rest is as it was


@every_page
def test_a_page_fits_a_narrow_phone(phone, name):
    assert phone.first_load["shift"] <= 0.02
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 375


@every_page
def test_a_page_works_from_a_folder_without_a_server(open_page, built, name):
    opened = open_page((built / name).as_uri())
    opened.wait_for_widgets()
    assert (opened.foreign, opened.broken, opened.complaints) == ([], [], [])
    assert opened.page.locator("[role=alert]").count() == 0


@every_page
def test_without_javascript_a_widget_leaves_its_sentence_with_a_picture_or_question(open_page, built, address, name):
    still = open_page(f"{address}/{name}", java_script_enabled=False)
    views = still.page.locator('script[type="application/vnd.jupyter.widget-view+json"]').count()
    pictures = still.page.locator(".cell_output noscript img").all()
    questions = still.page.locator(".cell_output noscript > p").all_text_contents()
    sentences = [picture.get_attribute("alt") for picture in pictures] + questions
    assert len(sentences) == views
    assert all(len(sentence.split()) > 3 for sentence in sentences)


def test_the_first_address_leads_to_the_first_page(open_page, address):
    seen = open_page(f"{address}/index.html")
    seen.page.wait_for_url("**/book/intro.html")
    assert seen.page.title().startswith("Inside Language Models")


CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_an_exercise_offers_its_notebook_and_no_verdict_on_what_nobody_has_typed(built, chapter):
    page = (built / "chapters" / f"{chapter.stem}.html").read_text("utf-8")
    cells = json.loads(chapter.read_text("utf-8"))["cells"]
    stubs = [cell["id"] for cell in cells if cell["metadata"].get("lmkit", {}).get("role") == "stub"]
    assert [stub for stub in stubs if f"{chapter.name}#scrollTo={stub}" not in page] == []
    assert "ot done yet" not in page
    assert page.count("download the notebook") == len(stubs)
    assert (built / "_sources" / "chapters" / chapter.name).exists()


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
def test_the_icons_that_the_introduction_speaks_of_are_on_every_chapter(built, chapter):
    introduction = (ROOT / "book" / "intro.md").read_text("utf-8")
    page = (built / "chapters" / f"{chapter.stem}.html").read_text("utf-8")
    icons = {"rocket": "rocket", "half-filled circle": "circle-half-stroke", "sun": "sun", "moon": "moon"}
    for name, icon in icons.items():
        assert f" {name}" in introduction and f"fa-{icon}" in page
