"""The archive is read as it is, checked first, and missed politely."""

import hashlib
import io
import tarfile

import pytest

from lmkit.text import snippets
from lmkit.text.corpus import MissingText

LINES = ["1\t2.5\tA joy.", "2\t-1.0\tClichés everywhere.", "3\t0.99\tIt is a film.", "4\t1.0\tGood."]


def pack(folder, name, content):
    """Put a file into an archive that lies in a folder, and give the archive's bytes."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture
def archive(tmp_path, monkeypatch):
    inner = pack(tmp_path, snippets._MOVIES, "\r\n".join(LINES).encode())
    data = pack(tmp_path, snippets._INNER, inner)
    (tmp_path / "archive.tar.gz").write_bytes(data)
    monkeypatch.setattr(snippets, "ARCHIVE", tmp_path / "archive.tar.gz")
    monkeypatch.setattr(snippets, "SHA256", hashlib.sha256(data).hexdigest())
    return tmp_path / "archive.tar.gz"


def test_strong_snippets_are_labelled_and_weak_ones_left_out(archive):
    data = snippets.movies()
    assert data.texts == ["A joy.", "Clichés everywhere.", "Good."]
    assert data.labels == [1, 0, 1] and data.classes == ["negative", "positive"]
    assert snippets.movies(least=2.0).texts == ["A joy."]


def test_nothing_is_unpacked(archive):
    snippets.movies()
    assert list(archive.parent.iterdir()) == [archive]


def test_a_changed_archive_is_refused_before_it_is_opened(archive):
    archive.write_bytes(b"no archive at all")
    with pytest.raises(ValueError, match="is not the published file: expected SHA-256 .* Delete it, then get it again"):
        snippets.movies()


def test_a_missing_archive_is_named_with_the_one_command_that_brings_it(archive):
    archive.unlink()
    command = f"pip download --no-deps --no-binary :all: -d {archive.parent} vaderSentiment==3.3.2"
    with pytest.raises(MissingText) as missing:
        snippets.movies()
    assert str(missing.value).endswith(f"to get them: {command}")


@pytest.mark.parametrize("least", [0.0, 4.5, -1.0])
def test_a_strength_that_cannot_be_is_refused(least):
    with pytest.raises(ValueError, match="ratings go to 4"):
        snippets.movies(least)


@pytest.mark.skipif(not snippets.ARCHIVE.exists(), reason="the archive is not there: make book brings it")
def test_the_real_snippets_are_what_they_say():
    data = snippets.movies()
    assert data.counts == {"negative": 4575, "positive": 4598}
    assert sum("cliché" in text.lower() for text in data.texts) > 20  # the file is UTF-8
    assert not any("\ufffd" in text for text in data.texts)
