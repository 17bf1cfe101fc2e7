"""Of a notebook, the lines that a function needs: those that define it, and those that define what they name.

A chapter takes minutes to run, an answer milliseconds. And where only these lines run, it does not matter which cells
were moved, doubled or deleted, nor what the rest of the notebook does.
"""

import ast
import dis
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import CodeType

READS = {"LOAD_NAME", "LOAD_GLOBAL"}
WRITES = {"STORE_NAME", "STORE_GLOBAL"}


@dataclass(frozen=True)
class Statement:
    """A statement at the top of a cell: its lines, the names that it gives, changes and needs."""

    cell: int
    lines: range
    gives: frozenset[str]
    changes: frozenset[str]
    needs: frozenset[str]
    imports: bool


def needed(cells: Iterable[str], names: Iterable[str]) -> str:
    """The program, in the order of the cells, that defines these names, each as it is defined last.

    A cell that is no Python is passed over.
    """
    texts = [plain(cell) for cell in cells]
    statements = [statement for number, text in enumerate(texts) for statement in _statements(number, text)]
    imported = {name for one in statements if one.imports for name in one.gives}
    last = {name: one for one in statements for name in one.gives}
    chosen, more = set(), {last[name] for name in names if name in last}
    while more:
        chosen |= more
        wanted = {name for one in chosen for name in one.needs} - set(names)
        more = {one for one in statements if (one.gives | (one.changes - imported)) & wanted} - chosen
    places = sorted({(one.cell, line) for one in chosen for line in one.lines})
    return "\n".join(texts[cell].split("\n")[line] for cell, line in places)


def plain(cell: str) -> str:
    """The cell with what only a notebook understands, `%pip` and `!ls`, as a line that does nothing."""
    return re.sub(r"^([ \t]*)[%!].*$", r"\1pass", cell.replace("\r\n", "\n"), flags=re.MULTILINE)


def _statements(number: int, text: str) -> Iterator[Statement]:
    try:
        body = ast.parse(text).body
        for node in body:
            code = compile(ast.Module([node], []), "cell", "exec")
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
            yield Statement(
                number,
                range(first - 1, node.end_lineno),
                frozenset(_named(code, WRITES)),
                frozenset(_changed(node)),
                frozenset(_named(code, READS)),
                isinstance(node, ast.Import | ast.ImportFrom),
            )
    except (SyntaxError, ValueError):
        return


def _named(code: CodeType, kinds: set[str]) -> Iterator[str]:
    """The names at the top of the program that a piece of code reads, or writes, also in its functions."""
    for step in dis.get_instructions(code):
        if step.opname in kinds:
            yield step.argval
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _named(inner, kinds)


def _changed(node: ast.stmt) -> Iterator[str]:
    """What a statement changes without giving it a new value: `cache[0] = 1`, `cache.append(1)`."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Delete):
        targets = getattr(node, "targets", None) or [node.target]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        targets = [node.value.func]
    for target in targets:
        while isinstance(target, ast.Attribute | ast.Subscript):
            target = target.value
        if isinstance(target, ast.Name):
            yield target.id
