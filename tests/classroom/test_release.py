"""What is handed out: every exercise can be done with it, and nothing in it gives an answer away."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from lmkit.classroom import __main__
from lmkit.classroom.links import LINK
from lmkit.classroom.notebooks import exercise_of, read, role_of, text_of
from lmkit.classroom.release import exercises_in, release
from lmkit.classroom.views import code_of, for_students
from tests.notebook_links import dead_links, links_of
from tests.without_lmkit import run_first_cell

ROOT = Path(__file__).parents[2]
CHAPTERS = [
    path for path in sorted((ROOT / "chapters").glob("*.ipynb")) if '"role": "exercise"' in path.read_text("utf-8")
]
ATTENTION = ROOT / "chapters" / "02_attention.ipynb"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    path = tmp_path_factory.mktemp("wheel") / "inside_language_models-9.8.7-py3-none-any.whl"
    path.write_bytes(b"a wheel")
    return path


@pytest.fixture(scope="module")
def out(tmp_path_factory, wheel):
    folder = tmp_path_factory.mktemp("class") / "out"
    release(CHAPTERS, [], wheel, folder)
    return folder


def parts(path):
    """Of a notebook: (exercise, role) -> the text of its cell, in order."""
    return {(exercise_of(cell), role_of(cell)): text_of(cell) for cell in read(path)["cells"] if role_of(cell)}


for_every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


@for_every_chapter
def test_both_copies_are_notebooks(out, path):
    for copy in ("students", "teacher"):
        notebook = nbformat.read(out / copy / path.name, nbformat.NO_CONVERT)
        assert list(nbformat.validator.iter_validate(notebook)) == []


@for_every_chapter
def test_a_student_gets_every_part_as_it_is_but_the_solution(out, path):
    chapter, student = parts(path), parts(out / "students" / path.name)
    assert len(chapter) >= 25
    assert student == {key: text for key, text in chapter.items() if key[1] != "solution"}


@for_every_chapter
def test_the_rest_of_the_chapter_is_there_unchanged(out, path):
    """All but the first code cell, in its order; and but for links."""
    pair = path, copy_of(out, path)
    chapter, student = ([read_aloud(cell) for cell in read(one)["cells"] if not role_of(cell)] for one in pair)
    assert student[0] == chapter[0] and student[2:] == chapter[2:]


def read_aloud(cell):
    """The text of a cell without what nobody reads: where links lead, and the marks that they lead to."""
    text = text_of(cell)
    return LINK.sub(r"\1", re.sub(r"<a id=.*</a>\n\n", "", text)) if cell["cell_type"] == "markdown" else text


@for_every_chapter
def test_code_that_is_folded_in_the_chapter_is_folded_in_the_copy(out, path):
    pair = read(path)["cells"], read(copy_of(out, path))["cells"]
    folded, copied = ([text_of(cell) for cell in cells if "jupyter" in cell["metadata"]] for cells in pair)
    assert copied == folded != []


def copy_of(out, path):
    return out / "students" / path.name


@for_every_chapter
def test_no_code_of_a_solution_is_in_what_a_student_gets(out, path):
    """Of every statement of a solution that the rest of the chapter does not show, not one is in the file."""
    everything = json.loads(copy_of(out, path).read_text("utf-8"))
    shown = "\n".join(text for (_, role), text in parts(path).items() if role != "solution")
    shown += "\n".join(text_of(cell) for cell in read(path)["cells"] if not role_of(cell))
    found = 0
    for (_, role), text in parts(path).items():
        for line in filter(None, map(str.strip, code_of(text).split("\n") if role == "solution" else [])):
            if line not in shown:
                found += 1
                assert not any(line in held for held in texts_in(everything)), line
    assert found >= 10


def texts_in(value):
    """Every text that a JSON value holds, keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for entry in value:
            yield from texts_in(entry)
    elif isinstance(value, dict):
        yield from value
        yield from texts_in(list(value.values()))


def test_nothing_that_a_cell_holds_beside_its_text_is_handed_on(wheel):
    """A word put into every place that a notebook has, and that is no text of a cell, is gone."""
    chapter = read(ATTENTION)
    names = exercises_in(chapter)
    chapter["metadata"]["answers"] = "spoken"
    chapter["metadata"]["language_info"]["answers"] = "spoken"
    for number, cell in enumerate(chapter["cells"]):
        cell["id"] = f"spoken-{number}"
        cell["metadata"]["answers"] = "spoken"
        cell["attachments"] = {"spoken.txt": {"text/plain": "spoken"}}
        if "lmkit" in cell["metadata"]:
            cell["metadata"]["lmkit"]["answer"] = "spoken"
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "spoken"}]
            cell["execution_count"] = 123456
    before = for_students(read(ATTENTION), names, wheel.name)
    after = for_students(chapter, names, wheel.name)
    assert after == before and "spoken" not in json.dumps(after)


@for_every_chapter
def test_every_link_of_what_is_handed_out_leads_somewhere(out, path):
    """To another chapter that was handed out, or to a section of the same: the book is not there."""
    students = read(out / "students" / path.name)
    assert dead_links(students, out / "students") == []
    links = [link for cell in students["cells"] if cell["cell_type"] == "markdown" for link in links_of(text_of(cell))]
    assert any(link.startswith("#") for link in links) and any(link.endswith(".ipynb") for link in links)


