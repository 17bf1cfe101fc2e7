"""A chapter cites in words that every notebook shows; the book makes citations of them."""

import json
import re
from types import SimpleNamespace

import pytest
from citations import as_roles, read_citations

from tests.book.browsing import ROOT
from tools import cite

CHAPTERS = sorted(ROOT.glob("chapters/*.ipynb"))
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
LINK = re.compile(r"\[[^\]]+\]\(\.\./book/references\.md#\w+\)")


@pytest.mark.parametrize("key", cite.entries())
def test_what_the_tool_prints_becomes_a_citation(key):
    assert as_roles(f"So it was {cite.in_brackets(key)}.") == f"So it was {{cite:p}}`{key}`."
    assert as_roles(f"{cite.in_a_sentence(key)} did it.") == f"{{cite:t}}`{key}` did it."


def test_several_sources_stand_in_one_pair_of_brackets():
    assert as_roles(cite.in_brackets("gage1994", "vaswani2017")) == "{cite:p}`gage1994,vaswani2017`"


def test_who_wrote_it_is_said_as_the_book_says_it():
    assert cite.in_brackets("vaswani2017") == "([Vaswani et al., 2017](../book/references.md#vaswani2017))"
    assert cite.in_a_sentence("jain2019") == "[Jain and Wallace (2019)](../book/references.md#jain2019)"
    assert cite.who(cite.entries()["gage1994"]) == "Gage"


OTHERS = ["[sources](../book/references.md)", "(see [x](../book/models.md#a))", "[a, 2017](b.md#c)"]


@pytest.mark.parametrize("text", OTHERS)
def test_any_other_link_stays(text):
    assert as_roles(text) == text


@every_chapter
def test_every_citation_of_a_chapter_reads_as_the_list_of_references_says(chapter):
    cells = json.loads(chapter.read_text("utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    assert "{cite" not in text
    known = {form for key in cite.entries() for form in (cite.in_brackets(key)[1:-1], cite.in_a_sentence(key))}
    found = LINK.findall(text)
    assert len(found) >= 10 and [link for link in found if link not in known] == []


@every_chapter
def test_the_book_reads_every_citation(chapter):
    """And the notebook is still one."""
    source = [chapter.read_text()]
    read_citations(app_that_finds(chapter), "a page", source)
    json.loads(source[0])
    assert not LINK.search(source[0]) and source[0].count("{cite:") >= 10


def app_that_finds(path):
    return SimpleNamespace(env=SimpleNamespace(doc2path=lambda name: str(path)))
