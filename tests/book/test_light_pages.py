"""What makes the pages light: icons, style sheets, scripts that wait, menus."""

import html
import re
from pathlib import Path

import pydata_sphinx_theme
import pytest
import sphinx_book_theme
from icons import style
from late_scripts import SCRIPT, lay_aside
from light_code import LightFormatter
from light_styles import light
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tests.book.browsing import BUILT, ROOT, built_pages

NAMES = {"kept", "modal", "data-bs-"}


@pytest.mark.parametrize(
    ("css", "expected"),
    [
        (".kept{a:b}", ".kept{a:b}"),
        (".lost{a:b}", ""),
        (".kept .lost,.kept:hover{a:b}", ".kept:hover{a:b}"),
        (".kept:not(.lost){a:b}", ".kept:not(.lost){a:b}"),
        (":is(.kept,.lost:not(.lost))>b,i{a:b}", ":is(.kept,.lost:not(.lost))>b,i{a:b}"),
        ('.lost:not([x],[y="z"]),.kept:not([x],[y="z"]){a:b}', '.kept:not([x],[y="z"]){a:b}'),
        (".data-bs-anything{a:b}", ".data-bs-anything{a:b}"),
        ("@media print{.lost{a:b}}", ""),
        ("@media print{.lost{a:b}.kept{a:b}}", "@media print{.kept{a:b}}"),
        ("@keyframes turn{0%{a:b}to{c:d}}", "@keyframes turn{0%{a:b}to{c:d}}"),
        ('@font-face{font-family:"Font Awesome 6";src:url(x)}', ""),
        ('@charset "utf-8";p{a:b}', '@charset "utf-8";p{a:b}'),
        ("/* .lost{ */p{a:b}", "p{a:b}"),
        ('p::after{content:"}{;"}.lost{a:b}', 'p::after{content:"}{;"}'),
        ("#kept{a:b}#lost{a:b}", "#kept{a:b}"),
    ],
)
def test_a_rule_stays_when_a_page_can_have_all_that_it_names(css, expected):
    assert light(css, NAMES) == expected


CODE = """\
# A comment.
def mean(x: list[float]) -> float:
    return sum(x) / len(x) if x is not None else f"no {x!r} 'x'" + "\\n" * 2.5e3
"""


def test_code_keeps_its_text_and_the_colors_that_tell_something():
    whole, light_one = (highlight(CODE, PythonLexer(), kind()) for kind in (HtmlFormatter, LightFormatter))
    assert html.unescape(re.sub("<[^>]+>", "", light_one)) == html.unescape(re.sub("<[^>]+>", "", whole))
    for piece in (
        '<span class="c"># A comment.</span>',
        '<span class="k">def</span> <span class="nf">mean</span>(x: ',
        '<span class="nb">sum</span>(x) / ',
        '<span class="m">2.5e3</span>',
        """<span class="s">!r} 'x'"</span>""",
        '<span class="k">is</span> <span class="k">not</span> <span class="k">None</span>',
    ):
        assert piece in light_one
    assert "<span></span>" not in light_one
    assert "<pre><span></span>\n" in highlight("\n" + CODE, PythonLexer(stripnl=False), LightFormatter())
    assert light_one.count("<span") < whole.count("<span") / 2


def test_every_class_of_the_theme_that_a_page_shows_has_its_rules(built):
    """The theme's whole sheet and the light one are compared: each class on a page has as many rules in both."""
    whole = "".join(path.read_text("utf-8") for path in theme_sheets())
    kept = (built / "_static/pages.css").read_text("utf-8")
    pages = "".join((built / name).read_text("utf-8") for name in built_pages())
    classes = {name for value in re.findall(r'class="([^"]+)"', pages) for name in value.split()}
    alone = {name for name in classes if re.search(rf"(^|[}},]){re.escape('.' + name)}[{{,]", whole)}
    assert len(alone) > 20
    assert [name for name in sorted(alone) if not re.search(rf"{re.escape('.' + name)}[{{,]", kept)] == []


def theme_sheets() -> list[Path]:
    """The style sheets of the two themes, as their packages bring them."""
    folders = [Path(package.__path__[0]) for package in (pydata_sphinx_theme, sphinx_book_theme)]
    return [path for folder in folders for path in folder.glob("theme/*/static/styles/*.css")]


