"""A class is graded as a teacher grades it: once, again after a change, and on after an interruption."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lmkit.classroom import crew, marking, sandbox
from lmkit.classroom.__main__ import main
from lmkit.classroom.crew import Task, mark_each
from lmkit.classroom.records import Records
from lmkit.classroom.release import release
from lmkit.classroom.submissions import Submission
from tests.classroom import hurried

CHAPTER = Path(__file__).parents[2] / "chapters" / "02_attention.ipynb"
NAMES = ["causal_mask", "padding_mask"]
RIGHT = "import torch\ndef causal_mask(n):\n    return torch.ones(n, n, dtype=torch.bool).tril()"
WRONG = RIGHT.replace("tril", "triu")
PADDING = """
def padding_mask(lengths, n_key):
    return (torch.arange(n_key) < lengths[:, None])[:, None, None, :]
"""


def hand_in(path, *cells):
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [{"cell_type": "code", "metadata": {}, "source": cell} for cell in cells]
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("handed_out")
    (folder / "lmkit.whl").touch()
    release([CHAPTER], NAMES, folder / "lmkit.whl", folder / "out")
    return folder / "out"


class Class:
    """A folder with submissions, and the command that grades them."""

    def __init__(self, folder, handed_out, capsys):
        self.folder, self.handed_out, self.capsys = folder, handed_out, capsys
        self.grades = folder / "grades.csv"

    def hand_in(self, name, *cells):
        hand_in(self.folder / "submissions" / name, *cells)

    def grade(self, *more):
        """The lines that the command prints, and the rows that it writes."""
        folders = [str(self.folder / "submissions"), "--release", str(self.handed_out), "-o", str(self.grades)]
        main(["grade", *folders, "--workers", "1", *more])
        with self.grades.open(encoding="utf-8-sig") as file:
            rows = {row["student"]: row for row in csv.DictReader(file)}
        return self.capsys.readouterr().out, rows

    def marked_anew(self):
        """How many times a student was marked in all."""
        return len((self.folder / "grades" / "found.jsonl").read_text().strip().splitlines())


@pytest.fixture
def a_class(tmp_path, handed_out, capsys, kept_workers, monkeypatch):
    monkeypatch.setattr(crew, "Worker", kept_workers)
    return Class(tmp_path, handed_out, capsys)


def test_a_class_is_graded(a_class):
    a_class.hand_in("ada/02_attention.ipynb", RIGHT, PADDING)
    a_class.hand_in("bob/02_attention.ipynb", WRONG)
    a_class.hand_in("cleo/first.ipynb", WRONG, PADDING)
    a_class.hand_in("cleo/second.ipynb", RIGHT)
    a_class.hand_in("dan_02_attention.ipynb", "def causal_mask(n):\n    raise NotImplementedError")
    (a_class.folder / "submissions/eve").mkdir()
    (a_class.folder / "submissions/eve/02.ipynb").write_text("%PDF")
    said, rows = a_class.grade()
    assert {name: (row["causal_mask"], row["padding_mask"], row["total"]) for name, row in rows.items()} == {
        "ada": ("1", "2", "3"),
        "bob": ("0.16", "0", "0.16"),  # for the one case in which both halves are the same
        "cleo": ("1", "2", "3"),
        "dan": ("0", "0", "0"),
        "eve": ("0", "0", "0"),
    }
    assert rows["eve"]["notes"].endswith("02.ipynb: the file cannot be read as a notebook: it is not JSON")
    assert "ada: 2 of 2 done." in said
    assert "causal_mask: upper-half, padding_mask: not-there" in said.replace("; ", ", ")
    practice = sandbox.kind() == "practice"
    assert said.count("practice mode, not for grading") == (6 if practice else 0)


def test_what_was_marked_is_not_marked_again(a_class):
    a_class.hand_in("ada/a.ipynb", RIGHT, PADDING)
    a_class.hand_in("bob/a.ipynb", WRONG, PADDING)
    _, rows = a_class.grade()
    written = a_class.grades.read_bytes()
    assert a_class.marked_anew() == 2
    said, again = a_class.grade()
    assert again == rows and "ada" not in said
    assert a_class.marked_anew() == 2 and a_class.grades.read_bytes() == written
    a_class.hand_in("bob/a.ipynb", RIGHT, PADDING)
    _, rows = a_class.grade()
    assert a_class.marked_anew() == 3 and rows["bob"]["total"] == "3"


def test_an_interrupted_run_goes_on(a_class):
    """Also where the last line was not written to its end."""
    a_class.hand_in("ada/a.ipynb", RIGHT)
    a_class.grade()
    with (a_class.folder / "grades/found.jsonl").open("a") as file:
        file.write('\n{"student": "bob", "dig')
    a_class.hand_in("bob/a.ipynb", RIGHT)
    _, rows = a_class.grade()
    assert {row["causal_mask"] for row in rows.values()} == {"1"}
    assert sorted(Records(a_class.grades).all()) == ["ada", "bob"]


def test_each_class_has_a_seed_of_its_own(tmp_path):
    seeds = [Records(tmp_path / f"{number}.csv").seed for number in range(20)]
    assert len(set(seeds)) > 5 and 0 < min(seeds) and max(seeds) < 100
    assert [Records(tmp_path / f"{number}.csv").seed for number in range(20)] == seeds


def test_no_class_has_the_seed_with_which_students_check_themselves(monkeypatch):
    monkeypatch.setattr("secrets.randbelow", lambda n: 0)
    assert marking.draw_seed() == 1


def test_a_wrong_folder_is_told_without_a_trace(a_class):
    with pytest.raises(SystemExit) as ended:
        a_class.grade()
    assert ended.value.code == 1
    assert "there is no folder" in a_class.capsys.readouterr().err


def test_a_teacher_who_interrupts_is_told_how_to_go_on(a_class, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    a_class.hand_in("ada/a.ipynb", RIGHT)
    monkeypatch.setattr("lmkit.classroom.grading.mark_each", interrupted)
    with pytest.raises(SystemExit):
        a_class.grade()
    assert "the same command goes on from here" in a_class.capsys.readouterr().err


def task(folder, student, *cells):
    hand_in(folder / f"{student}.ipynb", *cells)
    return Task(Submission(student, (folder / f"{student}.ipynb",)), {"causal_mask": ["causal_mask"]}, 7)


def test_a_worker_that_ends_costs_one_student_and_no_other(tmp_path, monkeypatch):
    """As the system ends one when no memory is left."""
    tasks = [task(tmp_path, name, RIGHT) for name in ("ada", "bob", "cleo")]
    begin = crew.Worker.begin

    def begin_and_end_bob(worker, given):
        begin(worker, given)
        if given and given.submission.student == "bob":
            os.kill(worker.process.pid, signal.SIGKILL)

    monkeypatch.setattr(crew.Worker, "begin", begin_and_end_bob)
    found = {marked.student: marked for marked in mark_each(tasks, "practice", workers=1)}
    assert found["ada"].reports["causal_mask"].ok and found["cleo"].reports["causal_mask"].ok
    assert found["bob"].reports == {} and found["bob"].digest == ""
    assert "grade again to try again" in found["bob"].notes[0]


def test_a_worker_that_does_not_hear_is_ended(tmp_path, monkeypatch):
    monkeypatch.setattr(crew, "_work", hurried.deaf)
    monkeypatch.setattr(crew, "CLEARS_UP", 0.2)
    worker = crew.Worker("practice", task(tmp_path, "ada", RIGHT))
    assert worker.line.recv() == "here"
    worker.stop()
    assert worker.process.exitcode == -signal.SIGKILL


def test_workers_leave_nothing_behind(tmp_path, monkeypatch):
    """Neither a process nor a folder, whether they were done or not."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    endless = RIGHT.replace("    return", "    while True: pass\n    return")
    marking = mark_each([task(tmp_path, "ada", RIGHT), task(tmp_path, "bob", endless)], "practice", workers=1)
    assert next(marking).student == "ada"
    assert len(list((tmp_path / "tmp").glob("*/book/lmkit"))) == 1
    marking.close()
    assert list((tmp_path / "tmp").glob("*/book/lmkit")) == []


def test_on_windows_a_release_can_be_made_and_grading_asks_for_wsl(a_class, monkeypatch):
    """There Python has neither `resource` nor a process that copies itself."""
    program = "import sys; sys.modules['resource'] = None; from lmkit.classroom.__main__ import main; main()"
    asked = subprocess.run([sys.executable, "-c", program, "release", "--help"], capture_output=True, text=True)
    assert asked.returncode == 0 and "--exercises" in asked.stdout
    a_class.hand_in("ada/a.ipynb", RIGHT)
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(SystemExit):
        a_class.grade()
    assert "grade in WSL" in a_class.capsys.readouterr().err
