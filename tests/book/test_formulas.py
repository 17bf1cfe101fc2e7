"""Formulas: typeset when the book is built, as MathML with a font of its own, and copied as TeX."""

import base64
import html
import io
import re
import shutil
import unicodedata
from xml.etree import ElementTree

import pytest
from docutils import nodes
from fontTools.ttLib import TTFont
from formula_font import ITALIC, characters, font_with, style_with
from typeset_formulas import Formula, formula_of, mathml, typeset

from tests.book.browsing import BUILT, ROOT, built_pages

WITH_FORMULAS = [name for name in built_pages() if "<math" in (BUILT / name).read_text("utf-8")]
every_page_with_formulas = pytest.mark.parametrize("name", WITH_FORMULAS or ["no page has a formula"])


def letters(tex: str, display: bool = False) -> str:
    """All characters of a typeset formula, one after the other."""
    (result,) = typeset([Formula(tex, display)])
    return "".join(ElementTree.fromstring(result["mathml"]).itertext())


def block(text: str, **attributes) -> nodes.math_block:
    """A formula on a line of its own, as a parser makes it."""
    return nodes.math_block(text, text, nowrap=False, number=None, **attributes)


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\frac{QK^\top}{\sqrt{d}}", "QK⊤d"),
        (r"x \in \mathbb{R}^{d}", "x∈ℝd"),
        (r"a < b & c > d".replace("&", r"\&"), "a<b&c>d"),
        (r"\mathrm{softmax}(x)_i", "softmax(x)i"),
    ],
)
def test_a_formula_has_the_letters_of_its_tex(tex, expected):
    assert letters(tex) == expected


def test_many_formulas_come_back_in_their_order_each_once_with_its_error():
    good, bad, other = Formula("a", False), Formula(r"\nonsense", False), Formula("b", True)
    first, second, third, again = typeset([good, bad, other, good])
    assert ">a<" in first["mathml"] and again == first
    assert second.keys() == {"error"} and "nonsense" in second["error"]
    assert 'display="block"' in third["mathml"] and "display" not in first["mathml"]


def test_a_formula_that_cannot_be_typeset_is_a_warning_with_its_place(monkeypatch):
    node = nodes.math(r"\nonsense<b>", r"\nonsense<b>")
    warnings = []
    warn = lambda text, *rest, location: warnings.append((text % rest, location))  # noqa: E731
    monkeypatch.setattr("typeset_formulas.log.warning", warn)
    assert mathml(node) == r"<code>\nonsense&lt;b&gt;</code>"
    ((said, place),) = warnings
    assert r"\nonsense<b> cannot be typeset" in said
    assert place is node


@pytest.mark.parametrize(
    ("node", "tex"),
    [
        (block("a = b"), "a = b"),
        (block(r"a &= b \\ c &= d"), r"\begin{split}a &= b \\ c &= d\end{split}"),
        (block("a = b\n\nc = d\n"), r"\begin{aligned}a = b \\ c = d\end{aligned}"),
        (block(r"\begin{align}a\\b\end{align}", classes=["amsmath"]), r"\begin{align*}a\\b\end{align*}"),
    ],
)
def test_paragraphs_and_lines_of_a_block_stand_one_below_the_other(node, tex):
    assert formula_of(node) == Formula(tex, display=True)
    assert "mathml" in typeset([formula_of(node)])[0]


def test_a_formula_carries_its_tex():
    tex = r'a < "b"'
    assert ElementTree.fromstring(mathml(nodes.math(tex, tex))).get("data-tex") == tex


def test_the_font_has_the_characters_of_the_formulas_and_their_italics_and_no_others():
    page = "<p>z</p><math><mi>h</mi><mi>ε</mi><mo>&lt;</mo></math>"
    assert characters(page) == {"h", "ε", "<", "\u210e", "\U0001d700"}
    font = TTFont(io.BytesIO(font_with(characters(page))))
    known = {chr(code) for code in font.getBestCmap()}
    assert known - {">"} == characters(page)  # which is the other side of what it has
    assert "MATH" in font
    assert "SIL Open Font License" in font["name"].getDebugName(13)


def test_every_letter_has_the_italic_of_its_own_name():
    assert len(ITALIC) >= 2 * 26 + 2 * 24
    for letter, italic in ITALIC.items():
        assert unicodedata.normalize("NFKC", italic) == unicodedata.normalize("NFKC", letter)


def test_a_root_needs_its_sign_which_no_letter_is():
    assert "√" in characters("<math><msqrt><mi>d</mi></msqrt></math>")