def test_every_icon_that_a_page_names_is_drawn():
    pages = "".join((BUILT / name).read_text("utf-8") for name in built_pages())
    named = {icon for value in re.findall(r'class="([^"]+)"', pages) for icon in re.findall(r"\bfa-([\w-]+)", value)}
    drawn = {path.stem for path in (ROOT / "book/icons").glob("*.svg")}
    assert named - {"solid", "regular", "brands", "lg"} <= drawn


def test_the_style_of_the_icons_holds_each_drawing(tmp_path):
    (tmp_path / "sun.svg").write_text('<svg xmlns="x">\n  <path d="M1 1" fill="#000"/>\n</svg>\n')
    address = "url(\"data:image/svg+xml,<svg xmlns='x'> <path d='M1 1' fill='%23000'/> </svg>\")"
    assert f"--icon-sun: {address};" in style(tmp_path)
    assert ".fa-sun { --icon: var(--icon-sun); }" in style(tmp_path)


def test_every_icon_in_sight_is_seen(open_page, address):
    """Each has a shape and a size; and its color is that of the words around it."""
    page = open_page(f"{address}/chapters/02_attention.html", viewport={"width": 1280, "height": 900}).page
    icons = page.evaluate(
        """() => [...document.querySelectorAll("[class*='fa-']")].filter((one) => one.checkVisibility()).map((icon) => {
            const drawn = getComputedStyle(icon, "::before");
            const inked = drawn.backgroundColor === getComputedStyle(icon).color;
            return [icon.className, drawn.maskImage.startsWith("url"), parseFloat(drawn.width) >= 10, inked];
        })"""
    )
    assert len(icons) >= 6
    assert [icon for icon in icons if icon[1:] != [True, True, True]] == []


@pytest.mark.parametrize(
    ("output", "mark", "written"),
    [
        ('<script src="../a.js"></script>', "../a.js", []),
        ("<script>draw(1 < 2)</script>", "../late/", ["draw(1 < 2)"]),
        ('<script type="application/javascript">\ndraw()</script>', "../late/", ["\ndraw()"]),
    ],
)
def test_a_script_of_an_output_waits_in_a_file(tmp_path, output, mark, written):
    held = SCRIPT.sub(lambda found: lay_aside(found, tmp_path, "../late"), f"<p>{output}</p>")
    assert re.fullmatch(rf'<p><script type="text/plain" data-late="{re.escape(mark)}[^"]*"></script></p>', held)
    assert [path.read_text() for path in tmp_path.iterdir()] == written


def test_data_and_views_are_no_scripts_that_wait():
    data = '<script type="application/vnd.jupyter.widget-view+json">{"model_id": "x"}</script>'
    assert SCRIPT.search(data) is None


def test_the_menus_of_the_header_open_and_close(open_page, address):
    page = open_page(f"{address}/chapters/02_attention.html", viewport={"width": 1280, "height": 900}).page
    button = page.get_by_role("button", name="Download this page")
    menu = page.locator(".dropdown-download-buttons .dropdown-menu")
    assert menu.is_hidden()
    button.click()
    assert menu.is_visible() and button.get_attribute("aria-expanded") == "true"
    box = menu.bounding_box()
    assert box["x"] + box["width"] == pytest.approx(button.bounding_box()["x"] + button.bounding_box()["width"], abs=4)
    page.mouse.move(0, 0)  # the theme keeps it open under the mouse
    page.keyboard.press("Escape")
    menu.wait_for(state="hidden")
    assert button.get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowDown")
    entries = menu.locator("a, button")
    focused = "(entry) => entry === document.activeElement"
    assert menu.is_visible() and entries.first.evaluate(focused)
    page.keyboard.press("ArrowUp")
    assert entries.last.evaluate(focused)
    page.keyboard.press("ArrowDown")
    assert entries.first.evaluate(focused)
    page.locator(".bd-article h1").click()
    menu.wait_for(state="hidden")


def test_one_menu_closes_when_the_focus_goes_to_another(open_page, address):
    page = open_page(f"{address}/chapters/02_attention.html", viewport={"width": 1280, "height": 900}).page
    page.get_by_role("button", name="Source repositories").focus()
    page.keyboard.press("ArrowDown")
    assert page.locator(".dropdown-source-buttons .dropdown-menu").is_visible()
    page.get_by_role("button", name="Download this page").focus()
    assert page.locator(".dropdown-menu:visible").count() == 0
