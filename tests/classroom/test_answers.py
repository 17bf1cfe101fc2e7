"""Every exercise of every chapter can be judged from outside: its solution is right, its stub not done yet."""

import socket
from pathlib import Path

import pytest

from lmkit import check
from lmkit.check.calling import Failed, Failure
from lmkit.classroom.marking import SEEDS, _printed, asked_for, report_on
from lmkit.classroom.notebooks import code_in, read
from lmkit.classroom.peer import Ended, Late, Peer
from lmkit.classroom.release import exercises_in
from lmkit.classroom.views import for_students, solved
from lmkit.classroom.wire import Garbled

CHAPTERS = sorted((Path(__file__).parents[2] / "chapters").glob("*.ipynb"))
NOTEBOOKS = {path: read(path) for path in CHAPTERS}
ALL = [
    pytest.param(NOTEBOOKS[path], name, id=f"{path.stem}-{name}")
    for path in CHAPTERS
    for name in exercises_in(NOTEBOOKS[path])
]


@pytest.mark.parametrize(("chapter", "name"), ALL)
def test_what_is_handed_out_is_not_done_and_its_solution_is(box, chapter, name):
    functions = asked_for(chapter)[name]
    handed_out = code_in(for_students(chapter, [name], "lmkit.whl"))
    assert report_on(box, handed_out, name, functions, seed=SEEDS - 1).state == "not done yet"
    report = report_on(box, code_in(solved(chapter, [name])), name, functions, seed=SEEDS - 1)
    assert report.ok, str(report)


def report(box, name, *cells, functions=None):
    return report_on(box, ["import math\nimport torch", *cells], name, functions or [name], seed=5)


MASK = "def causal_mask(n):\n    return torch.ones(n, n, dtype=torch.bool).tril()"


def test_a_mistake_is_named_as_in_the_notebook(box):
    told = report(box, "causal_mask", MASK.replace("tril()", "triu()"))
    assert told.codes == ("upper-half",)


def test_an_error_is_shown_with_the_students_line(box):
    told = report(box, "causal_mask", "def causal_mask(n):\n    rows = n\n    return rows @ columns")
    assert told.codes == ("raises",)
    assert "NameError: name 'columns' is not defined" in str(told)
    assert "in causal_mask: return rows @ columns" in str(told) and "n = " in str(told)


def test_changed_arguments_are_seen(box):
    cell = "def merge_pair(tokens, pair):\n    tokens.append(b'x')\n    return tokens"
    assert "changed-inputs" in report(box, "merge_pair", cell).codes


def test_a_lost_gradient_is_seen(box):
    cell = "def gelu(x):\n    return torch.nn.functional.gelu(x.detach())"
    assert "no-gradient" in report(box, "gelu", cell).codes


def test_a_function_that_is_nowhere_is_named(box):
    told = report(box, "split_heads", "def split_heads(x, n): ...", functions=["split_heads", "merge_heads"])
    assert told.codes == ("not-there",) and "defines `merge_heads`." in str(told)


def test_why_a_cell_did_not_run_is_told(box):
    told = report(box, "causal_mask", "causal_mask = masks.causal")
    assert told.codes == ("not-there",) and "NameError: name 'masks' is not defined" in str(told)


def test_a_cell_that_is_no_python_is_told(box):
    told = report(box, "causal_mask", MASK.replace("(n):", "(n:"))
    assert told.codes == ("not-there",) and "SyntaxError: " in str(told) and "line 1" in str(told)


def test_an_import_that_fails_does_not_take_others_with_it(box):
    cell = "import no_such_package\n" + MASK.replace("    return", "    if n < 0:\n        no_such_package\n    return")
    assert report(box, "causal_mask", cell).ok


UNSTEADY = """
calls = []
def attention(query, key, value, may_attend=None):
    calls.append(1)
    if len(calls) > 5:
        return torch.ones(2), torch.ones(3)
    scores = query @ key.mT / math.sqrt(query.shape[-1])
    if may_attend is not None:
        scores = scores.masked_fill(~may_attend, -torch.inf)
    weights = scores.softmax(-1)
    return weights @ value, weights
"""


def test_an_answer_that_changes_with_its_calls_does_not_stop_the_teacher(box):
    told = report(box, "attention", UNSTEADY)
    assert told.codes == ("unsteady",), str(told)


def test_each_answer_begins_anew(box):
    """What one answer sets or keeps is not there for the next."""
    report(box, "causal_mask", "import builtins\nbuiltins.kept = 1\n" + MASK + "\ncausal_mask.kept = builtins")
    told = report(box, "causal_mask", "import builtins\n" + MASK.replace("n, n", "builtins.kept, n"))
    assert "has no attribute 'kept'" in str(told)


def test_the_beginning_of_what_was_printed_is_in_the_report(box):
    """Of the first call that prints, with its case, as in the notebook; the mark does not hang on it."""
    exercise = check.EXERCISES["causal_mask"]
    later = exercise.probes(5)[1]
    told = report(box, "causal_mask", MASK.replace("    return", f"    if n == {later.args[0]}: print(n)\n    return"))
    assert told.ok and told.printed == f"{later.args[0]}\n"
    assert f"Called {later.says}, your function printed" in str(told)
    assert report(box, "causal_mask", MASK).printed == ""


def test_an_answer_that_takes_away_the_output_is_marked_all_the_same(box):
    cell = "import sys\n" + MASK.replace("    return", "    print(n)\n    sys.stdout = None\n    return")
    assert report(box, "causal_mask", cell).ok


@pytest.mark.parametrize("given", [Ended(), Late(), Garbled(), Failed(Failure("E", "", "", False)), 3, ["x"] * 3])
def test_whatever_comes_in_place_of_what_was_printed_harms_nothing(given):
    class Odd(Peer):
        def call(self, number, args):
            if isinstance(given, BaseException):
                raise given
            return given

    with socket.socket() as line:
        assert _printed(Odd(line)) == ("", "")


def test_of_what_a_process_says_it_printed_only_the_beginning_counts_and_only_a_case_that_there_was():
    class Sly(Peer):
        def call(self, number, args):
            return ["x" * 1000, "on <b>forged</b> words"]

    with socket.socket() as line:
        assert _printed(Sly(line)) == ("x" * 300, "")
