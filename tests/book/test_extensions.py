"""The Sphinx extensions of the book, each by itself."""

import json
import re
from types import SimpleNamespace

import nbformat
import pytest
from accessible_pages import repair
from chapter_times import LONGEST, table
from covers import asks_for_a_guess, cover, covered
from docutils import nodes
from exercises import offer_notebooks
from fresh_outputs import fingerprint
from hypothesis import given
from hypothesis import strategies as st
from local_libraries import ADDRESSES, LIBRARIES
from myst_nb.core.utils import coalesce_streams
from posters import poster
from printed_tables import is_table, mark_tables
from whole_streams import joined
from widget_pages import lay_beside, script

from tests.book.browsing import ROOT


@pytest.fixture
def house(tmp_path):
    """A folder with a small lmkit and its pins."""
    (tmp_path / "lmkit" / "widgets" / "js").mkdir(parents=True)
    (tmp_path / "lmkit" / "attention.py").write_text("a")
    (tmp_path / "requirements.txt").write_text("torch==2.13.0")
    return tmp_path


@pytest.mark.parametrize("name", ["lmkit/attention.py", "lmkit/new.safetensors", "requirements.txt"])
def test_what_can_change_an_output_changes_the_fingerprint(house, name):
    before = fingerprint(house)
    (house / name).write_text("changed")
    assert fingerprint(house) != before


def test_a_renamed_module_changes_the_fingerprint(house):
    before = fingerprint(house)
    (house / "lmkit/attention.py").rename(house / "lmkit/attend.py")
    assert fingerprint(house) != before


PINS = ["requirements-bench.txt", "requirements-tests.txt", "requirements-pages.txt"]
UNTOUCHED = ["lmkit/widgets/js/index.js", "lmkit/__pycache__/a.pyc", "README.md", *PINS]


@pytest.mark.parametrize("name", UNTOUCHED)
def test_what_cannot_change_an_output_leaves_the_fingerprint(house, name):
    before = fingerprint(house)
    (house / name).parent.mkdir(exist_ok=True)
    (house / name).write_text("changed")
    assert fingerprint(house) == before


@given(st.text())
def test_data_in_a_script_comes_back_as_it_was_and_cannot_end_the_script(text):
    start, data, end = re.fullmatch(r"(<script [^>]*>)(.*)(</script>)", script("a/b", text), re.S).groups()
    assert "<" not in data
    assert json.loads(data) == text


def test_every_widget_names_the_files_of_its_state_and_of_its_module(tmp_path):
    sources = {"a": "one", "b": "two", "c": "one"}
    files = lay_beside({name: {"state": {"_esm": source, "x": name}} for name, source in sources.items()}, tmp_path)
    assert {name: brought(tmp_path, saved["module"]) for name, saved in files.items()} == sources
    assert {name: brought(tmp_path, saved["state"])["state"] for name, saved in files.items()} == {
        name: {"x": name} for name in sources
    }
    assert len(list(tmp_path.iterdir())) == 5


def brought(folder, name):
    """What a file brings to a page, which calls late.bring("name", what)."""
    start, content = (folder / f"{name}.js").read_text().removesuffix(");\n").split(", ", 1)
    assert start == f'late.bring("{name}"'
    return json.loads(content)


def test_a_number_that_json_cannot_say_is_told_and_not_written(tmp_path):
    assert "not finite" in lay_beside({"a": {"state": {"_esm": "one", "x": float("nan")}}}, tmp_path)["a"]["error"]
    assert list(tmp_path.iterdir()) == []


def test_a_poster_carries_the_sentence_of_its_widget():
    forms = {
        "image/png": nodes.container("", nodes.image(uri="picture.png")),
        "text/plain": nodes.container("", nodes.literal_block("", 'Head 1 of "the cat".')),
    }
    (picture,) = poster(forms).children
    assert (picture["uri"], picture["alt"]) == ("picture.png", 'Head 1 of "the cat".')


def test_a_figure_without_a_picture_leaves_its_sentence():
    forms = {"text/plain": nodes.container("", nodes.literal_block("", "Guess: how many?"))}
    assert poster(forms).astext() == "Guess: how many?"


def test_a_guess_covers_the_cells_right_after_it_and_the_text_up_to_the_next_cell_heading_or_comment():
    def cell(*tags):
        return nodes.container("", nb_element="cell_code", classes=["cell", *tags])

    text = [nodes.paragraph("", word) for word in "abcd"]
    first, second = cell("tag_guess"), cell("tag_guess")
    results, last, inner = [cell(), cell("tag_hide-input")], cell(), nodes.section()
    third, mark = cell("tag_guess"), nodes.raw("", "<!-- up to here -->", format="html")
    guesses = [first, *results, text[1], text[2], second, last, text[3], mark, third, cell()]
    section = nodes.section("", text[0], *guesses, inner)
    for guess in filter(asks_for_a_guess, list(section.children)):
        cover(guess)
    assert [type(node) for node in section.children] == [
        nodes.paragraph,
        nodes.container,
        covered,
        nodes.container,
        covered,
        nodes.raw,
        nodes.container,
        covered,
        nodes.section,
    ]
    assert section[2].children == [*results, text[1], text[2]]
    assert section[4].children == [last, text[3]]


