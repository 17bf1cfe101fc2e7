"""What other programs read has the columns and the forms that their documents ask for."""

import csv
import json
import subprocess
import sys

import pytest

from lmkit.check.report import Finding, Report, right
from lmkit.classroom.__main__ import main
from lmkit.classroom.exports import export
from tests.classroom.graded import marked

HALF = (right("Right for one of two.", 0.25), Finding("upper-half", "It is the <wrong> half."))
VISIBILITY = {"hidden", "after_due_date", "after_published", "visible"}  # Gradescope's specification, as below
FORMATS = {"text", "html", "simple_format", "md", "ansi"}
TOP = {"score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility"}
TOP |= {"stdout_visibility", "extra_data", "tests", "leaderboard"}
TEST = {"score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags"}
TEST |= {"visibility", "extra_data"}


def rows(a_class, form, *students, title=""):
    """The rows that are written, and what is to be done with them."""
    a_class.grade(*students)
    path = a_class.folder / f"{form}.csv"
    said = export(a_class.grades, a_class.release, form, path, title)
    assert path.read_bytes()[:3] != b"\xef\xbb\xbf"
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file)), said


def test_canvas_finds_its_columns_and_the_points(a_class):
    """A head with Student, ID and Section in their places; then a row that begins with Points Possible."""
    found, said = rows(a_class, "canvas", marked("ada", causal_mask=HALF), marked("bob"), title="Attention (4711)")
    head, possible, *students = found
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Attention (4711)"]
    assert possible[0].strip() == "Points Possible" and possible[5] == "6" and not any(possible[1:5])
    assert [(row[0], row[3], row[5]) for row in students] == [("ada", "ada", "4.5"), ("bob", "bob", "6")]
    assert {len(row) for row in found} == {6} and said.startswith("In Canvas: ")


def test_canvas_gets_its_own_number_of_a_student_back(a_class):
    found, _ = rows(a_class, "canvas", marked("lovelaceada_1204"), marked("b_77"))
    assert [row[:4] for row in found[2:]] == [
        ["lovelaceada_1204", "1204", "", "lovelaceada_1204"],
        ["b_77", "77", "", "b_77"],
    ]
    assert found[0][5] == "02_attention"


def test_where_not_every_name_has_a_number_none_is_taken_for_one(a_class):
    found, _ = rows(a_class, "canvas", marked("lovelaceada_1204"), marked("bob"))
    assert [row[1] for row in found[2:]] == ["", ""]


def test_moodle_gets_who_the_grade_and_the_feedback(a_class):
    found, said = rows(a_class, "moodle", marked("ada", causal_mask=HALF), title="Week 2")
    assert found[0] == ["Username", "Week 2", "Week 2 (feedback)"]
    assert found[1][:2] == ["ada", "4.5"] and "Map from Username" in said
    assert found[1][2].endswith("not right yet, upper-half.")


def test_moodle_finds_students_by_their_addresses(a_class):
    found, said = rows(a_class, "moodle", marked("ada@example.org"), marked("bob@example.org"))
    assert [row[0] for row in found] == ["Email address", "ada@example.org", "bob@example.org"]
    assert "Map from Email address" in said


def test_moodle_gets_its_worksheet_back_where_its_names_were_kept(a_class):
    """Identifier, Grade, and when the grade was changed must be there; an identifier ends in the number."""
    one, two = "Ada Lovelace_77_assignsubmission_file", "Bob B_78_assignsubmission_file_"
    found, said = rows(a_class, "moodle", marked(one, causal_mask=HALF), marked(two))
    head, ada, bob = found
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(head)
    assert dict(zip(head, ada, strict=True)) | {"Feedback comments": ""} == {
        "Identifier": "Participant 77",
        "Full name": "Ada Lovelace",
        "Grade": "4.5",
        "Maximum grade": "6",
        "Last modified (grade)": "",
        "Feedback comments": "",
    }
    assert bob[:3] == ["Participant 78", "Bob B", "6"] and "worksheet" in said


def test_what_moodle_reads_as_html_is_none(a_class):
    forged = Report("causal_mask", "<script>", (Finding("<b>", "<i>"),))
    found, _ = rows(a_class, "moodle", marked("ada", causal_mask=forged))
    assert "<" not in found[1][2] and "&lt;script&gt;" in found[1][2]


@pytest.mark.parametrize("form", ["canvas", "moodle"])
@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "＝1", "=cmd|' /C calc'!A0"])
def test_no_cell_is_a_formula(a_class, form, name):
    found, _ = rows(a_class, form, marked(name), title=name)
    cells = [cell for row in found for cell in row]
    assert "'" + name in cells and not any(cell.strip().startswith(("=", "+", "-", "@", "＝")) for cell in cells)


def results(a_class, *students):
    a_class.grade(*students)
    said = export(a_class.grades, a_class.release, "gradescope", a_class.folder / "results")
    assert "results.json" in said
    paths = sorted((a_class.folder / "results").iterdir())
    return {path.name: json.loads((path / "results.json").read_text("utf-8")) for path in paths}


