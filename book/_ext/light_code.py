"""Code is colored where colors tell something: comments, strings, numbers, keywords, what is built in or defined.

Pygments wraps every name, dot and bracket into an element of its own, only to give it the color of all other text. A
chapter has thousands of them, more than of anything else. Here they are text; what is of one color is one element.
"""

import io
import re
from collections.abc import Iterator

from pygments.formatters import HtmlFormatter
from pygments.token import Comment, Keyword, Name, Number, Operator, Punctuation, String, Text, Whitespace, _TokenType
from sphinx.highlighting import PygmentsBridge

PLAIN = {Name, Name.Namespace, Name.Other, Operator, Punctuation, Punctuation.Marker, Whitespace}
FAMILIES = (String, Number, Comment, Keyword)  # each of one color


def color_of(kind: _TokenType) -> _TokenType:
    """The kind that stands for all tokens of the same color."""
    if kind in PLAIN:
        return Text
    if kind is Operator.Word:  # such as "not in"
        return Keyword
    return next((family for family in FAMILIES if kind in family), kind)


class LightFormatter(HtmlFormatter):
    """Writes tokens as HTML, those of one color side by side as one element."""

    def format_unencoded(self, tokensource: Iterator[tuple[_TokenType, str]], outfile) -> None:
        """Write the tokens by their colors; the empty element before them only where an empty line must be kept."""
        written = io.StringIO()
        super().format_unencoded(((color_of(kind), text) for kind, text in tokensource), written)
        outfile.write(re.sub(r"<pre><span></span>(?!\n)", "<pre>", written.getvalue()))


def setup(app):
    """Let Sphinx write code with it."""
    PygmentsBridge.html_formatter = LightFormatter
    return {"parallel_read_safe": True, "parallel_write_safe": True}
