"""A student's function is shown without comments, words and names, and whatever it is, nothing breaks."""

import pytest

from lmkit.classroom.quoting import MOST, functions_in, without_names

MINE = '''\
import torch

def mine(n):  # by Ada Lovelace
    """This is the mask of Ada."""
    # first the rows
    rows = torch.arange(n)
    print("Ada says", rows)

    return torch.einsum("a, b -> a b", rows,
rows)

other = 1
'''


def test_only_the_function_is_shown_without_comments_and_words():
    assert functions_in([MINE], ["mine"]) == (
        "def mine(n):\n"
        '    "…"\n'
        "    rows = torch.arange(n)\n"
        '    print("…", rows)\n'
        '    return torch.einsum("a, b -> a b", rows,\n'
        "rows)"
    )


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        (["def mine(n): return 1", "def mine(n): return 2"], "def mine(n): return 2"),
        (["def mine(n): return 1\ndef mine(n): return 2\nx = mine(3)"], "def mine(n): return 2"),
        (["def mine(\n    n,\n):\n    return n\nx = 1"], "def mine(\n    n,\n):\n    return n"),
        (["def mine(n):\n    if n:\n        n = 1\n    n"], "def mine(n):\n    if n:\n        n = 1\n    n"),
        (["async def mine(n):\n    %time x\n    return n"], "async def mine(n):\n    pass\n    return n"),
        (["def mine(n):\n\n# here\n    return n\n\n\n@x\ndef f(): ..."], "def mine(n):\n    return n"),
        (["def mine(n):\n    'Ada'\n    x = 'cpu'\n    'Ada'"], "def mine(n):\n    \"…\"\n    x = 'cpu'\n    \"…\""),
        (["def mine(n):\n    if n:\n        pass\n    'Ada'"], 'def mine(n):\n    if n:\n        pass\n    "…"'),
        (["def mined(n): ...", "mine = lambda n: n"], ""),
        (["def mine(n:\n    return 1"], ""),
        (["def mine(n):\n    return '"], ""),
        (["def mine(n):\n        a\n    b"], ""),
        (["def mine(n):\n    return 0\x00"], ""),
        (["def mine(n):\n    return " + "(" * 5000], ""),
        ([f"def mine(n):\n    return {'1+' * MOST}1"], ""),
        (["x" * 200_000 + "\ndef mine(n): ..."], ""),
        ([], ""),
    ],
)  # fmt: skip
def test_the_last_definition_is_shown_and_nothing_where_there_is_none(cells, shown):
    assert functions_in(cells, ["mine"]) == shown


def test_the_words_of_a_formatted_text_are_left_out():
    shown = functions_in(["def mine(n):\n    print(f'Ada has {n} keys')"], ["mine"])
    assert "Ada" not in shown and "keys" not in shown and shown.startswith("def mine(n):\n    print(")


def test_several_functions_are_shown_one_below_the_other():
    cells = ["def two(): ...", "def one(): ..."]
    assert functions_in(cells, ["one", "two", "three"]) == "def one(): ...\n\ndef two(): ..."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ada_mask = Ada + ADA.x", "student_mask = student + student.x"),
        ("adaMask, adapt, cicada", "studentMask, adapt, cicada"),
        ("Lovelace 1204 120", "student student 120"),
        ("max(scores), Max", "max(scores), student"),
        ("torch.ones, Torch", "torch.ones, student"),
        ("by 王伟的", "by student的"),
    ],
)
def test_names_are_taken_out(text, shown):
    assert without_names(text, ["Ada Lovelace_1204", "max", "王伟", "x", "torch"]) == shown


def test_without_names_nothing_is_taken_out():
    assert without_names("ada", []) == without_names("ada", ["a", "-"]) == "ada"