def test_a_link_to_what_is_not_handed_out_becomes_plain_text(wheel, tmp_path):
    release([ATTENTION], ["causal_mask"], wheel, tmp_path / "out")
    text = (tmp_path / "out/students/02_attention.ipynb").read_text("utf-8")
    assert "We come to that in the chapter on the transformer." in text and "(Vaswani et al., 2017)" in text
    assert dead_links(read(tmp_path / "out/students/02_attention.ipynb"), tmp_path / "out/students") == []


@for_every_chapter
def test_the_teachers_copy_has_each_solution_in_its_place(out, path):
    chapter, teacher = parts(path), parts(out / "teacher" / path.name)
    assert list(teacher) == list(chapter)
    for exercise in exercises_in(read(path)):
        assert teacher[exercise, "stub"] == code_of(chapter[exercise, "solution"]) != ""
        assert teacher[exercise, "solution"] == chapter[exercise, "solution"]


@for_every_chapter
def test_every_exercise_of_a_chapter_is_handed_out(path):
    """No cell belongs to an exercise that lmkit does not know."""
    assert exercises_in(read(path)) == list(dict.fromkeys(name for name, _ in parts(path)))


def first_cell(notebook):
    return next(text_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "code")


@for_every_chapter
def test_the_first_cell_installs_the_wheel_that_lies_beside_it(out, path, wheel):
    assert (out / "students" / wheel.name).read_bytes() == wheel.read_bytes()
    text = first_cell(read(copy_of(out, path)))
    assert f'source = "{wheel.name}"' in text and '%pip install --quiet --no-input "{source}"' in text
    assert "{url}" not in text and "git+" not in text


def test_without_the_wheel_the_first_cell_says_what_to_do(out, wheel, tmp_path, monkeypatch):
    text = first_cell(read(copy_of(out, ATTENTION)))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError, match=f"Lay {wheel.name} beside this notebook"):
        run_first_cell(text)
    monkeypatch.chdir(out / "students")
    assert run_first_cell(text)[0] == f'install --quiet --no-input "{wheel.name}"'


def test_another_first_cell_is_refused(wheel):
    chapter = read(ATTENTION)
    next(cell for cell in chapter["cells"] if cell["cell_type"] == "code")["source"] = "import lmkit"
    with pytest.raises(ValueError, match="the first code cell is not the one that every chapter has"):
        for_students(chapter, [], wheel.name)


def test_some_exercises_of_some_chapters_can_be_handed_out(wheel, tmp_path):
    asked = ["gelu", "causal_mask", "attention"]
    assert release(CHAPTERS, asked, wheel, tmp_path / "out") == ["attention", "causal_mask", "gelu"]
    names = sorted(path.stem for path in (tmp_path / "out").rglob("*.ipynb"))
    assert names == ["02_attention", "02_attention", "03_feedforward", "03_feedforward"]
    assert {name for name, _ in parts(tmp_path / "out/students/02_attention.ipynb")} == {"attention", "causal_mask"}
    assert {name for name, _ in parts(tmp_path / "out/teacher/03_feedforward.ipynb")} == {"gelu"}


def test_what_cannot_be_handed_out_leaves_no_folder(wheel, tmp_path):
    with pytest.raises(ValueError, match="no exercise 'atention' in these chapters; there are: attention, "):
        release([ATTENTION], ["atention"], wheel, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(wheel, tmp_path):
    (tmp_path / "marks.csv").write_text("ada,10")
    with pytest.raises(ValueError, match="holds something already: name a new folder"):
        release([ATTENTION], [], wheel, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["marks.csv"]


@pytest.fixture
def quick_wheel(tmp_path, monkeypatch):
    """In place of tools/make_wheel.py, which test_package tests: a script that is done at once."""
    script = tmp_path / "make_wheel.py"
    script.write_text("import pathlib, sys\npathlib.Path(sys.argv[1], 'lmkit.whl').write_text('a wheel')\n")
    monkeypatch.setattr(__main__, "MAKES_THE_WHEEL", script)


def test_the_command_makes_the_folder(quick_wheel, tmp_path, capsys):
    command = ["release", str(ATTENTION), "-o", str(tmp_path / "out")]
    __main__.main(command)
    assert "9 exercises, attention, causal_mask, " in capsys.readouterr().out
    names = sorted(str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*.*"))
    notebooks = ["students/02_attention.ipynb", "students/lmkit.whl", "teacher/02_attention.ipynb"]
    assert names == ["points.toml", *notebooks]
    with pytest.raises(SystemExit):
        __main__.main(command)
    assert capsys.readouterr().err == f"{tmp_path / 'out'} holds something already: name a new folder\n"


def test_the_wheel_is_made_by_the_script_of_the_checkout():
    assert (ROOT / "tools" / "make_wheel.py").samefile(__main__.MAKES_THE_WHEEL)


def test_a_chapter_that_is_not_there_is_named_with_the_way_to_it(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        __main__.main(["release", "chapters/02_attention.ipynb", "-o", "out"])
    said = "there is no chapters/02_attention.ipynb here: write the path of the checkout before it"
    assert capsys.readouterr().err == f"{said}\n" and list(tmp_path.iterdir()) == []


def test_without_a_checkout_the_command_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(__main__, "MAKES_THE_WHEEL", tmp_path / "make_wheel.py")
    with pytest.raises(SystemExit):
        __main__.main(["release", str(ATTENTION), "-o", str(tmp_path / "out")])
    assert "a release is made from a checkout of the book" in capsys.readouterr().err
