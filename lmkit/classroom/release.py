"""Lay out a folder to hand out: notebooks without solutions and the wheel of lmkit, and a solved copy for the teacher.

    out/students/02_attention.ipynb
    out/students/inside_language_models-0.1.0-py3-none-any.whl
    out/teacher/02_attention.ipynb
    out/points.toml
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

from lmkit import check
from lmkit.classroom.assignment import write_points
from lmkit.classroom.notebooks import Notebook, exercise_of, read, write
from lmkit.classroom.syllabus import asked_in
from lmkit.classroom.views import for_students, solved


def release(paths: Sequence[Path], exercises: Sequence[str], wheel: Path, folder: Path) -> list[str]:
    """Write the folder. Nothing is written when something is wrong.

    Args:
        exercises: The names of those to hand out; all of these chapters, if none is named. A chapter without any
            of them is left out.
        wheel: The file that installs lmkit.
        folder: A new folder, or an empty one.

    Returns:
        The names of the exercises that are handed out, in their order.

    Raises:
        ValueError: The folder holds something, or a named exercise is not in these chapters.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} holds something already: name a new folder")
    chapters = {path.name: read(path) for path in paths}
    there = {name: exercises_in(chapter) for name, chapter in chapters.items()}
    known = [exercise for found in there.values() for exercise in found]
    for exercise in exercises:
        if exercise not in known:
            raise ValueError(f"no exercise {exercise!r} in these chapters; there are: {', '.join(known)}")
    wanted = [exercise for exercise in known if exercise in (exercises or known)]
    kept = {name: chapter for name, chapter in chapters.items() if set(wanted) & set(there[name])}
    _lay_out(folder / "students", {name: for_students(each, wanted, wheel.name) for name, each in kept.items()})
    _lay_out(folder / "teacher", {name: solved(each, wanted) for name, each in kept.items()})
    shutil.copy(wheel, folder / "students")
    write_points([asked for chapter in kept.values() for asked in asked_in(chapter) if asked.name in wanted], folder)
    return wanted


def exercises_in(notebook: Notebook) -> list[str]:
    """The names of a chapter's exercises, in their order; each has its check in lmkit."""
    known = set(check.EXERCISES)
    return [name for name in dict.fromkeys(map(exercise_of, notebook["cells"])) if name in known]


def _lay_out(folder: Path, notebooks: dict[str, Notebook]) -> None:
    folder.mkdir(parents=True)
    for name, notebook in notebooks.items():
        write(notebook, folder / name)
