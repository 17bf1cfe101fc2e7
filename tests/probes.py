"""Which lines and branches of lmkit the tests run, for `pytest --cover`.

A tracer is told of every line of every package, and doubles the time of the tests. SlipCover writes a probe into each
line and branch of lmkit instead. With it come the type checks that `tests/conftest.py` asks for: both change the
source as it is loaded, so here one loader makes both changes.
"""

import ast
import io
import json
import sys
from importlib.machinery import PathFinder, SourceFileLoader

from jaxtyping._import_hook import JaxtypingTransformer, Typechecker
from slipcover import Slipcover, merge_coverage, print_coverage
from slipcover.branch import preinstrument


class _Loader(SourceFileLoader):
    """Reads a module with its probes and type checks. What it compiles is not kept for runs without them."""

    def __init__(self, name: str, path: str, probes: Slipcover, checker: str):
        super().__init__(name, path)
        self.probes, self.checks = probes, JaxtypingTransformer(typechecker=Typechecker(checker))

    def get_code(self, fullname):
        tree = preinstrument(ast.parse(self.get_data(self.path)))
        checked = ast.fix_missing_locations(self.checks.visit(tree))
        return self.probes.instrument(compile(checked, self.path, "exec", dont_inherit=True))


class Probes:
    """Finds the modules of a package and counts; as a plugin of pytest it gathers what each process counted."""

    def __init__(self, package: str, checker: str):
        self.package, self.checker = package, checker
        self.own = Slipcover(branch=True, source=PathFinder.find_spec(package).submodule_search_locations)
        self.counts = []
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        """Asked by Python for each module before all other finders."""
        spec = PathFinder.find_spec(name, path, target) if name.split(".")[0] == self.package else None
        if spec and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path, self.own, self.checker)
        return spec

    def pytest_sessionfinish(self, session):
        """Hand over what this process counted: as text, which is all that goes from process to process."""
        self.counts.append(json.dumps(self.own.get_coverage()))
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["probes"] = self.counts.pop()

    def pytest_testnodedown(self, node):
        """Keep what another process counted."""
        if "probes" in getattr(node, "workeroutput", {}):  # not after a crash
            self.counts.append(node.workeroutput["probes"])

    def pytest_terminal_summary(self, terminalreporter):
        """The table of what no test ran."""
        first, *others = map(json.loads, self.counts)
        for other in others:
            merge_coverage(first, other)
        table = io.StringIO()
        print_coverage(first, outfile=table, skip_covered=True)
        terminalreporter.write_line(table.getvalue())
        terminalreporter.write_line(
            f"Of the lines and branches of {self.package}, the tests run {first['summary']['percent_covered']:.1f} %."
        )
