"""Which cells of a notebook can come out otherwise when something is missing, and what these cells need.

A cell uses a name as the last cell before it that gave the name a meaning left it. What is changed in place is not
followed.
"""

import ast
import copy
import symtable
from collections.abc import Callable, Sequence


def touched(cells: Sequence[str], asks: Callable[[str], bool]) -> list[int]:
    """The cells that ask for it, those that use what these made, and all that any of them needs to run."""
    needs = _needs(cells)
    changed: set[int] = set()
    for i, cell in enumerate(cells):
        if asks(cell) or needs[i] & changed:
            changed.add(i)
    wanted = set(changed)
    for i in reversed(range(len(cells))):
        if i in wanted:
            wanted |= needs[i]
    return sorted(wanted)


def _needs(cells: Sequence[str]) -> list[set[int]]:
    """For each cell, the cells that gave a meaning to the names that it uses."""
    last: dict[str, int] = {}
    needs = []
    for i, cell in enumerate(cells):
        used, given = _names(ast.parse(_python(cell)).body)
        needs.append({last[name] for name in used if name in last})
        last |= dict.fromkeys(given, i)
    return needs


def _names(statements: Sequence[ast.stmt]) -> tuple[set[str], set[str]]:
    """The names that statements use before they give them a meaning themselves, and those that they give one."""
    used, given = set(), set()
    for statement in statements:
        reads, gives = _of_one(statement)
        used |= reads - given
        given |= gives
    return used, given


def _of_one(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """Of a loop, the head gives its names before the body runs; a loop is taken to run at least once.

    What a condition may give, and may not, is used as well: it may still be what it was.
    """
    if not isinstance(statement, ast.For | ast.With):
        used, given = _of_table(statement)
        return (used | given if isinstance(statement, ast.If | ast.While | ast.Try) else used), given
    head = copy.copy(statement)
    head.body, head.orelse = [ast.Pass()], []
    reads, gives = _of_table(head)
    used, given = _names([*statement.body, *getattr(statement, "orelse", [])])
    return reads | (used - gives), gives | given


def _of_table(statement: ast.stmt) -> tuple[set[str], set[str]]:
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    given = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    return _used(table), given


def _used(table: symtable.SymbolTable) -> set[str]:
    """The global names that are used, in functions too."""
    is_module = table.get_type() == "module"
    symbols = [symbol for symbol in table.get_symbols() if is_module or symbol.is_global()]
    inside = (_used(child) for child in table.get_children())
    return {symbol.get_name() for symbol in symbols if symbol.is_referenced()}.union(*inside)


def _python(cell: str) -> str:
    """The cell without commands to the notebook, such as %pip."""
    return "\n".join(
        line[: len(line) - len(line.lstrip())] + "pass" if line.lstrip().startswith(("%", "!")) else line
        for line in cell.splitlines()
    )
