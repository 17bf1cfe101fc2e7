"""Firefox draws every figure of the book without a complaint, and its engine reads what is typed as Python does."""

import json
import os

import pytest

import lmkit
from tests.book.browsing import pages_with_figures
from tests.book.test_playground import TEXT, shares_after
from tests.widgets.test_page_module import run
from tools import find_firefox

FIREFOX = os.environ.get("FIREFOX") or find_firefox.installed()
PLAYGROUND = "book/playground.html"
INSTRUMENTS = "book/instruments.html"

pytestmark = pytest.mark.skipif(not FIREFOX, reason="no Firefox was found; make test installs one where it may")


@pytest.fixture(scope="module")
def seen(address):
    return json.loads(
        run("node", "tests/book/in_firefox.mjs", FIREFOX, address, PLAYGROUND, TEXT, INSTRUMENTS, *pages_with_figures())
    )


def test_every_figure_is_drawn_and_nothing_complains(seen):
    assert list(seen["pages"]) == pages_with_figures()
    for facts in seen["pages"].values():
        assert facts["ready"] == facts["figures"] >= 1 and facts["said"] == []


def test_what_is_typed_is_read_as_python_reads_it(seen):
    book = lmkit.load("book")
    share, token = shares_after(book, TEXT).max(dim=-1)
    word = book.words(token[None])[0].replace(" ", "␣")
    assert f"After “.”: the model expects “{word}”, with {share:.0%}".replace("%", " %") in seen["sentence"].replace(
        "\u00a0", " "
    )


def test_what_looks_into_heads_is_moved_by_keys(seen):
    assert len(seen["moved"]) >= 4
    for name, sentences in seen["moved"].items():
        assert len(set(sentences)) > 1, name
