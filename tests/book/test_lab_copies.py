"""`make lab` gives a reader copies of the chapters, and never writes over what the reader has saved."""

import json
import os
import sys

import pexpect
import pytest

from tests.book.browsing import ROOT
from tests.book.jupyter_servers import environment, free_port, options, wait_until_up
from tests.notebook_links import dead_links
from tools import open_lab

CHAPTERS = sorted(ROOT.glob("chapters/*.ipynb"))


@pytest.fixture
def chapter(tmp_path):
    """A chapter of two cells, whose answer stands in its output."""
    path = tmp_path / "chapters" / "01_small.ipynb"
    path.parent.mkdir()
    write(path, "Read [on](../book/models.md#minilm), or [before](00_none.ipynb).")
    return path


def write(path, words):
    text = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": [words]}
    printed = {"output_type": "stream", "name": "stdout", "text": ["42"]}
    code = {"cell_type": "code", "id": "b", "metadata": {}, "source": ["f()"]}
    code |= {"execution_count": 1, "outputs": [printed]}
    path.write_text(json.dumps({"cells": [text, code], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


def lay(chapter):
    folder = chapter.parents[1] / "mine"
    return folder / chapter.name, open_lab.lay_out([chapter], folder)


def test_a_copy_has_no_outputs_and_its_links_lead_to_the_built_book(chapter):
    copy, older = lay(chapter)
    text, code = json.loads(copy.read_text())["cells"]
    assert text["source"] == "Read [on](/static/book/models.html#minilm), or [before](00_none.ipynb)."
    assert (code["outputs"], code["execution_count"], code["source"]) == ([], None, ["f()"])
    assert older == [] and "42" in chapter.read_text()


def test_what_a_reader_saved_stays_whatever_becomes_of_the_chapter(chapter):
    copy, _ = lay(chapter)
    copy.write_text("my own work")
    assert lay(chapter) == (copy, [])
    write(chapter, "A new text.")
    assert lay(chapter) == (copy, [chapter.name])
    assert copy.read_text() == "my own work"


def test_a_copy_that_nobody_changed_becomes_the_new_one(chapter):
    lay(chapter)
    write(chapter, "A new text.")
    copy, older = lay(chapter)
    assert "A new text." in copy.read_text() and older == []


def test_a_copy_that_was_renamed_is_laid_again_beside_it(chapter):
    copy, _ = lay(chapter)
    copy.rename(copy.with_name("old.ipynb"))
    write(chapter, "A new text.")
    lay(chapter)
    assert "A new text." in copy.read_text() and "before" in copy.with_name("old.ipynb").read_text()


@pytest.mark.parametrize("record", [None, "no JSON", "[1]", "{}"])
def test_without_a_record_every_file_counts_as_the_readers_own(chapter, record):
    copy, _ = lay(chapter)
    if record is None:
        (copy.parent / open_lab.LAID).unlink()
    else:
        (copy.parent / open_lab.LAID).write_text(record)
    before = copy.read_text()
    write(chapter, "A new text.")
    assert lay(chapter) == (copy, [chapter.name])
    assert copy.read_text() == before


def test_every_link_of_a_copy_leads_somewhere(tmp_path):
    """To a page of the built book, to another copy, or to a section that is marked."""
    open_lab.lay_out(CHAPTERS, tmp_path)
    copies = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("*.ipynb"))]
    assert [dead_links(copy, tmp_path, open_lab.BOOK) for copy in copies] == [[] for _ in CHAPTERS]


def test_the_command_says_what_is_old_and_becomes_jupyterlab(tmp_path, monkeypatch, capsys):
    started = []
    monkeypatch.setattr(os, "execve", lambda *how: started.append(how))
    monkeypatch.setattr(sys, "argv", ["open_lab", str(tmp_path), "--no-browser"])
    open_lab.main()
    assert capsys.readouterr().out == f"The copies lie in {tmp_path}. Ctrl+C ends JupyterLab; what you saved stays.\n"
    first = tmp_path / CHAPTERS[0].name
    first.write_text("my own work")
    (tmp_path / open_lab.LAID).unlink()
    open_lab.main()
    assert f"{first} is yours and stays as it is" in capsys.readouterr().out
    program, command, variables = started[0]
    assert command[:3] == [program, "-m", "jupyterlab"] and command[-1] == "--no-browser"
    assert f"--ServerApp.root_dir={tmp_path}" in command
    assert variables["JUPYTER_CONFIG_PATH"].startswith(str(open_lab.SETTINGS))


def test_one_ctrl_c_ends_it_and_what_was_saved_stays(tmp_path):
    """As a person does it in a terminal, who has seen the page: one that still started once missed the key."""
    port = free_port()
    saved = tmp_path / CHAPTERS[0].name
    saved.write_text("my own work")
    command = ["-m", "tools.open_lab", str(tmp_path), *options(port)]
    lab = pexpect.spawn(sys.executable, command, cwd=str(ROOT), env=environment(tmp_path), timeout=60)
    try:
        lab.expect("is running at")
        wait_until_up(f"http://127.0.0.1:{port}/api", lambda: not lab.isalive())
        lab.sendintr()
        lab.expect(pexpect.EOF)
        lab.close()
    finally:
        lab.terminate(force=True)
    assert lab.exitstatus == 0
    assert saved.read_text() == "my own work"
