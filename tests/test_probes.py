"""What the tests run is counted line by line and branch by branch."""

import importlib
import sys

import pytest
from beartype.roar import BeartypeCallHintViolation

from tests.probes import Probes

SOURCE = """\
def size(number: int) -> str:
    if number > 9:
        return "large"
    return "small"
"""


@pytest.fixture
def counted(tmp_path, monkeypatch):
    """A package of one function, and what counts its lines."""
    (tmp_path / "counted_package").mkdir()
    (tmp_path / "counted_package" / "__init__.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield Probes("counted_package")
    sys.modules.pop("counted_package", None)


def missing(counted):
    """The lines and the branches of its one file that did not run."""
    (file,) = counted.own.get_coverage()["files"].values()
    return file["missing_lines"], file["missing_branches"]


def test_lines_and_branches_that_did_not_run_are_told_until_they_run(counted):
    package = importlib.import_module("counted_package")
    assert package.size(3) == "small"
    assert missing(counted) == ([3], [(2, 3)])
    assert package.size(30) == "large"
    assert missing(counted) == ([], [])


def test_what_is_counted_is_checked_for_its_types_too(counted):
    with pytest.raises(BeartypeCallHintViolation):
        importlib.import_module("counted_package").size("3")
