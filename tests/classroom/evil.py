"""What students might write where a page could take it for markup, and what a reader makes of a page."""

from html.parser import HTMLParser

from markdown_it import MarkdownIt

EVIL = [
    "<script>alert(1)</script>",
    "</pre></code><img src=x onerror=alert(1)>",
    "[here](https://example.org) ![x](https://example.org/x.png) <https://example.org>",
    "https://example.org www.example.org http://example.org",
    "**bold** *soft* ~~gone~~ | a | b | $x$ &lt;b&gt; &amp;",
    "`</code><script>` ``` ```` `",
    "```\n</pre>\n~~~\n# heading\n- list\n1. one\n> quote\n---\n\n    code",
    "\u202eright to left\u202c\u200b\x1b[31m\x00\ud800\u2028x",
    "{raw}`html` {{ x }} {% x %}",
    "\\`<b>\\` \\[a](b) \\\\[a](b)",
]


class Elements(HTMLParser):
    """The names of all elements of a piece of HTML, and its text."""

    def __init__(self, html):
        super().__init__()
        self.names, self.text = [], ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.names.append(tag)

    def handle_data(self, data):
        self.text += data


def rendered(markdown):
    """As GitHub renders it, and everything else that reads Markdown with links."""
    return Elements(MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"]).render(markdown))
