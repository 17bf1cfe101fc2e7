"""What other sites show of a page that somebody shares: its title, its first sentences, and a picture made for it.

The picture has the number and the title of the page, and the first sentence, as many words as fit. It is drawn here,
when the book is built; no page loads it.
"""

import re
import textwrap
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from chapter_numbers import number_of
from docutils import nodes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

SIZE = (1200, 630)  # pixels: what such sites ask for
DPI = 100
PAGE, INK, QUIET, WEIGHT, ACCENT = "#ffffff", "#1d2433", "#5b6478", "#123470", "#b3400f"
LONGEST = 200  # characters of a description


def home(repository: str) -> str:
    """The address of the built book: where GitHub publishes the pages of a repository."""
    owner, name = urlsplit(repository).path.strip("/").split("/")
    return f"https://{owner}.github.io/{name}/"


def description(doctree: nodes.document) -> str:
    """The first sentences of a page, as many as are short enough together."""
    text = " ".join(" ".join(block.astext().split()) for block in doctree.findall(nodes.paragraph))
    told, *others = re.split(r"(?<=[.?!:])\s+", text)
    for sentence in others:
        if len(told) + len(sentence) >= LONGEST:
            break
        told += f" {sentence}"
    return textwrap.shorten(told, LONGEST, placeholder=" …")


def tags(title: str, told: str, address: str, picture: str) -> str:
    """The elements that other sites read."""
    properties = {
        "og:type": "article",
        "og:site_name": "Inside Language Models",
        "og:title": title,
        "og:description": told,
        "og:url": address,
        "og:image": picture,
        "og:image:type": "image/png",
        "og:image:width": SIZE[0],
        "og:image:height": SIZE[1],
        "og:image:alt": f"{title}. {told}",
    }
    lines = [f'<meta property="{name}" content="{escape(str(value))}" />' for name, value in properties.items()]
    names = {"description": told, "twitter:card": "summary_large_image"}
    return "\n".join([*lines, *(f'<meta name="{name}" content="{escape(value)}" />' for name, value in names.items())])


def draw(title: str, told: str, number: int | None, path: Path) -> None:
    """Draw the picture of a page: an attention pattern as on the icon of the book, and its words."""
    figure = Figure(figsize=(SIZE[0] / DPI, SIZE[1] / DPI), dpi=DPI, facecolor=PAGE)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, SIZE[0]), ylim=(SIZE[1], 0))
    axes.axis("off")
    for row in range(4):  # the triangle of a causal head
        for column in range(row + 1):
            share = 1 / (1 + 1.6 * abs(row - column - 1))
            corner = (60 + 34 * column, 60 + 34 * row)
            axes.add_patch(Rectangle(corner, 30, 30, color=WEIGHT, alpha=0.15 + 0.85 * share, linewidth=0))
    axes.text(230, 92, "Inside Language Models", fontsize=26, color=QUIET, va="center")
    if number:
        axes.text(230, 150, f"Chapter {number}", fontsize=26, color=ACCENT, va="center")
    axes.text(60, 310, title, fontsize=min(64, 1500 / len(title)), color=INK, va="center", weight="bold")
    axes.text(60, 390, textwrap.fill(told, 62, max_lines=4), fontsize=25, color=QUIET, va="top", linespacing=1.35)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})


def add_card(app, pagename, templatename, context, doctree):
    """Give a page its card."""
    if doctree is None or app.builder.format != "html":
        return
    title = next(doctree.findall(nodes.title)).astext()
    told, number = description(doctree), number_of(pagename)
    file = f"_static/cards/{pagename.replace('/', '-')}.png"
    draw(title, told, number, Path(app.outdir, file))
    base = home(app.config.html_theme_options["repository_url"])
    context["metatags"] += tags(title, told, f"{base}{pagename}.html", f"{base}{file}")


def setup(app):
    """Connect to Sphinx."""
    app.connect("html-page-context", add_card)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
