"""Which exercises are done: kept beside the notebook, and shown as a table that changes as the reader goes on."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from lmkit.check.report import NOT_DONE_YET, Report

FILE = Path(".lmkit-exercises.json")  # in the folder of the notebook
MARKS = {"done": "■", "tried": "◧", "to come": "□"}

_shown: list[tuple[Any, Mapping[str, str]]] = []  # each table that a notebook shows, and its exercises


@dataclass(frozen=True)
class Progress:
    """How far a reader is. Shown in a notebook, it changes with every check that is run there.

    Args:
        chapters: The chapter of each exercise.
        states: What was done or tried; any other is to come.
    """

    chapters: Mapping[str, str]
    states: Mapping[str, str]

    def state(self, exercise: str) -> str:
        """Done, tried or to come."""
        return self.states.get(exercise, "to come")

    def rows(self) -> dict[str, list[str]]:
        """The exercises of each chapter."""
        found: dict[str, list[str]] = {}
        for exercise, chapter in self.chapters.items():
            found.setdefault(chapter, []).append(exercise)
        return found

    def told(self, exercises: list[str]) -> tuple[str, str]:
        """A mark for each of some exercises, and how many are done."""
        states = [self.state(exercise) for exercise in exercises]
        return "".join(MARKS[state] for state in states), f"{states.count('done')} of {len(states)} done"

    def begun(self) -> str:
        """Which exercises were tried, and are not done."""
        names = [exercise for exercise in self.chapters if self.state(exercise) == "tried"]
        return f"Begun: {', '.join(names)}." if names else ""

    def __str__(self) -> str:
        rows = self.rows()
        widths = max(map(len, rows)), max(map(len, rows.values()))
        lines = []
        for chapter, exercises in rows.items():
            marks, count = self.told(exercises)
            lines.append(f"{chapter:{widths[0]}}  {marks:{widths[1]}}  {count}")
        return "\n".join([*lines, self.begun()]).rstrip()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        rows = "".join(self._row(*row) for row in self.rows().items())
        return f"<table><caption>Exercises</caption><tbody>{rows}</tbody></table><p>{escape(self.begun())}</p>"

    def _row(self, chapter: str, exercises: list[str]) -> str:
        marks = [f'<span title="{name}: {self.state(name)}">{MARKS[self.state(name)]}</span>' for name in exercises]
        count = self.told(exercises)[1]
        return f'<tr><th>{chapter}</th><td aria-hidden="true">{" ".join(marks)}</td><td>{count}</td></tr>'

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        handle = display(HTML(self._repr_html_()), display_id=True)
        if handle is not None:
            _shown.append((handle, self.chapters))


def note(report: Report) -> None:
    """Keep what a check found, and change the tables that are shown. Outside of a notebook nothing is kept."""
    if not in_notebook() or NOT_DONE_YET in report.codes:
        return
    states = kept()
    states[report.exercise] = "done" if report.ok or states.get(report.exercise) == "done" else "tried"
    try:
        FILE.write_text(json.dumps(states, indent=1) + "\n", "utf-8")
    except OSError:
        pass  # a folder that cannot be written to: the tables that are shown change all the same
    for handle, chapters in _shown:
        from IPython.display import HTML

        handle.update(HTML(Progress(chapters, states)._repr_html_()))


def kept() -> dict[str, str]:
    """What was done or tried in this folder. A file that says something else says nothing."""
    try:
        states = json.loads(FILE.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    items = states.items() if isinstance(states, dict) else ()
    return {name: state for name, state in items if isinstance(state, str) and state in MARKS}


def solution_in_notebook(exercise: str) -> str:
    """The solution of an exercise, from the file of the notebook that runs this; empty where there is none.

    Jupyter and VS Code say where the file is.
    """
    shell = sys.modules["IPython"].get_ipython()
    path = os.environ.get("JPY_SESSION_NAME") or shell.user_ns.get("__vsc_ipynb_file__", "")
    try:
        cells = json.loads(Path(path).read_text("utf-8"))["cells"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    wanted = {"id": exercise, "role": "solution"}
    return next(("".join(cell["source"]) for cell in cells if cell["metadata"].get("lmkit") == wanted), "")


def in_notebook() -> bool:
    """Whether this runs in a notebook."""
    shell = sys.modules.get("IPython")  # without which there is no notebook
    return shell is not None and hasattr(shell.get_ipython(), "kernel")
