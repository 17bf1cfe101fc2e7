"""One browser for all tests of the book, and the built book on a server of its own."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from benchmarks.browser import FLAGS, serve
from tests.book.browsing import BUILT, SCRIPTS, page_with, visit
from tools import find_chromium


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium."""
    path = os.environ.get("CHROMIUM") or find_chromium.installed()
    if path is None:
        pytest.fail("No Chromium was found. `make test` installs one.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def built():
    """The folder of the built book. Tests do not build it: they test the one that is published."""
    if not (BUILT / "index.html").exists():
        pytest.fail("There is no built book in _build/html. Run `make book` first.")
    return BUILT


@pytest.fixture(scope="session")
def address(built):
    """The address at which the built book is served."""
    with serve(built) as address:
        yield address


@pytest.fixture
def open_page(browser):
    """A function that opens an address without a network; what it opened is closed after the test."""
    seen = []

    def open_page(address, before="", **context):
        seen.append(visit(browser, address, before, **context))
        return seen[-1]

    yield open_page
    for visit_ in seen:
        visit_.page.context.close()


@pytest.fixture
def show(open_page, tmp_path):
    """A function that shows widgets, given their saved state and the names of the views, with the host."""
    for path in SCRIPTS:
        shutil.copy(path, tmp_path)

    def show(models, views, before="", **context):
        (tmp_path / "index.html").write_text(page_with(models, views, tmp_path))
        seen = open_page(f"{address}/index.html", before, **context)
        seen.wait_for_widgets()
        return seen

    with serve(tmp_path) as address:
        yield show
