"""Of a notebook only those lines run that an answer needs, wherever they stand."""

import pytest

from lmkit.classroom.slicing import needed


def lines(cells, *names):
    return needed(cells, names).split("\n")


def test_only_what_is_needed_is_there():
    cells = ["import math\nimport time", "print('a long computation')", "def f(x):\n    return math.sqrt(x)", "f(2)"]
    assert lines(cells, "f") == ["import math", "def f(x):", "    return math.sqrt(x)"]


def test_what_is_needed_is_found_through_others():
    cells = ["a = 1", "b = a + 1", "def g():\n    return b", "def f():\n    return g()", "c = 5"]
    assert lines(cells, "f") == ["a = 1", "b = a + 1", "def g():", "    return b", "def f():", "    return g()"]


def test_names_of_its_own_need_nothing():
    cells = ["x = 7", "n = 8", "def f(x):\n    n = [y for y in x]\n    return n"]
    assert len(lines(cells, "f")) == 3


def test_cells_in_another_order_are_the_same_program():
    """What a function names is found when it is called."""
    assert lines(["def f():\n    return a", "a = 1"], "f") == ["def f():", "    return a", "a = 1"]


def test_the_last_answer_counts():
    cells = ["for f in [1, 2]:\n    pass", "def f():\n    return 1", "def f():\n    return 2"]
    assert lines(cells, "f") == ["def f():", "    return 2"]


def test_what_keeps_or_changes_something_is_there():
    cells = ["seen = {}\nseen['a'] = 1", "seen.update(b=2)", "len(seen)", "def f():\n    return seen"]
    assert lines(cells, "f") == ["seen = {}", "seen['a'] = 1", "seen.update(b=2)", "def f():", "    return seen"]


def test_a_call_of_what_was_imported_is_no_change():
    cells = ["from lmkit.model import attention", "attention.split_heads(1, 2)", "f = attention.split_heads"]
    assert lines(cells, "f") == ["from lmkit.model import attention", "f = attention.split_heads"]


def test_decorators_bases_and_defaults_are_needed():
    cells = ["def twice(g): return g\nn = 3\nclass A: pass", "class B(A): pass", "@twice\ndef f(b=n):\n    return B"]
    found = lines(cells, "f")
    assert found == ["def twice(g): return g", "n = 3", "class A: pass", "class B(A): pass", *cells[2].split("\n")]


@pytest.mark.parametrize("broken", ["def g(:", "some words", "x = '\0'", "%%bash\nls -l | wc"])
def test_a_cell_that_is_no_python_is_passed_over(broken):
    assert lines([broken, "def f(): pass"], "f") == ["def f(): pass"]


def test_what_only_a_notebook_understands_does_nothing():
    cell = "if True:\n    %pip install nothing\n!ls\ndef f(): pass"
    assert lines([cell], "f") == ["def f(): pass"]


def test_two_statements_in_a_line_stay_together():
    assert lines(["a = 1; b = 2", "def f(): return a"], "f") == ["a = 1; b = 2", "def f(): return a"]


def test_a_name_that_nobody_gives_needs_nothing():
    assert needed(["a = 1"], ["f"]) == ""
