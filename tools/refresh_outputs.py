"""Run the chapters again and store the printed results that their text relies on, and nothing else.

`make outputs` does this for every chapter. A cell tagged nbval-check-output keeps its text; `make test` compares it
with the one in the book, `make test-latest` with that of the newest packages. Pictures, widgets and counters go.
"""

import argparse
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]
CHECKED = "nbval-check-output"


def text_only(output):
    """An output without everything but its text, or None where it has none that could be compared."""
    if output.output_type == "stream":
        return output if output.name == "stdout" else None
    if output.output_type in ("execute_result", "display_data"):
        texts = {kind: text for kind, text in output.data.items() if kind.startswith("text/")}
        return nbformat.v4.new_output(output.output_type, texts) if texts else None
    return None


def strip(notebook):
    """Take out, in place, all that a run leaves behind except the text of checked cells."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        kept = cell.outputs if CHECKED in cell.metadata.get("tags", []) else []
        cell.outputs = [text for text in map(text_only, kept) if text is not None]
        cell.execution_count = 1 if cell.outputs else None  # nbval takes a cell without a number for one never run
        cell.metadata.pop("execution", None)
    return notebook


def refresh(path: Path) -> None:
    """Run one notebook where it lies and write it back, stripped."""
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=300, coalesce_streams=True, resources=where).execute()
    nbformat.write(strip(notebook), path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Store again the printed results that the chapters' text relies on.")
    parser.add_argument("notebooks", nargs="*", type=Path, metavar="NOTEBOOK", help="every chapter unless given")
    for path in parser.parse_args().notebooks or sorted(ROOT.glob("chapters/*.ipynb")):
        print(path)
        refresh(path)
