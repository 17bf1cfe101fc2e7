"""Links of a notebook that lies outside of the book."""

import pytest

from lmkit.classroom.links import handed_out
from tests.notebook_links import dead_links


def text_after(*texts, chapters=("02_attention.ipynb",)):
    cells = [{"cell_type": "markdown", "source": [text]} for text in texts]
    cells += [{"cell_type": "code", "source": ["[a](#b)"]}]
    *words, code = handed_out({"cells": cells, "nbformat": 4}, chapters)["cells"]
    assert code == cells[-1]
    return [cell["source"] for cell in words]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("([Gage, 1994](../book/references.md#gage1994))", "(Gage, 1994)"),
        ("[`book`](../book/models.md) [a](03_x.ipynb) [b](03_x.ipynb#c)", "`book` a b"),
        ("[nowhere](#no-such-section)", "nowhere"),
    ],
)
def test_a_link_that_leads_nowhere_becomes_plain_text(before, after):
    assert text_after(before) == [after]


@pytest.mark.parametrize(
    "text",
    [
        "[on](02_attention.ipynb), [there](02_attention.ipynb#masks)",
        "[out](https://example.org/a.md#b) [x](y) f[0](x) []()",
    ],
)
def test_what_leads_somewhere_or_is_no_link_of_a_chapter_stays(text):
    assert text_after(text) == [text]


def test_a_section_that_is_linked_is_marked_and_no_other():
    texts = text_after("Text.\n\n## Why divide by √d?\n\nMore.\n\n### Other", "[why](#why-divide-by-d)")
    mark = '<a id="why-divide-by-d" name="why-divide-by-d"></a>'
    assert texts == [f"Text.\n\n{mark}\n\n## Why divide by √d?\n\nMore.\n\n### Other", "[why](#why-divide-by-d)"]


def test_the_tests_find_a_link_that_is_dead(tmp_path):
    (tmp_path / "a.ipynb").touch()
    text = '[a](a.ipynb) [b](b.ipynb) [c](#c) [d](https://d) <a href="../e.md">e</a>'
    text += "\n\n| x |\n|---|\n| [f](/static/f.html) |"
    notebook = {"cells": [{"cell_type": "markdown", "source": [text]}]}
    assert dead_links(notebook, tmp_path, tmp_path) == ["b.ipynb", "#c", "../e.md", "/static/f.html"]
