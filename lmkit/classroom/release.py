"""Lay out a folder to hand out: notebooks without solutions and the wheel of lmkit, and a solved copy for the teacher.

    out/students/02_attention.ipynb
    out/students/inside_language_models-0.1.0-py3-none-any.whl
    out/teacher/02_attention.ipynb
    out/points.toml
    out/nbgrader/, out/otter/      where they are asked for: the same exercises for these tools
"""

import shutil
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from lmkit import check
from lmkit.classroom.assignment import FILE, points_in, write_points
from lmkit.classroom.graders import nbgrader, otter
from lmkit.classroom.links import handed_out
from lmkit.classroom.marking import draw_seed
from lmkit.classroom.notebooks import Notebook, exercise_of, read, write
from lmkit.classroom.syllabus import asked_in
from lmkit.classroom.views import for_graders, for_students, solved

GRADERS = {"nbgrader": nbgrader.lay_out, "otter": otter.lay_out}


def release(
    paths: Sequence[Path],
    exercises: Sequence[str],
    wheel: Path,
    folder: Path,
    points: Path | None = None,
    graders: Collection[str] = (),
) -> list[str]:
    """Write the folder. Nothing is written when something is wrong.

    Args:
        exercises: The names of those to hand out; all of these chapters, if none is named. A chapter without any
            of them is left out.
        wheel: The file that installs lmkit.
        folder: A new folder, or an empty one.
        points: What each exercise is worth, a file like `points.toml`, which is made without it.
        graders: Tools that get a folder of their own, of `GRADERS`. The points in it stay as they are now.

    Returns:
        The names of the exercises that are handed out, in their order.

    Raises:
        ValueError: The folder holds something, a named exercise is not in these chapters, or the file of points is not
            about those that are handed out.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} holds something already: name a new folder")
    chapters = {path.name: read(path) for path in paths}
    wanted = _wanted(chapters, exercises)
    if points:
        points_in(points, wanted)
    kept = {name: chapter for name, chapter in chapters.items() if set(wanted) & set(exercises_in(chapter))}
    students = {name: for_students(each, wanted, wheel.name) for name, each in kept.items()}
    _lay_out(folder / "students", {name: handed_out(each, set(kept)) for name, each in students.items()})
    _lay_out(folder / "teacher", {name: solved(each, wanted) for name, each in kept.items()})
    shutil.copy(wheel, folder / "students")
    if points:
        shutil.copy(points, folder / FILE)
    else:
        asked = [asked for chapter in kept.values() for asked in asked_in(chapter) if asked.name in wanted]
        write_points(asked, folder)
    worth, seed = points_in(folder / FILE, wanted), draw_seed()
    for name in graders:
        masters = {file: handed_out(for_graders(chapter, wanted, wheel.name), ()) for file, chapter in kept.items()}
        GRADERS[name](masters, worth, seed, wheel, folder / name)
    return wanted


def exercises_in(notebook: Notebook) -> list[str]:
    """The names of a chapter's exercises, in their order; each has its check in lmkit."""
    known = set(check.EXERCISES)
    return [name for name in dict.fromkeys(map(exercise_of, notebook["cells"])) if name in known]


def _wanted(chapters: Mapping[str, Notebook], exercises: Sequence[str]) -> list[str]:
    """The names of these exercises, or of all where none is named, in the order of the chapters."""
    known = [name for chapter in chapters.values() for name in exercises_in(chapter)]
    for exercise in exercises:
        if exercise not in known:
            raise ValueError(f"no exercise {exercise!r} in these chapters; there are: {', '.join(known)}")
    return [name for name in known if name in (exercises or known)]


def _lay_out(folder: Path, notebooks: dict[str, Notebook]) -> None:
    folder.mkdir(parents=True)
    for name, notebook in notebooks.items():
        write(notebook, folder / name)
