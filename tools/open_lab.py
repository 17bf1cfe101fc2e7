"""Open JupyterLab on copies of the chapters: python -m tools.open_lab FOLDER [what JupyterLab is told besides]

The chapters are the sources of the book, and running one would change it. So a reader works on copies, without outputs,
since these would answer what a chapter asks. A copy that was saved is the reader's own, and is never written again.
The server shows the built book too, under /static, and that is where links to its pages lead. The settings in lab/ keep
living figures in a saved notebook, and ask no other host for news. Ctrl+C ends it at once: JupyterLab would ask whether
it should, and go on where nobody answers within five seconds.
"""

import argparse
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from lmkit.classroom.links import linked
from lmkit.classroom.notebooks import read

ROOT = Path(__file__).parents[1]
SETTINGS = ROOT / "tools" / "lab"
BOOK = ROOT / "_build" / "html"
LAID = ".laid.json"  # in the folder: what each copy was when it was laid there


def copy_of(chapter: Path) -> str:
    """A reader's copy of a notebook, as text: without outputs, and with links that lead to the built book."""
    notebook = linked(read(chapter), _address)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell.update(outputs=[], execution_count=None)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _address(page: str, section: str) -> str:
    """Another chapter lies beside this one; a page of the book is shown by the server."""
    if page.endswith(".ipynb"):
        return page + section
    return f"/static/{page.removeprefix('../').removesuffix('.md')}.html{section}"


def lay_out(chapters: Sequence[Path], folder: Path) -> list[str]:
    """Write a copy of each chapter into a folder, unless the reader has one of that name that was changed.

    Returns:
        The names of those that stay as they are though the chapter has changed since.
    """
    folder.mkdir(parents=True, exist_ok=True)
    laid, older = _recorded(folder), []
    for chapter in chapters:
        text, path = copy_of(chapter), folder / chapter.name
        if not path.exists() or _digest(path.read_bytes()) == laid.get(chapter.name):
            path.write_text(text, "utf-8")
            laid[chapter.name] = _digest(text.encode())
        elif _digest(text.encode()) != laid.get(chapter.name):
            older.append(chapter.name)
    (folder / LAID).write_text(json.dumps(laid, indent=1) + "\n", "utf-8")
    return older


def _recorded(folder: Path) -> dict[str, str]:
    """What was laid there before. Without a record that can be read, all that is there counts as the reader's own."""
    try:
        return dict(json.loads((folder / LAID).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def command(folder: Path, options: Sequence[str] = ()) -> list[str]:
    """What starts JupyterLab on the folder, with the built book beside it."""
    shows = [f"--ServerApp.root_dir={folder.absolute()}", f"--ServerApp.extra_static_paths={BOOK}"]
    return [sys.executable, "-m", "jupyterlab", *shows, "--ServerApp.answer_yes=True", *options]


def environment() -> dict[str, str]:
    """The variables that it is started with: those that are set, and where its settings lie."""
    others = os.environ.get("JUPYTER_CONFIG_PATH")
    places = [str(SETTINGS), *([others] if others else [])]
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(places)}


def main() -> None:
    """Lay the copies out, and become JupyterLab."""
    asks = argparse.ArgumentParser(prog="python -m tools.open_lab", description="Open JupyterLab on copies.")
    asks.add_argument("folder", type=Path, help="where the copies lie; what a reader has saved there stays")
    asked, options = asks.parse_known_args()
    for name in lay_out(sorted(ROOT.glob("chapters/*.ipynb")), asked.folder):
        print(f"{asked.folder / name} is yours and stays as it is, but the chapter has changed since.")
        print("  Give yours another name, and the next `make lab` lays the new one beside it.")
    print(f"The copies lie in {asked.folder}. Ctrl+C ends JupyterLab; what you saved stays.", flush=True)
    os.execve(sys.executable, command(asked.folder, options), environment())


if __name__ == "__main__":
    main()
