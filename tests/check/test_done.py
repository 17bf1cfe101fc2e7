"""What is done is kept beside the notebook, shown as a table, and opens its solution."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from lmkit import check
from lmkit.check import EXERCISES, done
from lmkit.classroom.notebooks import read
from lmkit.classroom.release import exercises_in

RIGHT = EXERCISES["causal_mask"].family
WRONG = EXERCISES["causal_mask"].variant(EXERCISES["causal_mask"].misconceptions[:1])


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    """Where a notebook runs, and what it shows: one text for each place of its output."""
    import IPython

    shown = []

    def display(content, display_id):
        shown.append(content.data)
        place = len(shown) - 1
        return SimpleNamespace(update=lambda content: shown.__setitem__(place, content.data))

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.setattr(done, "_shown", [])
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object(), user_ns={}))
    monkeypatch.setattr("IPython.display.display", display)
    return SimpleNamespace(folder=tmp_path, shown=shown)


def stub(n_tokens):
    raise NotImplementedError


def test_an_exercise_is_to_come_then_tried_then_done_and_stays_done(notebook):
    states = []
    for answer in (stub, WRONG, RIGHT, WRONG):
        check.causal_mask(answer)
        states.append(check.progress().state("causal_mask"))
    assert states == ["to come", "tried", "done", "done"]


def test_a_table_that_is_shown_changes_with_the_next_check(notebook):
    check.progress()._ipython_display_()
    assert "of 9 done" in notebook.shown[0] and "1 of 9 done" not in notebook.shown[0]
    check.attention(RIGHT)
    assert "Begun: attention." in notebook.shown[0]
    check.causal_mask(RIGHT)
    assert "<th>attention</th>" in notebook.shown[0] and "1 of 9 done" in notebook.shown[0]
    assert 'title="causal_mask: done">■' in notebook.shown[0]


def test_it_is_said_in_words_too():
    text = str(done.Progress({"a": "one", "b": "one", "c": "other"}, {"a": "done", "c": "tried"}))
    assert text == "one    ■□  1 of 2 done\nother  ◧   0 of 1 done\nBegun: c."
    assert str(done.Progress({"a": "one"}, {})) == "one  □  0 of 1 done"


def test_the_chapters_stand_in_the_order_of_the_book():
    """And none is missing, for which there are exercises."""
    chapters = sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb"))
    named = [exercise for path in chapters for exercise in exercises_in(read(path))]
    row_of = {name: chapter for chapter, row in check.progress().rows().items() for name in row}
    assert list(dict.fromkeys(row_of[name] for name in named)) == list(check.progress().rows())
    folders = Path(check.__file__).parent.glob("banks/*/__init__.py")
    assert {path.parent.name for path in folders} == set(check.progress().rows())


def test_every_exercise_has_its_place():
    names = [name for row in check.progress().rows().values() for name in row]
    assert sorted(names) == sorted(EXERCISES)


@pytest.mark.parametrize("text", ["no JSON", "[1]", '{"causal_mask": "good"}', '{"causal_mask": [1]}', '{"a": null}'])
def test_a_file_that_says_something_else_says_nothing(notebook, text):
    done.FILE.write_text(text)
    assert check.progress().states == {}
    check.causal_mask(RIGHT)
    assert json.loads(done.FILE.read_text()) == {"causal_mask": "done"}


def test_where_nothing_can_be_written_the_check_goes_on(notebook):
    done.FILE.mkdir()
    assert check.causal_mask(RIGHT).ok


def test_outside_of_a_notebook_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert check.causal_mask(RIGHT).solution == ""
    assert list(tmp_path.iterdir()) == []


SOLUTION = "<details>\n<summary>Solution</summary>\n\n```python\nmask = 1\n```\n\n</details>"


@pytest.fixture
def file(notebook, monkeypatch):
    """The file of the notebook, as Jupyter names it."""
    parts = {"hints": "a hint", "solution": SOLUTION}
    cells = [{"metadata": {"lmkit": {"id": "causal_mask", "role": role}}, "source": [t]} for role, t in parts.items()]
    path = notebook.folder / "mine.ipynb"
    path.write_text(json.dumps({"cells": [{"metadata": {}, "source": []}, *cells]}))
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    return path


def test_a_solved_exercise_opens_its_solution(file):
    told = check.causal_mask(RIGHT)._repr_markdown_()
    assert told.endswith(SOLUTION.replace("<details>", "<details open>"))


def test_an_exercise_that_is_not_solved_keeps_it_closed(file):
    assert "Solution" not in check.causal_mask(WRONG)._repr_markdown_()


def test_vs_code_names_the_file_otherwise(file, monkeypatch):
    import IPython

    monkeypatch.delenv("JPY_SESSION_NAME")
    names = {"__vsc_ipynb_file__": str(file)}
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=object(), user_ns=names))
    assert check.causal_mask(RIGHT).solution == SOLUTION


@pytest.mark.parametrize("text", [None, "no JSON", "{}", '{"cells": [{"metadata": {}, "source": "a"}]}'])
def test_without_a_solution_in_the_file_nothing_opens(file, text):
    """As in what is handed out to a class."""
    file.unlink() if text is None else file.write_text(text)
    report = check.causal_mask(RIGHT)
    assert report.ok and report.solution == ""
