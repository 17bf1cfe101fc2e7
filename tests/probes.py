"""Which lines and branches of lmkit the tests run, for `pytest --cover`.

A tracer is told of every line of every package, and doubles the time of the tests. SlipCover writes a probe into each
line and branch of lmkit instead.
"""

import io
import json
from functools import partial
from importlib.machinery import PathFinder

from slipcover import Slipcover, merge_coverage, print_coverage
from slipcover.branch import preinstrument

from tests.loading import Finder, Loader


class _Loader(Loader):
    """Reads a module with its checks and with probes."""

    def __init__(self, name: str, path: str, probes: Slipcover):
        super().__init__(name, path)
        self.probes = probes

    def tree(self):
        return preinstrument(super().tree())

    def get_code(self, fullname):
        return self.probes.instrument(super().get_code(fullname))


class Probes:
    """Counts for a package; as a plugin of pytest it gathers what each process counted."""

    def __init__(self, package: str):
        self.package, self.counts = package, []
        folders = PathFinder.find_spec(package).submodule_search_locations
        self.own = Slipcover(branch=True, source=list(folders))
        Finder(package, partial(_Loader, probes=self.own))

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
        total, *others = map(json.loads, self.counts)
        for other in others:
            merge_coverage(total, other)
        table = io.StringIO()
        print_coverage(total, outfile=table, skip_covered=True)
        terminalreporter.write_line(table.getvalue())
        share = total["summary"]["percent_covered"]
        terminalreporter.write_line(f"The tests run {share:.1f} % of the lines and branches of {self.package}.")
