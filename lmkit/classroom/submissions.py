"""The notebooks that a class handed in: whose each is, and the code in it, whatever program wrote it.

    submissions/ada/02_attention.ipynb      a folder for each student, with any folders in it; or
    submissions/ada_02_attention.ipynb      files side by side, as Canvas and Moodle hand them out
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lmkit.check.report import printable
from lmkit.classroom.notebooks import Notebook

CANVAS = re.compile(r"([^\W_]+)(?:_LATE)?(_\d+)_\d{3,}_.+")  # lovelaceada_LATE_1204_88123_02_attention
MOODLE = re.compile(r"(.+_\d+_assignsubmission_file)_.*")  # Ada Lovelace_77_assignsubmission_file_02_attention
MOST = 64 << 20  # bytes of one file: a chapter with all its figures saved has a tenth


@dataclass(frozen=True)
class Submission:
    """What one student handed in."""

    student: str
    notebooks: tuple[Path, ...]


def submissions_in(folder: Path, chapters: Iterable[str]) -> list[Submission]:
    """The students of a folder, in the order of their names.

    Args:
        chapters: The names of the notebooks that were handed out, without `.ipynb`: what is left of the name of a file
            that lies directly in the folder is the student.

    Raises:
        ValueError: There is no such folder, nothing in it, or a notebook in it that is nobody's.
    """
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    found: dict[str, list[Path]] = {}
    for path in sorted(_notebooks(folder)):
        inside = path.relative_to(folder)
        student = readable(inside.parts[0]) if len(inside.parts) > 1 else _whose(readable(inside.stem), chapters)
        if not student:
            raise ValueError(f"whose is {path}? Lay it into a folder with the name of the student")
        found.setdefault(student, []).append(path)
    folders = {readable(path.name) for path in folder.iterdir() if path.is_dir() and not _is_hidden(path.name)}
    if not found and not folders:
        raise ValueError(f"{folder} holds no notebooks. Archives must be unpacked first")
    return [Submission(name, tuple(found.get(name, ()))) for name in sorted({*found, *folders})]


def code_of(path: Path) -> list[str]:
    """The texts of the code cells of a notebook that a student handed in.

    Raises:
        ValueError: It is none, or too large; in words for the student.
    """
    if path.stat().st_size > MOST:
        raise ValueError(f"the file has {path.stat().st_size >> 20} MB; more than {MOST >> 20} MB are not read")
    notebook = _in_todays_form(_parsed(path))
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise ValueError("the file is no notebook: it has no cells")
    return [_text(cell) for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]


def handed_in(submission: Submission) -> datetime | None:
    """When the newest of its files was last changed: what is known where nobody wrote down more."""
    times = [path.stat().st_mtime for path in submission.notebooks]
    return datetime.fromtimestamp(max(times)) if times else None


def digest_of(path: Path) -> str:
    """By which a file is known again; of one that is too large to be read, its size."""
    size = path.stat().st_size
    return f"{size} bytes" if size > MOST else hashlib.sha256(path.read_bytes()).hexdigest()


def readable(name: str) -> str:
    """A name as it can be shown and written: without what steers a terminal, and without bytes that are no text."""
    return printable(name.encode("utf-8", "replace").decode())


def _notebooks(folder: Path) -> Iterator[Path]:
    """Every notebook below a folder; links lead elsewhere, and hidden folders hold what editors keep."""
    for path in folder.rglob("*.ipynb"):
        parts = path.relative_to(folder).parts
        linked = any(folder.joinpath(*parts[: i + 1]).is_symlink() for i in range(len(parts)))
        if path.is_file() and not linked and not any(map(_is_hidden, parts)):
            yield path


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _whose(stem: str, chapters: Iterable[str]) -> str:
    """The student in the name of a file: what stands before the name of the chapter.

    After that, a download may have put `-1` or ` (1)`. Canvas and Moodle say themselves whose a file is, whatever it is
    called. Canvas also says which file it is; that is left out, since it changes with each try.
    """
    for known in (CANVAS, MOODLE):
        if found := known.fullmatch(stem):
            return "".join(found.groups())
    for chapter in chapters:
        if found := re.fullmatch(rf"(.*){re.escape(chapter)}(?:-\d+| ?\(\d+\))?", stem, flags=re.DOTALL):
            return found[1].rstrip("_- ")
    return stem


def _parsed(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise ValueError("the file cannot be read as a notebook: it is not JSON") from None


def _in_todays_form(notebook: Any) -> Notebook:
    """Notebooks of the years before 2015 have another form."""
    if not isinstance(notebook, dict):
        raise ValueError("the file is no notebook: it has no cells")
    if "worksheets" not in notebook:
        return notebook
    import nbformat  # loads for a second, and hardly any class needs it

    try:
        return nbformat.convert(nbformat.from_dict(notebook), 4)
    except Exception:  # the converters expect what they convert to be as it should
        raise ValueError("the file has the form of old notebooks and could not be brought into that of today") from None


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))
