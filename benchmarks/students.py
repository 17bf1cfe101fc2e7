"""A class to try a grader on: right answers, every known mistake of the banks, and whatever else students hand in.

Each answer comes with what is to be said of it, so that every mark of such a class can be checked.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from lmkit import check
from lmkit.classroom.marking import asked_for
from lmkit.classroom.notebooks import Notebook, read, role_of, text_of
from lmkit.classroom.release import exercises_in
from lmkit.classroom.views import solved
from lmkit.classroom.watchers import lines_of

CHAPTER = Path(__file__).parents[1] / "chapters" / "02_attention.ipynb"
BEGINNING = "import math\nimport torch\nfrom lmkit.model import attention\nfrom lmkit import check"
HEAD = "def causal_mask(n):\n"
RIGHT = "    return torch.ones(n, n, dtype=torch.bool).tril()\n"
WRONG = "    return torch.ones(n, n, dtype=torch.bool).triu()\n"
MISTAKEN = """\
def names_of(program):
    names = {{}}
    exec(program, names)
    return names

{name}_bank = names_of({bank!r})["{exercise}"]
{answer} = {name}_bank.variant(({name}_bank.misconceptions[{number}],))
"""
MARKED_AS_RIGHT = frozenset({()})


@dataclass
class Student:
    """What a student hands in, and what is to be found: for each exercise, the codes that may be named."""

    name: str
    cells: dict[str, str]
    wanted: dict[str, frozenset[tuple[str, ...]]]
    save: Callable[[list[str], Path], None] = field(default=lambda cells, folder: saved(cells, folder))

    def hand_in(self, folder: Path) -> None:
        """Write the files."""
        place = folder / self.name
        place.mkdir(parents=True)
        self.save([BEGINNING, *self.cells.values()], place)


def a_class(n: int, seed: int = 0) -> list[Student]:
    """A class of `n` students: each odd kind in turn, and between them right and wrong answers, mixed by chance."""
    chapter = read(CHAPTER)
    right, wrong = solutions_of(chapter), {name: mistakes_of(name, asked) for name, asked in asked_for(chapter).items()}
    draw = random.Random(seed)
    students = []
    for number in range(n):
        cells, wanted = dict(right), dict.fromkeys(right, MARKED_AS_RIGHT)
        for name, known in wrong.items():
            if known and draw.random() < 0.5:
                code, cells[name] = known[number % len(known)]
                wanted[name] = frozenset({(code,)})
        students.append(Student(f"student-{number:03}", cells, wanted))
    kinds = [*ODD_ANSWERS, *ODD_FILES]
    for number, student in enumerate(students[:: max(1, n // (3 * len(kinds)))]):
        kinds[number % len(kinds)](student)
    return students


def solutions_of(chapter: Notebook) -> dict[str, str]:
    """The cell of each exercise, solved."""
    names = exercises_in(chapter)
    stubs = [cell for cell in solved(chapter, names)["cells"] if role_of(cell) == "stub"]
    return dict(zip(names, map(text_of, stubs), strict=True))


def mistakes_of(name: str, functions: list[str]) -> list[tuple[str, str]]:
    """For each known mistake its code, and a cell that makes it: the lines of the bank, and the answer made of them."""
    exercise = check.EXERCISES[name]
    if exercise.observe:
        return []
    bank = lines_of(exercise.family.__module__, [name.upper()])
    return [
        (mistake.code, MISTAKEN.format(bank=bank, name=name, exercise=name.upper(), number=number, answer=functions[0]))
        for number, mistake in enumerate(exercise.misconceptions)
    ]


def saved(cells: list[str], folder: Path, name: str = "02_attention.ipynb", **more: object) -> None:
    """A notebook with these cells of code."""
    made = [
        {"cell_type": "code", "metadata": {}, "source": cell, "outputs": [], "execution_count": None} for cell in cells
    ]
    notebook = {"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 4, **more}
    (folder / name).write_text(json.dumps(notebook))


# --- Answers to one exercise that are odd. ---


def _odd(name: str, cell: str, *codes: str) -> Callable[[Student], None]:
    """A kind of answer; of the codes, any one may be named. Without any, it is right."""

    def hand_in(student: Student) -> None:
        student.name += f"-{name}"
        student.cells["causal_mask"] = cell
        student.wanted["causal_mask"] = frozenset((code,) for code in codes) or MARKED_AS_RIGHT

    return hand_in


READS_THE_SOLUTION = """
    import glob, json, re
    for path in [found for depth in range(1, 6) for found in glob.glob("/*" * depth + "/02_attention.ipynb")]:
        for cell in json.load(open(path))["cells"]:
            found = re.search("def causal_mask.*?```", "".join(cell["source"]), re.DOTALL)
            if found:
                exec(found[0].rstrip("`"), globals())
                return causal_mask(n)
