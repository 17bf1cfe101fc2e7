"""How the pages look and read: folded code and its switch, widths, captions, numbers, the reader's place, paper."""

import re
from html.parser import HTMLParser

import nbformat
import pytest
from chapter_numbers import number_of
from docutils import nodes
from folded_code import SET_UP, side_by_side
from PIL import Image
from share_cards import LONGEST, SIZE, description, home

from tests.book.browsing import BUILT, ROOT, built_pages

WIDEST = 84  # columns: what fits beside both side bars of a window of 1280 pixels
CHAPTERS = [page for page in built_pages() if page.startswith("chapters/")]
CHAPTER = "chapters/02_attention.html"
VOID = {"br", "hr", "img", "input", "link", "meta", "wbr"}


class Listings(HTMLParser):
    """Every listing of a page: whether a cell printed it, its language, and its text."""

    def __init__(self, page: str):
        super().__init__()
        self.classes, self.found = [], []
        self.feed((BUILT / page).read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.classes.append((tag, dict(attributes).get("class") or ""))
        if tag == "pre":
            around = " ".join(classes for _, classes in self.classes)
            language = re.search(r"highlight-([\w-]+)", around)
            self.found.append([language[1] if language else "", ""])

    def handle_endtag(self, tag):
        while self.classes and self.classes.pop()[0] != tag:
            pass

    def handle_data(self, text):
        if any(tag == "pre" for tag, _ in self.classes):
            self.found[-1][1] += text


PRINTED = {"", "myst-ansi"}  # the languages of what a cell printed


@pytest.mark.parametrize("name", built_pages() or ["no page was built"])
def test_every_listing_that_a_page_shows_has_at_most_84_columns(built, name):
    listings = [text for language, text in Listings(name).found if language not in PRINTED]
    if name in CHAPTERS:
        assert len(listings) > 20
    lines = [line for text in listings for line in text.splitlines()]
    assert [line for line in lines if len(line) > WIDEST] == []


def test_a_page_has_a_set_up_of_one_line_and_every_fold_says_what_it_does(open_page, address):
    page = open_page(f"{address}/{CHAPTER}", viewport={"width": 375, "height": 700}).page
    lines = page.locator("details.fold > summary").all_text_contents()
    assert lines.count(SET_UP) == 1
    assert len(lines) > 10 and all(line.startswith("Code that ") for line in lines if line != SET_UP)
    set_up = page.locator("details.fold", has_text=SET_UP)
    assert set_up.bounding_box()["height"] <= 40
    set_up.locator("summary").click()
    code = set_up.locator("pre").all_text_contents()
    assert [text.strip().split("\n")[0][:12] for text in code] == ["# The first ", "import math"]


@pytest.mark.parametrize("chapter", sorted(ROOT.glob("chapters/*.ipynb")), ids=lambda path: path.stem)
def test_what_installs_and_imports_is_tagged_and_what_is_folded_says_what_it_does(chapter):
    cells = [cell for cell in nbformat.read(chapter, as_version=4).cells if cell.cell_type == "code"]
    tagged = [cell for cell in cells if "set-up" in cell.metadata.get("tags", [])]
    assert len(tagged) == 2 and "find_spec" in tagged[0].source and "import lmkit" in tagged[1].source
    assert [cell.id for cell in cells if "hide-input" in cell.metadata.get("tags", [])] == []
    drawing = [cell for cell in cells if "figures.show(" in cell.source or cell.source.startswith("print(")]
    assert [cell.id for cell in drawing if not cell.metadata.get("fold")] == []


def test_only_cells_that_follow_one_another_are_folded_together():
    one, two, text, three = nodes.container(), nodes.container(), nodes.paragraph(), nodes.container()
    parent = nodes.section("", one, two, text, three)
    assert side_by_side(parent, [one, two, three]) == [[one, two], [three]]


def opened(page) -> list[bool]:
    return page.locator("details.fold").evaluate_all("folds => folds.map((fold) => fold.open)")


def test_one_switch_opens_the_code_of_all_pages_and_keeps_the_reader_in_place(open_page, address):
    seen = open_page(f"{address}/{CHAPTER}", viewport={"width": 1280, "height": 900})
    page, switch = seen.page, seen.page.get_by_role("button", name="Show all code")
    assert not any(opened(page)) and switch.get_attribute("aria-pressed") == "false"
    switch.focus()
    title = page.locator("h2", has_text="Many heads")
    title.evaluate("title => title.scrollIntoView({ behavior: 'instant' })")
    before = title.bounding_box()["y"]
    page.keyboard.press("Enter")
    assert all(opened(page)) and switch.get_attribute("aria-pressed") == "true"
    assert title.bounding_box()["y"] == pytest.approx(before, abs=2)

    page.goto(f"{address}/chapters/01_tokens.html")
    assert all(opened(page)) and switch.get_attribute("aria-pressed") == "true"
    assert seen.weight()["shift"] <= 0.02  # open before it was seen
    switch.click()
    assert not any(opened(page))
    page.reload()
    assert not any(opened(page)) and switch.get_attribute("aria-pressed") == "false"


def test_the_switch_works_where_a_browser_keeps_nothing(open_page, address):
    seen = open_page(f"{address}/{CHAPTER}")
    seen.page.evaluate("() => { Storage.prototype.setItem = () => { throw new DOMException('full'); }; }")
    seen.page.get_by_role("button", name="Show all code").click()
    assert all(opened(seen.page)) and seen.complaints == []


@pytest.mark.parametrize("name", CHAPTERS or ["no page was built"])
def test_every_plot_has_a_caption_and_fills_the_column(open_page, address, name):
    page = open_page(f"{address}/{name}", viewport={"width": 1280, "height": 900}).page
    plots = page.locator("figure.lmkit-plot").evaluate_all(
        """plots => plots.map((plot) => [
            plot.querySelector("figcaption").textContent.split(" ").length > 3,
            plot.querySelector("svg").clientWidth / plot.closest("section").clientWidth > 0.97,
        ])"""
    )
    assert [plot for plot in plots if plot != [True, True]] == []


def test_a_chapter_has_its_number_in_the_side_bar_and_in_its_title(open_page, address):
    page = open_page(f"{address}/{CHAPTER}", viewport={"width": 1280, "height": 900}).page
    listed = page.locator(".bd-sidebar-primary li a", has_text=re.compile(r"^\d+\. ")).all_text_contents()
    assert [int(text.split(".")[0]) for text in listed] == [number_of(name) for name in CHAPTERS]
    assert page.locator("h1").last.inner_text().startswith("2. Attention")
    assert page.locator(".bd-sidebar-primary a.current").inner_text() == "2. Attention"


def test_the_number_of_a_chapter_is_that_of_its_file():
    assert [number_of(page) for page in ("chapters/02_attention", "chapters/12_x", "book/intro")] == [2, 12, None]


def test_the_section_that_is_read_is_marked_among_the_sections(open_page, address):
    page = open_page(f"{address}/{CHAPTER}", viewport={"width": 1280, "height": 900}).page
    marked = page.locator(".page-toc [aria-current='location']")
    assert marked.count() == 0  # at the top of the page no section has begun
    for title in ("Many heads", "Why divide by √d?"):
        heading = page.locator("h2", has_text=title)
        heading.evaluate("title => title.scrollIntoView({ behavior: 'instant' })")
        page.wait_for_function(
            "title => document.querySelector('[aria-current=location]')?.textContent === title", arg=title
        )
        assert marked.count() == 1


def test_every_page_has_the_icon_of_the_book(built):
    for name in built_pages():
        icon = re.search(r'<link rel="icon" href="([^"]+)"', (built / name).read_text("utf-8"))[1]
        assert (built / name).parent.joinpath(icon).resolve() == built / "_static/mark.svg"
    assert (built / "_static/mark.svg").read_text("utf-8").startswith("<svg")


@pytest.mark.parametrize("name", [page for page in built_pages() if "/" in page] or ["no page was built"])
def test_a_page_that_is_shared_shows_a_picture_of_the_size_that_it_says(built, name):
    told = dict(re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)" />', (built / name).read_text("utf-8")))
    base = told["url"].removesuffix(name)
    assert base.startswith("https://") and told["image"].startswith(base)
    path = built / told["image"].removeprefix(base)
    assert Image.open(path).size == SIZE == (int(told["image:width"]), int(told["image:height"]))
    assert path.stat().st_size < 100_000
    assert told["title"] and 20 < len(told["description"]) <= LONGEST * 1.2  # characters are longer in HTML


def test_a_description_is_the_first_sentences_that_are_short_enough():
    short, long = nodes.paragraph("", "One two. Three?"), nodes.paragraph("", f"One two. {'word ' * 60}.")
    assert description(nodes.section("", short)) == "One two. Three?"
    assert description(nodes.section("", long)) == "One two."


def test_the_book_is_where_github_publishes_its_repository():
    assert home("https://github.com/some/book") == "https://some.github.io/book/"


@pytest.mark.parametrize("name", [CHAPTER, "chapters/05_pretraining.html"])
def test_on_paper_no_frame_is_empty_and_no_code_is_cut(open_page, address, name):
    page = open_page(f"{address}/{name}", viewport={"width": 718, "height": 1000}).page  # A4 within its margins
    page.emulate_media(media="print")
    assert page.locator("details.fold:visible").count() == 0
    assert page.locator(".page-widget:not([data-ready]):visible").count() == 0
    around = ".bd-header-article, .bd-sidebar-primary, button:not(.page-widget *)"
    assert page.locator(f":is({around}):visible").count() == 0
    wide = "pres => pres.filter((pre) => pre.scrollWidth > pre.clientWidth + 1).map((pre) => pre.textContent)"
    assert page.locator("article pre:visible").evaluate_all(wide) == []


COLORED = re.compile(
    r"""\b(blue|yellow|orange|red|green|rust|apricot|black|white|gr[ae]y|darke?r?|lighte?r?|pale)
    \W+(\w+\W+)?(cell|square|line|point|dot|curve|bar|circle|word|piece|column|row)s?\b""",
    re.IGNORECASE | re.VERBOSE,
)


def test_no_text_calls_a_part_of_a_figure_by_a_color_that_changes_in_the_dark():
    """Stories may have red kites. What is said of figures must be true in light and in dark."""
    pages = [*ROOT.glob("chapters/*.ipynb"), *ROOT.glob("book/*.md")]
    prose = []
    for path in pages:
        if path.suffix == ".md":
            prose.append(path.read_text("utf-8"))
        else:
            prose += [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    sentences = [sentence for text in prose for sentence in re.split(r"(?<=[.?!:])\s+", text)]
    assert [sentence for sentence in sentences if COLORED.search(sentence)] == []
    assert COLORED.search("the dark blue cells") and not COLORED.search("Nina had a red kite, in a line.")


def test_a_dark_page_is_printed_in_light(open_page, address):
    page = open_page(f"{address}/book/references.html", color_scheme="dark").page
    ground = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(ground) == "rgb(255, 255, 255)" != dark
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(ground) == dark
