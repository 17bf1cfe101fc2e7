"""The Sphinx extensions of the book, each by itself."""

import base64
import json
import re

import pytest
from accessible_pages import repair
from chapter_times import LONGEST, table
from docutils import nodes
from fresh_outputs import fingerprint
from hypothesis import given
from hypothesis import strategies as st
from local_libraries import ADDRESSES, LIBRARIES
from posters import poster
from printed_tables import is_table, mark_tables
from weight_files import move
from widget_pages import script, share_modules

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


UNTOUCHED = ["lmkit/widgets/js/index.js", "lmkit/__pycache__/a.pyc", "requirements-tests.txt", "README.md"]


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


def test_every_shared_module_can_be_found_by_its_key():
    sources = {"a": "one", "b": "two", "c": "one"}
    shared, modules = share_modules({name: {"state": {"_esm": source}} for name, source in sources.items()})
    assert {name: modules[model["state"]["_esm"]] for name, model in shared.items()} == sources
    assert len(modules) == 2


def holder(data: bytes, name: str = "tiny") -> dict:
    """A widget that holds the weights of a model, as a notebook saves it; it has another buffer, too."""
    buffers = [
        {"path": ["weights"], "data": base64.b64encode(data).decode(), "encoding": "base64"},
        {"path": ["other"], "data": "AAAA", "encoding": "base64"},
    ]
    return {"state": {"_esm": "export default {}", "name": name, "file": ""}, "buffers": buffers}


def test_the_bytes_of_a_model_move_into_one_file_however_many_pages_run_it(tmp_path):
    figure = {"state": {"_esm": "", "weights": "IPY_MODEL_a"}}
    pages = [move({"a": holder(b"many numbers"), "b": figure}, tmp_path, lambda file: f"../{file}") for _ in range(2)]
    assert pages[0] == pages[1] and pages[0]["b"] == figure
    (file,) = (tmp_path / "_static" / "weights").iterdir()
    moved = pages[0]["a"]
    assert moved["state"]["file"] == f"../_static/weights/{file.name}"
    assert [buffer["path"] for buffer in moved["buffers"]] == [["other"]]
    key, data = re.fullmatch(
        r'\(globalThis\.lmkitWeights \?\?= \{\}\)\["(\w+)"\] = "(.*)";\n', file.read_text()
    ).groups()
    assert base64.b64decode(data) == b"many numbers" and file.name == f"tiny-{key}.js"


def test_other_bytes_lie_in_another_file_and_no_name_leads_out_of_the_folder(tmp_path):
    for data in (b"old", b"new"):
        move({"a": holder(data)}, tmp_path, str)
    assert len(list((tmp_path / "_static" / "weights").iterdir())) == 2
    with pytest.raises(ValueError, match="is no name for a model"):
        move({"a": holder(b"x", "../../conf")}, tmp_path, str)


def test_a_poster_carries_the_sentence_of_its_widget():
    forms = {
        "image/png": nodes.container("", nodes.image(uri="picture.png")),
        "text/plain": nodes.container("", nodes.literal_block("", 'Head 1 of "the cat".')),
    }
    (picture,) = poster(forms).children
    assert (picture["uri"], picture["alt"]) == ("picture.png", 'Head 1 of "the cat".')


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
    assert [block["classes"] for block in (code, printed)] == [[], ["output", "stream", "printed-table"]]
