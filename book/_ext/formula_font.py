"""The letters of the formulas: STIX Two Math, with those characters alone that the book uses, inside a style sheet.

Browsers draw MathML well with a font that says how roots, brackets and fractions are built, and few phones have one.
All of this one has 1.5 MB; what the formulas of the book need of it has some 20 kB. It travels inside the style sheet:
not every browser lets a page that was opened from a folder load a font beside it, and no text jumps when it arrives.
The font lies in the package ziamath, the rest of the style in Temml. Neither is committed.
"""

import base64
import html
import io
import re
import unicodedata
from importlib.util import find_spec
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

STYLE = "temml/dist/Temml-STIX2.css"
ITALIC = {
    chr(int(unicodedata.decomposition(letter).removeprefix("<font> "), 16)): letter
    for letter in map(chr, range(0x1D434, 0x1D7CC))
    if unicodedata.name(letter, "").startswith("MATHEMATICAL ITALIC")
} | {"h": "\u210e"}  # which was there before the others, as the constant of Planck


def font_file() -> Path:
    """Where the whole font lies.

    Raises:
        FileNotFoundError: its package is not installed.
    """
    package = find_spec("ziamath")
    if package is None:
        raise FileNotFoundError("The formulas need the font in the package ziamath, which `make book` installs.")
    return Path(package.origin).with_name("fonts") / "STIXTwoMath-Regular.ttf"


def characters(page: str) -> set[str]:
    """The characters in the formulas of a page, and what browsers make of single letters: italics."""
    formulas = "".join(re.findall(r"<math.*?</math>", page, re.DOTALL))
    written = set(html.unescape(re.sub(r"<[^>]+>", "", formulas)))
    written |= {"√"} if "<msqrt" in formulas or "<mroot" in formulas else set()  # which is no letter, but drawn
    return written | {ITALIC[letter] for letter in written if letter in ITALIC}


def font_with(letters: set[str]) -> bytes:
    """The font as WOFF, with some characters alone, and the larger forms of those that grow."""
    font = TTFont(font_file())
    its_licence = [0, 13, 14]
    options = subset.Options(layout_features=[], hinting=False, name_IDs=its_licence, notdef_outline=True)
    options.drop_tables += ["GPOS", "GSUB"]
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(letters))
    subsetter.subset(font)
    if "√" in letters:
        narrow_roots(font)
    font.flavor = "woff"
    font["head"].modified = font["head"].created  # the same characters, the same bytes
    font.recalcTimestamp = False
    buffer = io.BytesIO()
    font.save(buffer)
    return buffer.getvalue()


def narrow_roots(font: TTFont) -> None:
    """Make all forms of the root sign as wide as the smallest: Chromium keeps free the width of the widest for each."""
    sign = font.getBestCmap()[ord("√")]
    variants = font["MATH"].table.MathVariants
    forms = variants.VertGlyphConstruction[variants.VertGlyphCoverage.glyphs.index(sign)]
    larger = [record.VariantGlyph for record in forms.MathGlyphVariantRecord]
    larger += [part.glyph for part in forms.GlyphAssembly.PartRecords]
    width = font["hmtx"][sign][0]
    for name in set(larger) - {sign}:
        glyph, (own_width, left) = font["glyf"][name], font["hmtx"][name]
        glyph.coordinates.scale((width / own_width, 1))
        glyph.coordinates.toInt()
        glyph.recalcBounds(font["glyf"])
        font["hmtx"][name] = (width, round(left * width / own_width))


def style_with(letters: set[str], temml: str) -> str:
    """The style sheet of all formulas: Temml's, with this font."""
    data = base64.b64encode(font_with(letters)).decode()
    face = f'@font-face {{ font-family: "STIX2"; src: url("data:font/woff;base64,{data}") format("woff"); }}\n'
    return face + re.sub(r"/\*.*?\*/\s*|@font-face\s*\{.*?\}\s*", "", temml, flags=re.DOTALL)


def write_style(app, exception):
    """Write it, when all pages are written and it is known which characters they have."""
    if exception or app.builder.format != "html":
        return
    letters = set().union(*(characters(page.read_text("utf-8")) for page in Path(app.outdir).rglob("*.html")))
    temml = Path(app.srcdir, "node_modules", STYLE).read_text("utf-8")
    Path(app.outdir, "_static", "formulas.css").write_text(style_with(letters, temml), "utf-8")


def setup(app):
    """Connect to Sphinx."""
    app.connect("build-finished", write_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
