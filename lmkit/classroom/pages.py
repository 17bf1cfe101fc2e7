"""What pages for students and teachers are made of. Nothing that a student wrote can become a part of them.

In the words of a finding only code and bold type are marked up, as our banks use them; a student's process can put
words of its own there, and these stay words. Pages have no scripts, and forbid them.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape

from lmkit.check.report import page_safe, printable

STYLE = """
:root { color-scheme: light dark; --page: #ffffff; --ink: #1d2433; --quiet: #5b6478; --line: #d9dee8; --panel: #f7f8fb;
  --accent: #b3400f; --weight: #123470; --focus: #0a58ca; }
@media (prefers-color-scheme: dark) { :root { --page: #14181e; --ink: #e6e9f0; --quiet: #a3acbd; --line: #343c4a;
  --panel: #1b212a; --accent: #ffb37a; --weight: #ffd67a; --focus: #7fb4ff; }
  html .lmkit-plot { --lmkit-weight: #ffd67a; --lmkit-accent: #ffb37a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 0; }
h3 { font-size: 1rem; margin: 1rem 0 0; }
section { border-top: 1px solid var(--line); margin-top: 1.5rem; padding-top: 1.25rem; }
p { margin: .5rem 0; }
ul { margin: .5rem 0; padding: 0 0 0 1.3em; text-indent: -1.3em; list-style: none; }
a { color: var(--focus); }
code, pre { font: 14px/1.5 ui-monospace, monospace; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: 4px; margin: .5rem 0;
  padding: .6rem .8rem; overflow-x: auto; overflow-wrap: normal; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
.quiet { color: var(--quiet); }
.wrong { color: var(--accent); font-weight: 600; margin-top: 1rem; }
.hint { border-left: 3px solid var(--weight); padding-left: .8rem; margin-top: 1rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0; width: 100%; overflow-wrap: normal; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); }
.said { min-width: 13rem; }
.said .quiet { display: block; }
"""
HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
CODE = re.compile(r"(?P<code>`[^`]+`)|(?P<bold>\*\*[^*]+\*\*)")
PROSE = re.compile(CODE.pattern + r"|(?P<soft>\*[^*\s][^*]*\*)|(?P<formula>\$[^$]+\$)")
SIGNS = {
    "sqrt": "√", "cdot": "·", "le": "≤", "ge": "≥", "Phi": "Φ", "pi": "π", "alpha": "α", "cos": "cos", "frac12": "½",
    "mathrm": "", "big": "", ",": " ", "times": "×", "top": "ᵀ",
}  # fmt: skip
MARKUP = re.compile(r"([\\*_\[\]{}|~$@]|:(?=//)|(?<=www)\.)", flags=re.IGNORECASE)  # where a line begins with our words
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
DIGEST = re.compile(r"-[0-9a-f]{8}$")
LONGEST = 40  # characters of a file's name: 255 bytes are allowed, and a character may have four


def page(title: str, body: str) -> str:
    """A whole page.

    Args:
        title: Plain text.
        body: HTML.
    """
    return HEAD.format(title=text(title), style=STYLE, body=body)


def text(plain: str) -> str:
    """Plain text in HTML."""
    return escape(printable(plain))


def words(says: str) -> str:
    """The words of a finding in HTML, in one line."""
    return _in_html(CODE, says)


def prose(markdown: str) -> str:
    """A hint in HTML: paragraphs, with code, emphasis and small formulas. A hint is ours."""
    return "\n".join(f"<p>{_in_html(PROSE, part)}</p>" for part in re.split(r"\n{2,}", markdown.strip()))


def block(content: str, label: str) -> str:
    """Lines as they are; too wide ones can be scrolled, also by keys."""
    return f'<pre tabindex="0" role="group" aria-label="{text(label)}">{text(content)}</pre>'


def table(label: str, head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in HTML, of cells in HTML; the first of each row is its head."""
    heads = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    lines = "".join(f'<tr><th scope="row">{first}</th>{_cells(rest)}</tr>' for first, *rest in rows)
    inner = f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    return f'<div class="table" tabindex="0" role="group" aria-label="{text(label)}">{inner}</div>'


def text_md(plain: str) -> str:
    """Plain text in a line of Markdown."""
    return MARKUP.sub(r"\\\1", page_safe(_line(plain))).replace("&", "&amp;")


def words_md(says: str) -> str:
    """The words of a finding in a line of Markdown, with their code."""
    return "".join(_marked_md(kind, part) for kind, part in _pieces(CODE, _line(says)))


def block_md(content: str) -> str:
    """Lines as they are, in Markdown."""
    return f"```text\n{page_safe(content)}\n```"


def file_names(students: Iterable[str]) -> dict[str, str]:
    """For each student a name for files: it can be written on every system, and no two are the same on any.

    Where it is not the student's own name, or could be taken for another's, it ends in a digest of that name.
    """
    plain = {student: _plain(student) for student in students}
    shared = Counter(name.casefold() for name in plain.values())
    return {student: _told_apart(student, name, shared[name.casefold()] > 1) for student, name in plain.items()}


def _cells(cells: Iterable[str]) -> str:
    return "".join(f"<td>{cell}</td>" for cell in cells)


def _line(text: str) -> str:
    """In one line, so that no line of it can begin with what is markup there. What it begins with stays."""
    return re.sub(r"\s+", " ", text)


def _pieces(pattern: re.Pattern, line: str) -> Iterator[tuple[str | None, str]]:
    """The parts of a line: what kind each is, None for plain text, and what stands between its marks."""
    end = 0
    for found in pattern.finditer(line):
        yield None, line[end : found.start()]
        yield found.lastgroup, found[0].strip("`*$")
        end = found.end()
    yield None, line[end:]


def _in_html(pattern: re.Pattern, markdown: str) -> str:
    return "".join(_marked(kind, part) for kind, part in _pieces(pattern, _line(markdown)))


def _marked(kind: str | None, part: str) -> str:
    if kind == "formula":
        return _formula(part)
    tag = {"code": "code", "bold": "strong", "soft": "em"}.get(kind)
    return f"<{tag}>{text(part)}</{tag}>" if tag else text(part)


def _marked_md(kind: str | None, part: str) -> str:
    if kind == "code":
        return f"`{page_safe(part)}`"
    return f"**{text_md(part)}**" if kind == "bold" else text_md(part)


def _formula(tex: str) -> str:
    """A small formula in HTML; as it was written, where it needs more than letters, signs and indices."""
    known = re.sub(r"\\(frac12|[A-Za-z]+|,)", lambda sign: SIGNS.get(sign[1], sign[0]), tex)
    if "\\" in known:
        return f"<code>{text(tex)}</code>"
    raised = re.sub(r"\^(?:\{([^{}]*)\}|(\w))", r"<sup>\1\2</sup>", text(known))
    lowered = re.sub(r"_(?:\{([^{}]*)\}|(\w))", r"<sub>\1\2</sub>", raised)
    return f"<i>{lowered.replace('{', '').replace('}', '')}</i>"


def _plain(student: str) -> str:
    letters = re.sub(r"[^\w.]+", "-", unicodedata.normalize("NFC", student))
    return letters[:LONGEST].strip("-.")


def _told_apart(student: str, name: str, is_shared: bool) -> str:
    is_reserved = unicodedata.normalize("NFKC", name.split(".")[0]).casefold() in RESERVED
    if name and name == student and not (is_shared or is_reserved or DIGEST.search(name)):
        return name
    digest = hashlib.sha256(student.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{'student' if is_reserved or not name else name}-{digest}"
