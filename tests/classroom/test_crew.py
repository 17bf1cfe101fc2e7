"""What is kept of a student's work: of a wrong answer its function, and of a file that cannot be read a note."""

import json
import os

from lmkit.classroom.crew import Task, mark
from lmkit.classroom.submissions import Submission

RIGHT = "import torch\ndef causal_mask(n):\n    return torch.ones(n, n, dtype=torch.bool).tril()"
WRONG = RIGHT.replace("def", "# by Bob\ndef").replace("tril()", "triu()  # up")


def marked(box, folder, *notebooks):
    """What is found in some notebooks, each with one cell."""
    paths = [folder / f"{number}.ipynb" for number, _ in enumerate(notebooks)]
    for path, cell in zip(paths, notebooks, strict=True):
        path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": cell}]}))
    return mark(box, Task(Submission("bob", tuple(paths)), {"causal_mask": ["causal_mask"]}, 7))


def test_of_a_wrong_answer_the_function_is_kept_without_comments(box, tmp_path):
    """The one that the report is on, where there are several."""
    found = marked(box, tmp_path, WRONG, "def causal_mask(n):\n    return n")
    assert found.reports["causal_mask"].codes == ("upper-half",)
    line = "    return torch.ones(n, n, dtype=torch.bool).triu()"
    assert found.answers == {"causal_mask": f"def causal_mask(n):\n{line}"}


def test_of_a_right_answer_nothing_is_kept(box, tmp_path):
    found = marked(box, tmp_path, WRONG, RIGHT)
    assert found.reports["causal_mask"].ok and found.answers == {}


def test_a_file_whose_name_is_no_text_is_noted_in_words_that_can_be_written(box, tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.ipynb"
    with open(path, "wb") as file:
        file.write(b"%PDF")
    found = mark(box, Task(Submission("bob", (tmp_path / os.fsdecode(b"\xff.ipynb"),)), {"causal_mask": ["f"]}, 7))
    assert found.notes == ("?.ipynb: the file cannot be read as a notebook: it is not JSON",)
    assert found.reports["causal_mask"].codes == ("not-handed-in",) and found.answers == {"causal_mask": ""}
