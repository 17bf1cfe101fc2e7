"""A student's own function, to be shown to others: without comments, without what it says in words, without names.

It is read as words, in the teacher's own process, and neither run nor compiled: there are programs that Python's
compiler cannot read without ending.
"""

import builtins
import io
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from tokenize import TokenInfo

from lmkit.classroom.slicing import plain

MOST, MOST_OF_A_CELL = 4_000, 100_000  # characters; longer ones are not kept
WORDS = '"…"'  # in place of a text
FORMATTED = getattr(tokenize, "FSTRING_MIDDLE", -1)  # the words of an f-string, since Python 3.12
EMPTY = tokenize.NL, tokenize.COMMENT, tokenize.INDENT
BEFORE = tokenize.INDENT, tokenize.DEDENT, tokenize.NEWLINE, tokenize.COMMENT  # a text that is all of its line
NOT_OF_PEOPLE = {*keyword.kwlist, *dir(builtins), "math", "numpy", "torch"}


def functions_in(cells: Sequence[str], names: Iterable[str]) -> str:
    """The functions of these names, each as it is defined last; nothing for one that cannot be had."""
    return "\n\n".join(filter(None, (_function(cells, name) for name in names)))


def without_names(text: str, students: Iterable[str]) -> str:
    """The text with `student` in place of each part of a student's name.

    A part has three letters, or two that are not of the Latin alphabet, or four digits. What Python itself calls so, as
    `max`, and `torch` stay.
    """
    parts = {part for name in students for part in re.findall(r"[a-zA-Z]{3,}|[^\W\d_a-zA-Z]{2,}|\d{4,}", name)}
    if not parts:
        return text
    known = "|".join(map(re.escape, sorted(parts, key=len, reverse=True)))
    part = rf"(?<![a-zA-Z])(?i:{known})(?![a-z])"  # also in ada_mask and adaMask, and not in adapt
    return re.sub(part, lambda found: found[0] if found[0] in NOT_OF_PEOPLE else "student", text)


def _function(cells: Sequence[str], name: str) -> str:
    head = re.compile(rf"^(?:async )?def {re.escape(name)}\b", flags=re.MULTILINE)
    for cell in map(plain, reversed([cell for cell in cells if len(cell) <= MOST_OF_A_CELL])):
        if places := [found.start() for found in head.finditer(cell)]:
            return _shown(cell[places[-1] :])
    return ""


def _shown(text: str) -> str:
    """The first statement of a text, without comments and words; "" where it is no Python, or too long."""
    try:
        tokens = list(_first_statement(text))
    except (tokenize.TokenError, SyntaxError, ValueError):
        return ""
    if any(token.type == tokenize.ERRORTOKEN for token in tokens):  # how Python 3.11 says that it is none
        return ""
    lines = text.split("\n")[: max(token.end[0] for token in tokens)]
    for token, before in reversed(list(zip(tokens, [None, *tokens], strict=False))):
        if (instead := _instead(token, before)) is not None:
            (row, column), (last, end) = token.start, token.end
            lines[row - 1 : last] = [lines[row - 1][:column] + instead + lines[last - 1][end:]]
    shown = "\n".join(line.rstrip() for line in lines if line.strip())
    return shown if len(shown) <= MOST else ""


def _first_statement(text: str) -> Iterator[TokenInfo]:
    depth, ended = 0, False
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        depth += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)
        if token.type == tokenize.DEDENT and depth == 0:
            return
        if depth == 0 and ended and token.type not in EMPTY:
            return
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            ended = token.type == tokenize.NEWLINE
            yield token
        elif token.type == tokenize.COMMENT:
            yield token


def _instead(token: TokenInfo, before: TokenInfo | None) -> str | None:
    """What stands for a comment or for words; None where the token stays."""
    if token.type == tokenize.COMMENT:
        return ""
    in_words = " " in token.string and "->" not in token.string  # "b q d, b k d -> b q k" is a formula
    if token.type == tokenize.STRING:
        return WORDS if in_words or (before is not None and before.type in BEFORE) else None
    return "…" if token.type == FORMATTED and in_words else None
