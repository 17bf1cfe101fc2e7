"""The picture that a plot carries for notebooks is not in the pages."""

import matplotlib.pyplot as plt
from stills import drop_stills

from lmkit import figures
from tests.book.browsing import ROOT, built_pages


def test_the_picture_is_dropped_and_the_drawing_stays():
    html = figures.show(plt.figure(), alt="Nothing.").data
    context = {"body": html}
    drop_stills(None, "a page", "page.html", context, None)
    assert html.count("<img") == 1 and "<img" not in context["body"]
    assert context["body"].count("<svg ") == 1 and "Nothing.</figcaption>" in context["body"]


def test_no_built_page_carries_one():
    pages = [(ROOT / "_build/html" / name).read_text("utf-8") for name in built_pages()]
    assert sum(page.count('class="lmkit-plot"') for page in pages) > 10
    assert [page[:80] for page in pages if '<img class="lmkit-still"' in page] == []
