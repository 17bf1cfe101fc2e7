"""What a chapter says of an exercise: its heading, its place in the book, its first hint."""

import json
import re
from pathlib import Path

import pytest

from lmkit.classroom.links import anchor
from lmkit.classroom.pages import prose
from lmkit.classroom.statements import statements_in

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb"))


def release(folder, statement, hints="<details>\n<summary>Hint 1</summary>\n\nOne.\n\n</details>"):
    def cell(role, source):
        return {"cell_type": "markdown", "metadata": {"lmkit": {"id": "mine", "role": role}}, "source": source}

    cells = [{"cell_type": "markdown", "metadata": {}, "source": ["# Attention\n", "text"]}]
    cells += [cell("exercise", statement), cell("hints", hints)]
    (folder / "teacher").mkdir()
    (folder / "teacher" / "02_attention.ipynb").write_text(json.dumps({"cells": cells}))
    return statements_in(folder)["mine"]


def test_an_exercise_has_its_heading_and_its_place(tmp_path):
    found = release(tmp_path, "### Exercise 2: the causal mask\n\nReturn a table.")
    assert (found.title, found.chapter) == ("Exercise 2: the causal mask", "Attention")
    assert found.place == "chapters/02_attention.html#exercise-2-the-causal-mask"
    assert (found.taught, found.hint) == (None, "One.")


def test_only_the_first_hint_is_taken(tmp_path):
    hints = "<details>\n<summary>Hint 1</summary>\n\nOne,\n\nand `more`.\n\n"
    hints += "<details>\n<summary>Hint 2</summary>\n\nTwo.\n\n</details>\n</details>"
    assert release(tmp_path, "### One", hints).hint == "One,\n\nand `more`."


def test_an_exercise_may_have_no_hints(tmp_path):
    assert release(tmp_path, "### One", "none").hint == ""


@pytest.mark.parametrize(
    ("link", "place"),
    [
        ("[masks](#masks-who-may-look-at-whom)", "chapters/02_attention.html#masks-who-may-look-at-whom"),
        ("[runs](../book/recorded.md#who-has-it)", "book/recorded.html#who-has-it"),
        ("[tokens](01_tokens.ipynb#bytes)", "chapters/01_tokens.html#bytes"),
    ],
)
def test_a_section_that_the_statement_links_is_what_teaches_it(tmp_path, link, place):
    name = link[1:].split("]")[0]
    assert release(tmp_path, f"### One\n\nSee {link}, and [more](#more).").taught == (name, place)


def test_a_link_to_a_page_or_to_elsewhere_is_no_section(tmp_path):
    assert release(tmp_path, "### One\n\n[a](../book/models.md) [b](https://example.org/#x)").taught is None


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Why divide by √d?", "why-divide-by-d"),
        ("Exercise 5: split into heads, and merge again", "exercise-5-split-into-heads-and-merge-again"),
        ("Naïve `code`, 2 × 3", "naive-code-2-3"),
        ("3 ways", "ways"),
    ],
)
def test_a_section_is_known_by_its_letters(heading, name):
    assert anchor(heading) == name


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_hint_of_the_book_can_be_written_on_a_page(path, tmp_path):
    """Its formulas are within what `prose` knows, and nothing of its Markdown is left over."""
    (tmp_path / "teacher").mkdir()
    (tmp_path / "teacher" / path.name).symlink_to(path)
    hints = [one.hint for one in statements_in(tmp_path).values()]
    assert len(hints) >= 5 and all(hints)
    for hint in hints:
        assert not set(re.sub("<code>.*?</code>", "", prose(hint))) & set("$\\`*[]{}"), hint
        assert not any("<code>" in prose(formula) for formula in re.findall(r"\$[^$]+\$", hint)), hint


def test_every_exercise_that_is_handed_out_has_a_heading_and_a_hint(a_class):
    for one in statements_in(a_class.release).values():
        assert one.title.startswith("Exercise ") and one.chapter.startswith("Attention")
        assert one.hint and "<" not in one.hint
