"""One style sheet for all pages, made of a dozen, without the rules that no page of the book can use: three in four.

The theme carries all of Bootstrap, Font Awesome and more, which every page would wait for before it shows a word. A
selector stays when each class and id that it names is one of a page, or a word of a script: scripts make classes too.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

ONE = "_static/pages.css"
OF_THE_THEME = ["_static/basic.css", "_static/styles/pydata-sphinx-theme.css"]  # its template names them, no list does
FOR_SOME = 900  # the priority of a style sheet that only some pages load
NO_CLASSES = {"figures", "late", "vendor", "search-index.js"}  # scripts that hold data, or are of others
UNUSED = ["scripts/bootstrap.js*", "scripts/fontawesome.js*", "vendor/fontawesome", "**/*.map", "**/*macros.html"]
NAME = re.compile(r"[.#](-?[A-Za-z_](?:[\w-]|\\.)*)")
WORD = re.compile(r"[A-Za-z_][\w-]*")
CLASS_OR_ID = re.compile(r'\s(?:class|id)=(?:"([^"]*)"|\'([^\']*)\')')
MARK = re.compile(r'"[^"]*"|\'[^\']*\'|[{};]')
WITH_RULES_INSIDE = ("@media", "@supports", "@layer", "@container", "@-moz-document")


def names_in(pages: Path) -> set[str]:
    """Every class and id of a page, and every word in a script of the theme; one that ends in "-" may go on."""
    found = [CLASS_OR_ID.findall(page.read_text("utf-8")) for page in pages.rglob("*.html")]
    names = {name for page in found for pair in page for name in " ".join(pair).split()}
    scripts = [path for path in pages.glob("_static/**/*.js") if not NO_CLASSES & set(path.parts)]
    return names.union(*(WORD.findall(path.read_text("utf-8")) for path in scripts))


def light(css: str, names: set[str]) -> str:
    """A style sheet, with those rules alone that can apply where these are the classes and ids."""
    beginnings = tuple(name for name in names if name.endswith("-") and len(name) > 3)
    return "".join(_kept(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL), names, beginnings))


def _kept(css: str, names: set[str], beginnings: tuple[str, ...]) -> Iterator[str]:
    for start, inside in _rules(css):
        if inside is None or (start.startswith("@") and not start.startswith(WITH_RULES_INSIDE)):
            if "Awesome" not in (inside or ""):
                yield start if inside is None else f"{start}{{{inside}}}"
        elif start.startswith("@"):
            if kept := "".join(_kept(inside, names, beginnings)):
                yield f"{start}{{{kept}}}"
        elif wanted := [part for part in _split(start) if _can_apply(part, names, beginnings)]:
            yield f"{','.join(wanted)}{{{inside}}}"


def _rules(css: str) -> Iterator[tuple[str, str | None]]:
    """Each rule as what stands before its bracket, and in it; a statement without brackets as itself, and None."""
    depth = start = opened = 0
    for mark in MARK.finditer(css):
        if mark[0] == "{":
            opened = mark.end() if depth == 0 else opened
            depth += 1
        elif mark[0] == "}":
            depth -= 1
        if depth == 0 and mark[0] in "};":
            if mark[0] == "}":
                yield css[start : opened - 1].strip(), css[opened : mark.start()]
            else:
                yield css[start : mark.end()].strip(), None
            start = mark.end()


def _split(selectors: str) -> Iterator[str]:
    """The selectors of a list: at the commas that stand in no bracket."""
    depth = start = 0
    for mark in re.finditer(r"[(),\[\]]", selectors):
        depth += (mark[0] in "([") - (mark[0] in ")]")
        if mark[0] == "," and depth == 0:
            yield selectors[start : mark.start()].strip()
            start = mark.end()
    yield selectors[start:].strip()


def _can_apply(selector: str, names: set[str], beginnings: tuple[str, ...]) -> bool:
    """Whether all that it needs is there. What stands in brackets, as in `:not(.a, .b)`, it can do without."""
    while "(" in selector and selector != (shorter := re.sub(r"\([^()]*\)", "", selector)):
        selector = shorter
    return all(name in names or name.startswith(beginnings) for name in NAME.findall(selector))


_merged: dict[str, None] = dict.fromkeys(OF_THE_THEME)
"""The style sheets that become one, in their order."""


def link_one(app, pagename, templatename, context, doctree):
    """Let a page load the one, and those which only some pages load: they ask for them with a late priority."""
    sheets = context["css_files"]
    _merged.update((sheet.filename, None) for sheet in sheets if sheet.priority < FOR_SOME)
    sheets[:] = [sheet for sheet in sheets if sheet.priority >= FOR_SOME]
    app.add_css_file(ONE.removeprefix("_static/"), priority=0)


def write_one(app, exception):
    """Write it, when all pages are written and all style sheets are there; remove what no page loads any more."""
    if exception or app.builder.format != "html":
        return
    pages = Path(app.outdir)
    for path in {path for pattern in UNUSED for path in pages.joinpath("_static").glob(pattern)}:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    names = names_in(pages)
    sheets = [(pages / name).read_text("utf-8") for name in _merged]
    (pages / ONE).write_text("\n".join(light(sheet, names) for sheet in sheets), "utf-8")
    for name in _merged:
        (pages / name).unlink()


def setup(app):
    """Connect to Sphinx: when all others have added their style sheets to a page, and have written them."""
    app.connect("html-page-context", link_one, priority=990)
    app.connect("build-finished", write_one, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
