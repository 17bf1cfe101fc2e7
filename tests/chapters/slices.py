"""Which cells of a notebook can come out otherwise when something is missing, and what these cells need.

A cell uses a name as the last cell before it that gave the name a meaning left it. What is changed in place is not
followed.
"""

import ast
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
        used, given = _names(cell)
        needs.append({last[name] for name in used if name in last})
        last |= dict.fromkeys(given, i)
    return needs


def _names(cell: str) -> tuple[set[str], set[str]]:
    """The names that a cell uses before it gives them a meaning itself, and those that it gives one."""
    used, given = set(), set()
    for statement in ast.parse(_python(cell)).body:
        table = symtable.symtable(ast.unparse(statement), "cell", "exec")
        used |= _used(table) - given
        given |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    return used, given


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
