"""A class of 500, with every odd answer and file, graded here; and every mark held against what it should be."""

import tempfile
import threading
import time
from pathlib import Path

from benchmarks import nbgrader_side, students
from lmkit.classroom import sandbox
from lmkit.classroom.grading import grade
from lmkit.classroom.records import Records
from lmkit.classroom.release import release

EVERY = 1.0  # seconds between two looks at the memory


def measure(n_students: int = 500, n_beside: int = 20) -> dict:
    """Give the minutes for a class, the memory of all processes together, and how many marks were other than wanted.

    Beside it, where nbgrader is installed: the seconds it takes for a few students of the same class.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        the_class = _hand_in(folder, n_students)
        with Memory() as memory:
            begun = time.perf_counter()
            grade(folder / "submissions", folder / "out", folder / "grades.csv")
            seconds = time.perf_counter() - begun
        found = Records(folder / "grades.csv").all()
    wrong = [
        f"{student.name}, {name}: {found[student.name].reports[name].codes}"
        for student in the_class
        for name, wanted in student.wanted.items()
        if found[student.name].reports[name].codes not in wanted
    ]
    return {
        "students": n_students,
        "answers": sum(len(student.wanted) for student in the_class),
        "sandbox": sandbox.kind(),
        "seconds": seconds,
        "most_MB": memory.most / 1e6,
        "other_than_wanted": wrong,
        "nbgrader": nbgrader_side.measure(n_beside) if (nbgrader_side.PROGRAMS / "nbgrader").exists() else None,
    }


def _hand_in(folder: Path, n: int) -> list[students.Student]:
    (folder / "lmkit.whl").touch()
    release([students.CHAPTER], [], folder / "lmkit.whl", folder / "out")
    the_class = students.a_class(n)
    for student in the_class:
        student.hand_in(folder / "submissions")
    return the_class


class Memory:
    """The most memory that this process and all that it started took, while it was watched.

    What several of them share counts once: proportional set size, of /proc/PID/smaps_rollup.
    """

    def __init__(self) -> None:
        self.most = 0
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Memory":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self.thread.join()

    def _watch(self) -> None:
        while not self.is_over.wait(EVERY):
            self.most = max(self.most, sum(map(_bytes_of, _family())))


def _family() -> list[str]:
    """The numbers of this process and of those that come from it."""
    parents = {path.name: _parent_of(path) for path in Path("/proc").glob("[0-9]*")}
    found = [str(Path("/proc/self").resolve().name)]
    for number in found:  # it grows meanwhile
        found += [name for name, parent in parents.items() if parent == number]
    return found


def _parent_of(process: Path) -> str:
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[1]
    except OSError:  # it has ended
        return ""


def _bytes_of(number: str) -> int:
    try:
        lines = Path(f"/proc/{number}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))
