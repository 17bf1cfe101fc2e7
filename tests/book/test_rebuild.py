"""What makes the book run its notebooks again, and what fails it, on a tiny book with the same Makefile."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from tests.book.browsing import ROOT

HOUSE = ["Makefile", "_config.yml", "requirements.txt", "requirements-models.txt", "pyproject.toml"]
FOR_ITS_WHEEL = ["README.md", "LICENSE", "tools/make_wheel.py"]
HOST = "lmkit/widgets/static/page-host.js"
CELL = "import lmkit, pathlib\nwith open('runs.txt', 'a') as runs:\n    runs.write('x')\nprint(lmkit.WORD)"


class TinyBook:
    """A book of one page and one chapter, whose lmkit holds one word."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "tools").mkdir()
        for name in [*HOUSE, *FOR_ITS_WHEEL]:
            shutil.copy2(ROOT / name, folder / name)
        shutil.copytree(ROOT / "book", folder / "book", ignore=shutil.ignore_patterns("__pycache__", "*.md"))
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
        (folder / "chapters").mkdir()
        (folder / "lmkit/widgets/static").mkdir(parents=True)
        shutil.copy2(ROOT / HOST, folder / HOST)
        self.write("_toc.yml", "format: jb-book\nroot: book/intro\nchapters:\n- file: chapters/one\n")
        self.write("book/intro.md", "# A book\n\nIts first page.\n")
        self.write("lmkit/__init__.py", "WORD = 'heron'\n")
        self.write_chapter(CELL)

    def write(self, name: str, text: str):
        """Write one file. The pause lets make see a later time."""
        time.sleep(0.01)
        (self.folder / name).write_text(text)

    def write_chapter(self, source: str, name: str = "one"):
        """Write a chapter, with one code cell."""
        cells = [nbformat.v4.new_markdown_cell(f"# Chapter {name}"), nbformat.v4.new_code_cell(source)]
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
        self.write(f"chapters/{name}.ipynb", nbformat.writes(notebook))

    def make(self) -> subprocess.CompletedProcess:
        """Run `make book` with the packages that are installed for the real book."""
        installed = Path(sys.prefix)
        present = [str(installed / ".installed"), "node_modules/.installed"]
        as_they_are = [option for path in present for option in ("-o", path)]
        return subprocess.run(
            ["make", "book", f"VENV={installed}", *as_they_are],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder)},
            capture_output=True,
            text=True,
        )

    @property
    def chapter(self) -> str:
        """The built chapter."""
        return (self.folder / "_build/html/chapters/one.html").read_text()

    @property
    def runs(self) -> int:
        """How often the chapter was run."""
        return len((self.folder / "chapters/runs.txt").read_text())


@pytest.fixture(scope="module")
def tiny_book(tmp_path_factory):
    """A tiny book, the same for all tests."""
    return TinyBook(tmp_path_factory.mktemp("book"))


@pytest.fixture
def book(tiny_book):
    """The tiny book, built as it is now."""
    made = tiny_book.make()
    assert made.returncode == 0, made.stdout + made.stderr
    return tiny_book


def test_a_build_prints_its_address(book):
    assert f"file://{book.folder}/_build/html/index.html" in book.make().stdout


def test_an_unchanged_book_is_not_built_again(book):
    built, runs = (book.folder / "_build/html/index.html").stat().st_mtime_ns, book.runs
    assert book.make().returncode == 0
    assert (book.folder / "_build/html/index.html").stat().st_mtime_ns == built
    assert book.runs == runs


def test_an_edit_of_the_style_reaches_the_page_without_a_run(book):
    runs = book.runs
    book.write("book/_static/book.css", "body { --another: style }")
    assert book.make().returncode == 0
    assert "--another: style" in (book.folder / "_build/html/_static/pages.css").read_text()
    assert book.runs == runs


def test_an_edit_of_lmkit_runs_the_chapter_again(book):
    runs = book.runs
    book.write("lmkit/__init__.py", "WORD = 'osprey'\n")
    assert book.make().returncode == 0
    assert "osprey" in book.chapter
    assert "heron" not in book.chapter
    assert book.runs == runs + 1


def test_a_failing_cell_fails_the_build_and_every_build_after_it(book):
    book.write_chapter("1 / 0")
    assert book.make().returncode != 0
    assert book.make().returncode != 0
    book.write_chapter(CELL)


WAITS = """\
import pathlib, time
pathlib.Path("{me}").touch()
for _ in range(200):
    if pathlib.Path("{other}").exists():
        break
    time.sleep(0.1)
else:
    raise RuntimeError("{other} did not run beside {me}")
"""


PAGE = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---

# A page

```{{code-cell}} python3
{source}
```
"""


def test_a_chapter_and_a_page_with_code_run_side_by_side(tmp_path):
    """Whichever reads them: what MyST-NB and the cache take for the same notebook is run once."""
    book = TinyBook(tmp_path)
    book.write("book/intro.md", PAGE.format(source=WAITS.format(me="../two", other="../one")))
    book.write_chapter(WAITS.format(me="../one", other="../two"))
    made = book.make()
    assert made.returncode == 0, made.stdout + made.stderr
    assert "Executed notebook" not in made.stdout + made.stderr  # which MyST-NB says where the cache had nothing
