"""What a missing text can change in a notebook, on small ones."""

import pytest

from tests.chapters.slices import touched


def asks(cell):
    return "read(" in cell


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["import corpus", "a = 1", "text = corpus.read()", "print(a)", "print(text)"], [0, 2, 4]),
        (["a = 1", "b = a + 1", "c = 0", "def f():\n    return b", "f(read())"], [0, 1, 3, 4]),
        (["text = read()", "n = len(text)", "text = 'another'", "print(text)", "print(n)"], [0, 1, 4]),
        (["n = 1", "n = 2", "read(n)", "n = 3"], [1, 2]),
        (["n = 1", "n = 2\nread(n)"], [1]),
        (["n = 1", "read(n)\nn = 2"], [0, 1]),
        (["n = 1", "read([n for n in range(3)])", "x = [x for x in 'ab']"], [1]),
        (["%pip install x\nimport x", "if 1:\n    %pip install y", "x.read()"], [0, 2]),
        (["n = read()", "for n in range(3):\n    print(n)", "with open(f) as n:\n    m = 1\n    print(n, m)"], [0]),
        (["n = read()", "for i in range(3):\n    print(n)\n    n = i"], [0, 1]),
        (["n = read()", "if f:\n    n = 1\nprint(n)"], [0, 1]),
        (["print(1)"], []),
    ],
    ids=["what comes after", "through functions", "a name again", "the last meaning", "its own meaning first",
         "its own meaning later", "a name inside of a loop", "commands", "the head of a loop first",
         "in a loop, before it is given", "perhaps given", "nothing asks"],
)
def test_what_asks_and_what_follows_and_what_both_need(cells, wanted):
    assert touched(cells, asks) == wanted