"""
ODD_ANSWERS = [
    _odd("untouched", HEAD + "    raise NotImplementedError  # your code", "not-done-yet"),
    _odd("crashes", HEAD + "    return columns < rows", "raises"),
    _odd("ends-python", f"import os\n{HEAD}    os._exit(0)", "process-ended"),
    _odd("kills-itself", f"import os, signal\n{HEAD}    os.kill(os.getpid(), signal.SIGKILL)", "process-ended"),
    _odd("never-ends", HEAD + "    while True: pass", "does-not-end"),
    _odd(
        "never-ends-and-catches-all",
        HEAD + "    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        "does-not-end",
    ),
    _odd("never-ends-outside", f"while True: rows = 0\n{HEAD}    return rows", "does-not-end"),
    _odd(
        "starts-processes",
        f"import os, time\n{HEAD}    while True:\n        if os.fork() == 0: time.sleep(60)",
        "raises",
    ),
    _odd("wants-memory", f"{HEAD}    return torch.ones(1 << 33, dtype=torch.uint8)", "raises"),
    _odd(
        "fills-the-disk",
        f"import os\n{HEAD}    for i in range(9):\n        open(f'/own/{{i}}', 'wb').write(bytes(15 << 20))\n{RIGHT}",
        "raises",
    ),
    _odd("prints-a-gigabyte", f"{HEAD}    for _ in range(1000): print('x' * 1000 * 1000)\n{RIGHT}"),
    _odd("reads-the-solution", HEAD + READS_THE_SOLUTION, "not-done-yet"),
    _odd(
        "changes-the-check",
        f"from lmkit.check import judging\ncheck.causal_mask = print\n{HEAD}    judging.judge = print\n{WRONG}",
        "upper-half",
    ),
    _odd("changes-torch", f"{HEAD}    torch.equal = torch.allclose = lambda *_, **__: True\n{WRONG}", "upper-half"),
    _odd("hands-in-lmkits", "causal_mask = attention.causal_mask", "borrowed"),
    _odd("hands-in-the-banks", "causal_mask = check.EXERCISES['causal_mask'].family", "not-there"),
    _odd("renamed", "def causal_mask_by_me(n):\n" + RIGHT, "not-there"),
    _odd("no-python", "def causal_mask(n:\n" + RIGHT, "not-there"),
    _odd("remembers", f"calls = []\n{HEAD}    calls.append(n)\n{RIGHT[:-1]} ^ (len(calls) > 1)", "remembers"),
    _odd("draws", f"import os\n{HEAD}    return torch.tensor(list(os.urandom(n * n))).view(n, n) > 127", "remembers"),
    _odd("another-cell", f"def lower(x):\n    return x.tril()\n{HEAD}    return lower(torch.ones(n, n)).bool()"),
]  # fmt: skip


# --- Files that are odd. ---


def _files(name: str, save: Callable[[list[str], Path], None], *lost: str, all_lost: str = "") -> Callable:
    """A way to hand in; `lost` are the exercises that are not there any more, `all_lost` is what is said of all."""

    def hand_in(student: Student) -> None:
        student.name += f"-{name}"
        student.save = save
        student.cells["causal_mask"], student.wanted["causal_mask"] = HEAD + RIGHT, MARKED_AS_RIGHT
        for each in student.wanted:
            if all_lost:
                student.wanted[each] = frozenset({(all_lost,)})
            elif each in lost:
                student.wanted[each] = frozenset({("not-there",)})

    return hand_in


def _of_the_old_form(cells: list[str], folder: Path) -> None:
    new = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    (folder / "old.ipynb").write_text(json.dumps(nbformat.convert(new, 3)))


def _from_colab(cells: list[str], folder: Path) -> None:
    """Lines as a list, no metadata of ours, and its own."""
    made = [
        {
            "cell_type": "code",
            "metadata": {"id": f"a{i}", "outputId": "b"},
            "source": cell.splitlines(True),
            "outputs": [],
        }
        for i, cell in enumerate(cells)
    ]
    told = {"cells": made, "metadata": {"colab": {"provenance": []}}, "nbformat": 4, "nbformat_minor": 0}
    (folder / "Copy of 02_attention.ipynb").write_text(json.dumps(told))


def _as_text(cells: list[str], folder: Path) -> None:
    """The cell of causal_mask, turned into text by a slip of the keyboard."""
    saved(cells, folder)
    notebook = json.loads((folder / "02_attention.ipynb").read_text())
    for cell in notebook["cells"]:
        if "def causal_mask(n)" in cell["source"]:
            cell["cell_type"] = "markdown"
    (folder / "02_attention.ipynb").write_text(json.dumps(notebook))


def _in_two(cells: list[str], folder: Path) -> None:
    saved(cells[:5], folder, "first.ipynb")
    saved([cells[0], *cells[5:]], folder, "second.ipynb")


def _large(cells: list[str], folder: Path) -> None:
    with (folder / "large.ipynb").open("wb") as file:
        file.truncate(200 << 20)


def _only(text: str, folder: Path) -> None:
    (folder / "02_attention.ipynb").write_text(text)


def _with_a_broken_one(cells: list[str], folder: Path) -> None:
    saved(cells, folder)
    (folder / "draft.ipynb").write_text('{"cells": [')


ODD_FILES = [
    _files("reordered", lambda cells, folder: saved([cells[0], *reversed(cells[1:])], folder)),
    _files("doubled", lambda cells, folder: saved([*cells, *cells[1:]], folder)),
    _files("with-stubs-below", lambda cells, folder: saved([cells[0], HEAD + "    ...", *cells[1:]], folder)),
    _files("one-cell", lambda cells, folder: saved(["\n\n".join(cells)], folder)),
    _files("deleted", lambda cells, folder: saved([c for c in cells if HEAD not in c], folder), "causal_mask"),
    _files("as-text", _as_text, "causal_mask"),
    _files("old-form", _of_the_old_form),
    _files("colab", _from_colab),
    _files("two-files", _in_two),
    _files("draft-beside", _with_a_broken_one),
    _files("not-json", lambda cells, folder: _only("%PDF-1.4", folder), all_lost="not-handed-in"),
    _files("no-notebook", lambda cells, folder: _only("[]", folder), all_lost="not-handed-in"),
    _files("large", _large, all_lost="not-handed-in"),
    _files("nothing", lambda cells, folder: None, all_lost="not-handed-in"),
]  # fmt: skip