def test_gradescope_gets_what_its_specification_knows_and_no_more(a_class):
    found = results(a_class, marked("ada", causal_mask=HALF), marked("bob"))
    assert list(found) == ["ada", "bob"]
    for one in found.values():
        assert set(one) <= TOP and isinstance(one["output"], str)
        assert one["visibility"] in VISIBILITY and one["output_format"] in FORMATS
        for test in one["tests"]:
            assert set(test) <= TEST and test["status"] in {"passed", "failed"}
            assert type(test["score"]) in (int, float) and 0 <= test["score"] <= test["max_score"]


def test_gradescope_shows_each_exercise_with_its_points_and_the_report(a_class):
    one, two = results(a_class, marked("ada", causal_mask=HALF))["ada"]["tests"]
    assert (one["score"], one["max_score"], one["status"]) == (4, 4, "passed")
    assert (two["score"], two["max_score"], two["status"]) == (0.5, 2, "failed")
    assert "✗ It is the <wrong> half." in two["output"]


def test_texts_for_gradescope_are_plain(a_class):
    """As text, nothing in them is markup; in the other forms it could be."""
    forged = Finding("\x1b[31m", "\x1b[31m", "\x1b[31m")
    printed = Report("causal_mask", "t\x1b", (*HALF, forged), "<script>\x1b[31m")
    one = results(a_class, marked("ada", causal_mask=printed, notes=("\u202ex",)))["ada"]
    assert {one["output_format"], one["test_output_format"], one["test_name_format"]} == {"text"}
    assert not any("\x1b" in str(value) for test in one["tests"] for value in test.values())
    assert "\u202e" not in one["output"]
    assert not any("format" in key for test in one["tests"] for key in test)


def test_that_marks_are_of_practice_mode_is_said(a_class):
    for kind in ("bwrap", "practice"):
        a_class.grade(marked("ada"), marked("bob", kind=kind))
        said = export(a_class.grades, a_class.release, "canvas", a_class.folder / "canvas.csv")
        assert said.endswith("Mind: practice mode, not for grading.") == (kind == "practice")


def test_points_by_hand_above_the_most_are_handed_on(a_class):
    a_class.grade(marked("ada"))
    a_class.change("ada,4,2,6", "ada,5,2,6")
    assert results(a_class, marked("ada"))["ada"]["tests"][0]["score"] == 5


def test_who_was_not_marked_gets_the_points_of_the_table(a_class):
    found = marked("ada")
    found.reports.clear()
    one = results(a_class, found)["ada"]["tests"][0]
    assert (one["score"], one["status"], one["output"]) == (0, "failed", "This exercise was not marked.")


@pytest.mark.parametrize("name", ["../x", "CON", "a/b"])
def test_odd_names_stay_in_the_folder(a_class, name):
    results(a_class, marked(name))
    (path,) = a_class.folder.rglob("results.json")
    assert path.parents[1] == a_class.folder / "results"


@pytest.fixture
def run(a_class, capsys):
    """A function that runs a command on a graded class, and gives what it says."""
    a_class.grade(marked("ada", causal_mask=HALF))

    def run(*words):
        main([*words[:1], str(a_class.grades), "--release", str(a_class.release), *words[1:]])
        return capsys.readouterr().out

    return run


def test_the_commands_write_what_they_say(run, a_class):
    folder = a_class.folder
    assert run("feedback", "-o", str(folder / "feedback")) == f"{folder / 'feedback'}: a page for each of 1 students\n"
    assert sorted(path.name for path in (folder / "feedback").iterdir()) == ["ada.html", "ada.md"]
    assert run("report", "-o", str(folder / "r.html")).endswith(f"\n\nThe page: {folder / 'r.html'}\n")
    assert (folder / "r.html").exists()
    said = run("export", "--for", "canvas", "-o", str(folder / "c.csv"), "--title", "Week 2 (3)")
    assert said.startswith(f"{folder / 'c.csv'}: In Canvas") and "Week 2 (3)" in (folder / "c.csv").read_text()


def test_a_table_of_groups_beside_the_grades_is_read(run, a_class):
    (a_class.folder / "groups.csv").write_text("student,group\nada,Monday\n")
    assert "Monday 1 of 1" in run("report", "-o", str(a_class.folder / "r.html"))


@pytest.mark.parametrize("command", [["feedback"], ["report"], ["export", "--for", "moodle", "-o", "x.csv"]])
def test_a_table_that_is_not_there_is_told_in_one_line(command, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main([command[0], "grades.csv", *command[1:]])
    assert ended.value.code == 1
    assert capsys.readouterr().err.startswith("there is no grades.csv: ") and list(tmp_path.iterdir()) == []


def test_what_every_worker_loads_does_not_draw():
    code = "import sys, lmkit.classroom.__main__; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
