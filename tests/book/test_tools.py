"""The tools that `make` calls say what is wrong where they cannot help."""

import os
import subprocess
import sys

import pytest

from tests.book.browsing import ROOT
from tests.widgets.test_page_module import run
from tools import find_bubblewrap, find_chromium, find_firefox


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """A function that makes a program; no other program can be found."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for browser in (find_chromium, find_firefox):
        monkeypatch.setattr(browser, "MAC", tmp_path / "no such browser")

    def make_program(name, exit_code):
        path = tmp_path / name
        path.write_text(f"#!/bin/sh\nexit {exit_code}\n")
        path.chmod(0o755)
        return str(path)

    return make_program


def test_a_browser_that_does_not_start_is_passed_over(programs):
    programs("chromium-browser", exit_code=1)
    works = programs("google-chrome", exit_code=0)
    assert find_chromium.find() == works


def test_without_any_browser_the_reason_and_the_cure_are_said(programs, monkeypatch):
    monkeypatch.setattr(find_chromium, "from_playwright", lambda: None)
    with pytest.raises(SystemExit, match=r"(?s)Chromium.*None was found.*Install Chromium.*make test"):
        find_chromium.find()


def test_firefox_is_found_where_one_starts_and_else_there_is_none(programs):
    programs("firefox", exit_code=1)
    assert find_firefox.find() is None
    works = programs("firefox-esr", exit_code=0)
    assert find_firefox.find() == works


def test_bubblewrap_is_found_or_there_is_none(programs):
    assert find_bubblewrap.find() is None
    path = programs("bwrap", exit_code=0)
    assert find_bubblewrap.find() == path


def make_venv(folder, python, path):
    """Run make_venv.sh with a named Python and a search path."""
    return subprocess.run(
        ["/bin/sh", ROOT / "tools/make_venv.sh", folder],
        env={**os.environ, "PYTHON": str(python), "PATH": path},
        capture_output=True,
        text=True,
    )


def test_a_python_that_the_pins_do_not_support_is_refused_with_the_versions_that_they_do(programs, tmp_path):
    made = make_venv(tmp_path / "venv", programs("python3", exit_code=1), str(tmp_path))
    assert made.returncode == 1
    assert "Python 3.11, 3.12 or 3.13" in made.stderr
    assert not (tmp_path / "venv").exists()


def test_an_environment_that_is_there_is_left_as_it_is(tmp_path):
    (tmp_path / "venv/bin").mkdir(parents=True)
    (tmp_path / "venv/bin/python").symlink_to(sys.executable)
    assert make_venv(tmp_path / "venv", "no such program", os.environ["PATH"]).returncode == 0
    assert list((tmp_path / "venv").iterdir()) == [tmp_path / "venv/bin"]


def test_a_script_of_a_new_environment_is_no_module_though_ours_are(programs, tmp_path):
    """A package of Python may bring scripts for Node, as JupyterLab does."""
    (tmp_path / "package.json").write_text('{"type": "module"}')
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\n[ "$2" != venv ] || { mkdir -p "$3/bin"; ln -s "$0" "$3/bin/python"; }\n')
    python.chmod(0o755)
    assert make_venv(tmp_path / "venv", python, os.defpath).returncode == 0
    script = tmp_path / "venv/script.js"
    script.write_text("require('node:util'); console.log('ran')")
    assert run("node", str(script)) == "ran\n"