def test_roots_and_brackets_of_the_font_can_grow():
    math = TTFont(io.BytesIO(font_with({"√", "("})))["MATH"].table
    assert len(math.MathVariants.VertGlyphCoverage.glyphs) >= 2


def test_a_small_root_is_no_wider_than_its_sign():
    """Chromium keeps free the width of the widest form of the sign."""
    font = TTFont(io.BytesIO(font_with({"√", "d"})))
    variants = font["MATH"].table.MathVariants
    sign = font.getBestCmap()[ord("√")]
    forms = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(sign)]
    names = [record.VariantGlyph for record in forms.MathGlyphVariantRecord]
    names += [part.glyph for part in forms.GlyphAssembly.PartRecords]
    assert len(names) > 3
    assert {font["hmtx"][name][0] for name in names} == {font["hmtx"][sign][0]}


def test_the_style_has_one_font_and_no_address_of_another_file():
    style = style_with({"x"}, (ROOT / "node_modules/temml/dist/Temml-STIX2.css").read_text())
    assert style.count("@font-face") == 1
    assert re.findall(r"url\(['\"]?(?!['\"]?data:|%23)([^)]*)", style) == []


@every_page_with_formulas
def test_no_formula_of_a_page_was_left_as_tex(name):
    page = (BUILT / name).read_text("utf-8")
    assert "MathJax" not in page
    assert "temml-error" not in page
    text = re.sub(r"<(script|style|pre|code|math|svg)\b.*?</\1>", "", page, flags=re.DOTALL)
    assert re.findall(r"\\\(|\\\[|\$[^$<]{1,80}\$|\\[a-z]{3,}\{", html.unescape(re.sub(r"<[^>]+>", "", text))) == []


DRAWN = """() => [...document.querySelectorAll("math")]
    .filter((math) => math.checkVisibility())
    .map((math) => {
        const box = math.getBoundingClientRect();
        const lines = Math.max(16, box.height);
        const holder = (math.closest(".formula") ?? math).getBoundingClientRect();
        return [math.dataset.tex, box.width > 3 && lines < 300, Math.round(holder.right)];
    })"""


@every_page_with_formulas
def test_every_formula_of_a_page_is_drawn_and_stays_on_a_phone(open_page, address, name):
    page = open_page(f"{address}/{name}", viewport={"width": 375, "height": 700}).page
    drawn = page.evaluate(DRAWN)
    assert drawn
    assert [tex for tex, is_drawn, _ in drawn if not is_drawn] == []
    assert [(tex, right) for tex, _, right in drawn if right > 375] == []


@every_page_with_formulas
def test_the_letters_of_all_formulas_are_in_the_font_of_the_page(name):
    style = (BUILT / "_static/formulas.css").read_text("utf-8")
    data = re.search(r"base64,([^\"]+)", style)[1]
    font = TTFont(io.BytesIO(base64.b64decode(data)))
    known = {chr(code) for code in font.getBestCmap()}
    unknown = characters((BUILT / name).read_text("utf-8")) - known
    assert {letter for letter in unknown if letter.isprintable() and not letter.isspace()} == set()


PARAGRAPH = """<!doctype html><meta charset=utf-8><title>t</title>
<p id=all>For <math data-tex="x^2"><msup><mi>x</mi><mn>2</mn></msup></math> and <b>more</b>.</p>
<div><math display=block data-tex="a &lt; b"><mi>a</mi><mo>&lt;</mo><mi>b</mi></math></div><p id=none>No formula.</p>
<script src="copy-formulas.js"></script>"""

COPIED = """(selector) => {
    const from = document.querySelector(selector);
    getSelection().selectAllChildren(from);
    const clipboardData = new DataTransfer();
    const event = new ClipboardEvent("copy", { clipboardData, bubbles: true, cancelable: true });
    document.dispatchEvent(event);
    return [clipboardData.getData("text/plain"), event.defaultPrevented];
}"""


@pytest.mark.parametrize(
    ("selected", "text"),
    [
        ("#all", "For $x^2$ and more."),
        ("msup", "$x^2$"),  # a part of a formula is all of it
        ("body", "For $x^2$ and more.\n\n$$a < b$$\n\nNo formula."),
    ],
)
def test_copied_text_has_its_formulas_as_tex(open_page, tmp_path, selected, text):
    shutil.copy(ROOT / "book/_static/copy-formulas.js", tmp_path)
    (tmp_path / "index.html").write_text(PARAGRAPH)
    page = open_page((tmp_path / "index.html").as_uri()).page
    copied, taken = page.evaluate(COPIED, selected)
    assert (copied.strip(), taken) == (text, True)
    assert page.evaluate(COPIED, "#none") == ["", False]  # the browser does it
