"""What both tools are given: for each chapter a folder with its notebook and the wheel, and how to go on."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from lmkit.classroom.notebooks import Notebook, write


def lay_out(notebooks: Mapping[str, Notebook], wheel: Path, folder: Path) -> None:
    """Write a folder for each notebook.

    Args:
        notebooks: By the names of their files.
    """
    for file, notebook in notebooks.items():
        place = folder / Path(file).stem
        place.mkdir(parents=True)
        write(notebook, place / file)
        shutil.copy(wheel, place)


def tell(readme: str, notebooks: Mapping[str, Notebook], folder: Path) -> None:
    """Write how to go on, with the first chapter as the example."""
    (folder / "README.md").write_text(readme.format(chapter=Path(next(iter(notebooks))).stem), "utf-8")
