"""Mark a class: every exercise of every student, by a few workers, each a process with a sandbox of its own.

A worker that ends, whatever the reason, costs no more than the marks of the one student it was at.
"""

import hashlib
import json
import multiprocessing
import signal
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import islice
from multiprocessing import connection

from lmkit import check
from lmkit.check.report import Finding, Report
from lmkit.classroom.marking import report_on
from lmkit.classroom.quoting import functions_in
from lmkit.classroom.sandbox import Sandbox
from lmkit.classroom.submissions import Submission, code_of, digest_of, readable

NOT_HANDED_IN = Finding(
    "not-handed-in",
    "There is no notebook that could be read.",
    "Was it the right file, and was it saved and handed in whole?",
)
CLEARS_UP = 20  # seconds that a worker has to remove its folder, once it is asked to end
NOT_MARKED = "not marked: the program that marks ended, perhaps for want of memory; grade again to try again"


@dataclass(frozen=True)
class Task:
    """What a worker is given.

    Args:
        functions: For each exercise, the names of the functions that it asks for.
        seed: For the arguments that are tried.
    """

    submission: Submission
    functions: dict[str, list[str]]
    seed: int

    @property
    def digest(self) -> str:
        """By which the same work, asked for the same, is known again. Of a file that is too large, its size counts."""
        files = [(path.name, digest_of(path)) for path in self.submission.notebooks]
        asked = [files, self.functions, self.seed, version("inside-language-models")]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


@dataclass(frozen=True)
class Marked:
    """What was found in the work of one student.

    Args:
        digest: Of the task; "" where it could not be marked.
        kind: Of the sandbox: `bwrap`, `unshare` or `practice`.
        notes: What could not be read, in words.
        reports: For each exercise.
        answers: For each exercise that is not done, the functions that the report is on, as `quoting` shows them.
    """

    student: str
    digest: str
    kind: str
    notes: tuple[str, ...]
    reports: dict[str, Report]
    answers: dict[str, str] = field(default_factory=dict)


def mark_each(tasks: Iterable[Task], kind: str, workers: int = 2) -> Iterator[Marked]:
    """Mark students, several at a time, and give each as it is done."""
    waiting = iter(tasks)
    crew: list[Worker] = []
    try:
        for task in islice(waiting, workers):
            crew.append(Worker(kind, task))
        while busy := [worker for worker in crew if worker.task]:
            ready = connection.wait([worker.line for worker in busy])
            for worker in [each for each in busy if each.line in ready]:
                yield worker.result()
                worker.begin(next(waiting, None))
    finally:
        for worker in crew:
            worker.stop()


class Worker:
    """A process that marks one student after another."""

    def __init__(self, kind: str, task: Task) -> None:
        self.kind = kind
        self._start()
        self.begin(task)

    def begin(self, task: Task | None) -> None:
        """Hand over a student, if there is one."""
        self.task = task
        if task:
            self.line.send(task)

    def result(self) -> Marked:
        """What became of the task. A worker that ended is started anew."""
        try:
            return self.line.recv()
        except (EOFError, OSError):
            self.stop()
            self._start()
            return _none(self.task.submission, self.kind)

    def stop(self) -> None:
        """End the process; its sandbox ends with it."""
        self.line.close()
        self.process.terminate()
        self.process.join(CLEARS_UP)
        self.process.kill()  # it has ended, or was asked at a moment in which Python does not listen
        self.process.join()

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # a copy of a process in which torch has threads may hang
        self.line, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, self.kind), daemon=True)
        self.process.start()
        theirs.close()


def _work(line: connection.Connection, kind: str) -> None:
    """Mark what comes, until the other side is gone or says that it is enough. In both cases it clears up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who typed Ctrl+C meant the whole, which ends the parts
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with Sandbox(kind) as sandbox:
            while True:
                line.send(mark(sandbox, line.recv()))
    except (EOFError, OSError, KeyboardInterrupt):
        return


def mark(sandbox: Sandbox, task: Task) -> Marked:
    """Mark one student."""
    digest = task.digest  # before the files are read: what comes later is marked the next time
    notebooks, notes = _read(task.submission)
    try:
        best = {name: _best(sandbox, notebooks, name, task) for name in task.functions}
    except RuntimeError:  # no sandbox can be made any more
        return _none(task.submission, sandbox.kind)
    reports = {name: report for name, (report, _) in best.items()}
    wrong = {name: cells for name, (report, cells) in best.items() if not report.ok}
    answers = {name: functions_in(cells, task.functions[name]) for name, cells in wrong.items()}
    return Marked(task.submission.student, digest, sandbox.kind, notes, reports, answers)


def _none(submission: Submission, kind: str) -> Marked:
    return Marked(submission.student, "", kind, (NOT_MARKED,), {})


def _read(submission: Submission) -> tuple[list[list[str]], tuple[str, ...]]:
    """The code cells of each notebook that can be read, and a note on each that cannot."""
    notebooks, notes = [], []
    for path in submission.notebooks:
        try:
            notebooks.append(code_of(path))
        except (ValueError, OSError) as error:
            notes.append(f"{readable(path.name)}: {error}")
    return notebooks, tuple(notes)


def _best(sandbox: Sandbox, notebooks: list[list[str]], name: str, task: Task) -> tuple[Report, list[str]]:
    """The best report on an exercise, and the cells that it is on: several notebooks may hold an answer."""
    if not notebooks:
        return Report(name, check.EXERCISES[name].title, (NOT_HANDED_IN,)), []
    asked = task.functions[name]
    holding = [cells for cells in notebooks if any(asked[0] in cell for cell in cells)] or notebooks[:1]
    tried = [(report_on(sandbox, cells, name, asked, task.seed), cells) for cells in holding]
    return max(tried, key=lambda pair: pair[0].score)
