"""Whose each notebook is, and the code in it, whatever wrote it."""

import json
import os

import nbformat
import pytest

from lmkit.classroom.submissions import code_of, submissions_in

CODE = "x = 1\nx"


def notebook(*cells, **more):
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}


def code(source, **more):
    return {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source,
        **more,
    }


def lay(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(notebook(code(CODE))))


def students(folder, chapters=("02_attention",)):
    found = submissions_in(folder, chapters)
    return {each.student: [str(path.relative_to(folder)) for path in each.notebooks] for each in found}


def test_a_folder_is_a_student(tmp_path):
    lay(tmp_path, "ada/02_attention.ipynb", "bob/week 2/mine.ipynb", "bob/second.ipynb")
    (tmp_path / "cleo").mkdir()
    assert students(tmp_path) == {
        "ada": ["ada/02_attention.ipynb"],
        "bob": ["bob/second.ipynb", "bob/week 2/mine.ipynb"],
        "cleo": [],
    }


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("ada_02_attention.ipynb", "ada"),
        ("ada.ipynb", "ada"),
        ("lovelaceada_1204_88123_02_attention-1.ipynb", "lovelaceada_1204"),
        ("lovelaceada_LATE_1204_88123_my homework.ipynb", "lovelaceada_1204"),
        ("ada_12_3_02_attention.ipynb", "ada_12_3"),
        ("Ada Lovelace_77_assignsubmission_file_mine.ipynb", "Ada Lovelace_77_assignsubmission_file"),
        ("Ada Lovelace_77_assignsubmission_file_02_attention.ipynb", "Ada Lovelace_77_assignsubmission_file"),
        ("ada - 02_attention (2).ipynb", "ada"),
    ],
)
def test_beside_each_other_the_name_says_whose_a_file_is(tmp_path, name, student):
    lay(tmp_path, name)
    assert students(tmp_path) == {student: [name]}


def test_two_students_whose_names_end_in_numbers_are_two(tmp_path):
    lay(tmp_path, "team-1.ipynb", "team-2.ipynb", "team (3).ipynb", "team-4_02_attention-1.ipynb")
    assert list(students(tmp_path)) == ["team (3)", "team-1", "team-2", "team-4"]


def test_two_files_of_one_student_that_canvas_has_numbered_are_of_one(tmp_path):
    names = ["lovelaceada_1204_88123_02_attention.ipynb", "lovelaceada_1204_88124_03_feedforward.ipynb"]
    lay(tmp_path, *names)
    assert students(tmp_path) == {"lovelaceada_1204": names}


def test_two_tries_are_of_one_student(tmp_path):
    lay(tmp_path, "ada_02_attention.ipynb", "ada_02_attention-1.ipynb")
    assert students(tmp_path) == {"ada": ["ada_02_attention-1.ipynb", "ada_02_attention.ipynb"]}


def test_what_editors_and_archives_leave_is_nobodys(tmp_path):
    lay(tmp_path, "ada/a.ipynb", "ada/.ipynb_checkpoints/a-checkpoint.ipynb", "__MACOSX/ada/a.ipynb", ".git/b.ipynb")
    assert students(tmp_path) == {"ada": ["ada/a.ipynb"]}


def test_links_are_not_followed(tmp_path):
    lay(tmp_path, "elsewhere/teacher/solved.ipynb", "class/ada/a.ipynb")
    (tmp_path / "class/ada/b.ipynb").symlink_to(tmp_path / "elsewhere/teacher/solved.ipynb")
    (tmp_path / "class/bob").symlink_to(tmp_path / "elsewhere/teacher")
    assert students(tmp_path / "class") == {"ada": ["ada/a.ipynb"], "bob": []}


def test_what_is_no_file_is_not_read(tmp_path):
    lay(tmp_path, "ada/a.ipynb")
    os.mkfifo(tmp_path / "ada/b.ipynb")
    (tmp_path / "ada/c.ipynb").mkdir()
    assert students(tmp_path) == {"ada": ["ada/a.ipynb"]}


def test_a_name_that_is_no_text_can_be_written(tmp_path):
    folder = os.fsencode(tmp_path) + b"/ad\xff"
    os.mkdir(folder)
    assert list(students(tmp_path)) == ["ad?"]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], "holds no notebooks. Archives must be unpacked first"),
        (["02_attention.ipynb"], "whose is .*02_attention.ipynb"),
    ],
)
def test_what_cannot_be_told_apart_is_asked_for(tmp_path, names, words):
    lay(tmp_path, *names)
    with pytest.raises(ValueError, match=words):
        students(tmp_path)
    with pytest.raises(ValueError, match="there is no folder"):
        students(tmp_path / "nowhere")


def read(tmp_path, told):
    path = tmp_path / "a.ipynb"
    path.write_bytes(told if isinstance(told, bytes) else json.dumps(told).encode())
    return code_of(path)


def test_code_is_read_however_it_is_saved(tmp_path):
    """As one text or as lines, with what Colab and VS Code add, without the names of cells."""
    colab = notebook(
        code(["x = 1\n", "x"], metadata={"id": "Xy", "outputId": "8"}), metadata={"colab": {}, "accelerator": "GPU"}
    )
    for cell in colab["cells"]:
        del cell["id"]
    vscode = notebook(code(CODE, metadata={"vscode": {"languageId": "python"}}), nbformat_minor=2)
    with_text = notebook({"cell_type": "markdown", "metadata": {}, "source": "text"}, code(CODE))
    assert read(tmp_path, colab) == read(tmp_path, vscode) == read(tmp_path, with_text) == [CODE]
    assert read(tmp_path, b"\xef\xbb\xbf" + json.dumps(with_text).encode()) == [CODE]


def test_a_notebook_of_the_old_form_is_read(tmp_path):
    new = nbformat.from_dict(notebook(code(CODE)))
    old = nbformat.convert(new, 3)
    assert "worksheets" in old and read(tmp_path, dict(old)) == [CODE]


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (b"PK\x03\x04", "not JSON"),
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        ([1, 2], "no cells"),
        ({"cells": {"a": 1}}, "no cells"),
        ({"nbformat": 4}, "no cells"),
        ({"worksheets": 3, "nbformat": 3}, "form of old notebooks"),
        ({"worksheets": [{"cells": [3]}], "nbformat": 3, "nbformat_minor": 0, "metadata": {}}, "form of old notebooks"),
    ],
)
def test_what_is_no_notebook_is_told_so(tmp_path, told, words):
    with pytest.raises(ValueError, match=words):
        read(tmp_path, told)


def test_odd_cells_are_passed_over(tmp_path):
    assert read(tmp_path, notebook(3, code(CODE), code(["a", 1]), code(None), {"cell_type": "code"})) == [
        CODE,
        "a",
        "",
        "",
    ]


def test_a_file_of_200_mb_is_not_read(tmp_path):
    path = tmp_path / "a.ipynb"
    with path.open("wb") as file:
        file.truncate(200 << 20)
    with pytest.raises(ValueError, match="has 200 MB; more than 64 MB are not read"):
        code_of(path)