def test_a_nameless_list_of_bertviz_gets_a_name():
    assert 'aria-label="Layer"' in repair('<select id="layer"></select>')


def test_every_address_that_bertviz_writes_has_a_local_copy():
    import bertviz

    folder = ROOT / bertviz.__path__[0]
    written = [source.read_text() for name in ("*.py", "*.js") for source in folder.glob(name)]
    foreign = {url for text in written for url in re.findall(r"https://cdnjs[^'\"\s]+", text)}
    assert foreign
    assert foreign <= set(ADDRESSES)


@pytest.mark.parametrize("source", LIBRARIES.values())
def test_every_library_is_installed(source):
    assert (ROOT / "node_modules" / source).exists()


def test_the_times_of_the_chapters_are_told_the_slowest_first_and_a_slow_one_is_marked():
    told = table({"chapters/01": 3.0, "chapters/02": LONGEST + 0.5, "chapters/03": LONGEST - 0.5}).splitlines()
    assert [line.split()[0] for line in told[1:]] == ["chapters/02", "chapters/03", "chapters/01"]
    assert ["more than" in line for line in told[1:]] == [True, False, False]


TABLE = "block  length\n    0     1.0\n    1     8.6\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (TABLE, True),
        ("the mean:   3.1\n", False),  # one line is no table
        ("One day, Kofi went home.\nHe was proud.\n", False),
        (TABLE + "Kofi got a box. " * 20, False),  # a long line must wrap
        ("", False),
    ],
)
def test_a_printed_table_is_told_from_prose(text, expected):
    assert is_table(text) is expected


def test_only_what_was_printed_is_marked_as_a_table():
    code, printed = nodes.literal_block(TABLE, TABLE), nodes.literal_block(TABLE, TABLE, classes=["output", "stream"])
    mark_tables(None, nodes.section("", code, printed))
    assert [block["classes"] for block in (code, printed)] == [[], ["output", "stream", "printed-table", "columns-48"]]


@pytest.mark.parametrize(("width", "size"), [(48, "48"), (49, "54"), (62, "62"), (63, "70"), (76, "76"), (77, "")])
def test_a_wide_table_gets_letters_that_fit_a_telephone_and_a_wider_one_wraps(width, size):
    table = f"{'a  b':{width - 1}}1\nc  2  3\n"
    printed = nodes.literal_block(table, table, classes=["output", "stream"])
    mark_tables(None, nodes.section("", printed))
    sizes = [name for name in printed["classes"] if name.startswith("columns-")]
    assert sizes == ([f"columns-{size}"] if size else [])
    assert not size or f".columns-{size} pre" in (ROOT / "book/_static/look.css").read_text()


def test_wide_sentences_behind_a_word_each_wrap_in_letters_of_a_size():
    stories = "good  One day, a girl called Nora met a boy called Tom in the old barn.\n" * 3
    printed = nodes.literal_block(stories, stories, classes=["output", "stream"])
    mark_tables(None, nodes.section("", printed))
    assert printed["classes"] == ["output", "stream", "printed-table"]


def piece(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def test_what_came_in_pieces_reads_as_it_was_printed():
    picture = nbformat.v4.new_output("display_data", {"text/plain": "a picture"})
    pieces = [piece("L2 · H0  92%"), piece("a warning", "stderr"), picture, piece(" (3%)"), piece("\nL2 · H1\n")]
    whole = joined(pieces)
    assert [output.get("text") for output in whole] == ["L2 · H0  92% (3%)\nL2 · H1\n", "a warning", None]
    assert pieces[0].text == "L2 · H0  92%"
    assert coalesce_streams(joined(pieces))[0]["text"] == whole[0]["text"]


def test_in_a_page_each_check_gives_way_to_the_notebook_at_its_exercise(tmp_path):
    cells = [{"id": "words"}, {"id": "stub-one"}, {"id": "check-one"}]
    (tmp_path / "a.ipynb").write_text(json.dumps({"cells": cells}))
    theme = {"repository_url": "https://github.com/us/book", "repository_branch": "main"}
    app = SimpleNamespace(
        env=SimpleNamespace(docname="chapters/a", doc2path=lambda page: tmp_path / "a.ipynb"),
        builder=SimpleNamespace(format="html"),
        config=SimpleNamespace(html_theme_options={**theme, "launch_buttons": {"colab_url": "https://colab.test"}}),
    )
    roles = [{}, {"lmkit": {"role": "stub"}}, {"lmkit": {"role": "check"}}]
    parts = [nodes.container("", cell_metadata=role, cell_index=i) for i, role in enumerate(roles)]
    page = nodes.section("", *parts)
    offer_notebooks(app, page)
    assert page.children[:2] == parts[:2] and page.children[2].astext() == (
        "To type your answer and have it checked, open this exercise in Colab, or download the notebook."
    )
    assert [link["refuri"] for link in page.findall(nodes.reference)] == [
        "https://colab.test/github/us/book/blob/main/chapters/a.ipynb#scrollTo=stub-one",
        "../_sources/chapters/a.ipynb",
    ]
