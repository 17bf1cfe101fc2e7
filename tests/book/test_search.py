"""The search finds sections, shows the sentence, and marks the words on the page to which it leads."""

import json
import re
from urllib.parse import quote

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from search_sections import sections, sentences_of

from tests.book.browsing import BUILT

TEXT = """\
Attention
=========

It begins here. A second sentence follows.

Why divide? Because
-------------------

* Scores grow with √d: the softmax saturates.

::

    scores / math.sqrt(d)

    weights = scores.softmax(-1)
"""


def test_a_section_has_its_title_and_its_own_sentences_and_lines_of_code():
    first, second = sections(publish_doctree(TEXT, settings_overrides={"doctitle_xform": False}), "chapters/one")
    assert first[:4] == ("chapters/one", "attention", "Attention", "Attention")
    assert first.sentences == ["It begins here.", "A second sentence follows."]
    assert second[1:4] == ("why-divide-because", "Attention", "Why divide? Because")
    assert second.sentences == [
        "Scores grow with √d: the softmax saturates.",
        "scores / math.sqrt(d)",
        "weights = scores.softmax(-1)",
    ]


def test_what_a_cell_printed_and_a_formula_are_not_searched():
    output = nodes.container("", nodes.literal_block("", "0.5"), classes=["cell_output"])
    formula = nodes.math_block("a = b", "a = b")  # which nobody reads as TeX
    section = nodes.section("", nodes.title("", "One"), output, formula, nodes.paragraph("", "Two."), ids=["one"])
    (only,) = sections(nodes.document("", "", "", section), "page")
    assert only.sentences == ["Two."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ("See e.g. figure 3 for d_head = 0.5 here.", ["See e.g. figure 3 for d_head = 0.5 here."]),
        ("他打开了盒子。她笑了。", ["他打开了盒子。她笑了。"]),
    ],
)
def test_sentences_end_where_they_end(text, expected):
    assert sentences_of(nodes.paragraph("", text)) == expected


def index() -> list[list]:
    """The sections of the built book."""
    text = (BUILT / "_static/search-index.js").read_text("utf-8")
    return json.loads(text.removeprefix("const sections = ").removesuffix(";\n"))


def test_every_section_of_the_index_is_an_anchor_of_its_page(built):
    pages = {page for page, *_ in index()}
    texts = {page: (built / f"{page}.html").read_text("utf-8") for page in pages}
    assert len(index()) > 100
    assert [(page, anchor) for page, anchor, *_ in index() if f'id="{anchor}"' not in texts[page]] == []


@pytest.fixture(params=["server", "folder"])
def start(request, built):
    """Where the book begins: on a server, or in a folder."""
    return request.getfixturevalue("address") if request.param == "server" else built.as_uri()


def test_a_search_leads_to_the_sentence_with_its_words_marked(open_page, start):
    seen = open_page(f"{start}/search.html?q=residual+streams")
    page = seen.page
    entry = page.locator("#found-sections li").first
    assert "residual stream" in entry.inner_text().lower()
    assert {text.lower() for text in entry.locator("mark").all_inner_texts()} <= {"residual", "stream", "streams"}
    for other in page.locator("#found-sections li").all():
        for asked in ("residual", "stream"):
            assert any(word.startswith(asked) for word in words_of(other))
    entry.locator("a").click()
    page.wait_for_url("**found=residual*")
    count = "() => [...CSS.highlights.get('found')].map((range) => range.toString().toLowerCase())"
    marked = page.evaluate(count)
    assert {"residual", "stream"} <= set(marked)
    assert page.evaluate("() => CSS.highlights.get('found').size") == len(marked) > 1
    anchor = page.evaluate("() => document.querySelector(location.hash).getBoundingClientRect().top")
    assert -50 < anchor < 400
    page.keyboard.press("Escape")
    assert page.evaluate("() => CSS.highlights.has('found')") is False
    assert (seen.foreign, seen.broken, seen.complaints) == ([], [], [])


def words_of(entry) -> set[str]:
    """The words of a section that was found: its title, and all of its sentences."""
    page, anchor = entry.locator("a").get_attribute("href").split(".html?", 1)
    anchor = anchor.split("#")[1]
    (section,) = [one for one in index() if one[0] == page and one[1] == anchor]
    return set(re.findall(r"[^\W_]+", " ".join([section[3], *section[4]]).lower()))


@pytest.mark.parametrize(
    ("question", "told"),
    [("qxzv", "No sections have all of these words."), ("", ""), ("<img src=x onerror=alert(1)>", None)],
)
def test_a_search_for_nothing_says_so_and_runs_nothing(open_page, address, question, told):
    seen = open_page(f"{address}/search.html?q={quote(question)}")
    shown = seen.page.locator("#found-how-many").inner_text()
    assert told is None or shown == told
    assert seen.page.locator("#found-sections img").count() == 0
    assert (seen.foreign, seen.broken, seen.complaints) == ([], [], [])


def test_the_search_loads_no_page_of_the_book(open_page, address):
    asked = []
    page = open_page(f"{address}/search.html").page
    page.on("request", lambda request: asked.append(request.url))
    page.locator(".bd-search-container input").fill("attention head")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=attention*")
    page.locator("#found-sections li").first.wait_for()
    assert [url for url in asked if "/chapters/" in url or "/book/" in url] == []
