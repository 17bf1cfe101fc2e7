"""What nbgrader and otter are given. That they take it, and mark by it as they should, tools/try_graders.py tries."""

import ast
import builtins
import dis
import re
import sys
from pathlib import Path

import nbformat
import pytest
import torch
import yaml

from lmkit import check
from lmkit.check.report import Report
from lmkit.classroom import __main__
from lmkit.classroom.graders import marks
from lmkit.classroom.links import LINK
from lmkit.classroom.notebooks import exercise_of, functions_in, read, role_of, text_of
from lmkit.classroom.release import exercises_in, release
from lmkit.classroom.views import code_of

ROOT = Path(__file__).parents[2]
CHAPTERS = [
    path for path in sorted((ROOT / "chapters").glob("*.ipynb")) if '"role": "exercise"' in path.read_text("utf-8")
]
ATTENTION = ROOT / "chapters" / "02_attention.ipynb"
WORTH = {"split_heads": 3, "multi_head": 0.7, "attention_cost": 0}  # one point each of the others

for_every_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    (folder / "lmkit.whl").write_bytes(b"a wheel")
    names = [name for path in CHAPTERS for name in exercises_in(read(path))]
    (folder / "mine.toml").write_text("[points]\n" + "\n".join(f"{name} = {WORTH.get(name, 1)}" for name in names))
    graders = ["nbgrader", "otter"]
    release(CHAPTERS, [], folder / "lmkit.whl", folder / "out", folder / "mine.toml", graders)
    return folder / "out"


def course_of(out, path):
    return out / "nbgrader" / "source" / path.stem / path.name


def master_of(out, path):
    return out / "otter" / path.stem / path.name


def cells_of(notebook, role):
    return {exercise_of(cell): cell for cell in notebook["cells"] if role_of(cell) == role}


def for_students(text):
    """A stub without its solution, as both tools take it out: the lines between the two that they know."""
    return re.sub(r"\n# BEGIN SOLUTION NO PROMPT\n.*\n# END SOLUTION$", "", text, flags=re.DOTALL)


@for_every_chapter
@pytest.mark.parametrize("place", [course_of, master_of])
def test_both_are_notebooks_with_the_wheel_beside_them(out, path, place):
    notebook = nbformat.read(place(out, path), nbformat.NO_CONVERT)
    assert list(nbformat.validator.iter_validate(notebook)) == []
    assert (place(out, path).parent / "lmkit.whl").read_bytes() == b"a wheel"
    assert 'source = "lmkit.whl"' in next(cell.source for cell in notebook.cells if cell.cell_type == "code")


@for_every_chapter
@pytest.mark.parametrize("place", [course_of, master_of])
def test_each_stub_is_that_of_the_chapter_and_its_solution_follows(out, path, place):
    chapter, made = read(path), read(place(out, path))
    stubs, solutions = cells_of(chapter, "stub"), cells_of(chapter, "solution")
    found = cells_of(made, "stub")
    assert list(found) == list(stubs) != []
    for name, cell in found.items():
        text = text_of(cell)
        assert for_students(text) == text_of(stubs[name])
        follows = text.split("\n# BEGIN SOLUTION NO PROMPT\n")[1]
        assert follows == f"\n\n{code_of(text_of(solutions[name]))}\n# END SOLUTION"


@for_every_chapter
@pytest.mark.parametrize("place", [course_of, master_of])
def test_statements_and_hints_are_those_of_the_chapter_and_folded_solutions_are_gone(out, path, place):
    """But for links, since what they lead to is left out there."""
    chapter, made = read(path), read(place(out, path))
    for role in ("exercise", "hints"):
        texts = [{name: text_of(cell) for name, cell in cells_of(each, role).items()} for each in (chapter, made)]
        assert {name: LINK.sub(r"\1", text) for name, text in texts[0].items()} == texts[1]
    assert not cells_of(made, "solution")


@for_every_chapter
def test_each_solution_finds_what_it_needs_in_the_notebook_alone(out, path):
    """Without the rest of the chapter."""
    code = [text_of(cell) for cell in read(course_of(out, path))["cells"] if cell["cell_type"] == "code"][1:]
    there: dict = {}
    exec(code[0], there)  # what the chapter imports
    for cell in cells_of(read(course_of(out, path)), "stub").values():
        exec(text_of(cell), there)
        missing = set(read_in(compile(text_of(cell), "cell", "exec"))) - set(there) - set(dir(builtins))
        assert missing == set()


def read_in(code):
    """The global names that a program reads."""
    yield from (step.argval for step in dis.get_instructions(code) if step.opname in {"LOAD_GLOBAL", "LOAD_NAME"})
    for inner in code.co_consts:
        if hasattr(inner, "co_code"):
            yield from read_in(inner)


# --- nbgrader ---


@for_every_chapter
def test_nbgrader_knows_the_stub_and_the_test_of_each_exercise(out, path):
    known = [cell["metadata"].get("nbgrader") for cell in read(course_of(out, path))["cells"]]
    known = {told["grade_id"]: told for told in known if told}
    names = exercises_in(read(path))
    assert list(known) == [each for name in names for each in (name, f"{name}-test")]
    for name in names:
        assert (known[name]["solution"], known[name]["grade"], known[name]["locked"]) == (True, False, False)
        test = known[f"{name}-test"]
        assert (test["solution"], test["grade"], test["locked"]) == (False, True, True)
        assert test["points"] == WORTH.get(name, 1)
        assert test["schema_version"] == known[name]["schema_version"] == 3


def marked_cells(out, path):
    """The cells that nbgrader marks."""
    cells = read(course_of(out, path))["cells"]
    return [text_of(cell) for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]


@for_every_chapter
def test_of_nbgraders_test_a_student_gets_a_comment(out, path):
    for text in marked_cells(out, path):
        shown = re.sub("### BEGIN HIDDEN TESTS\n.*\n### END HIDDEN TESTS", "", text, flags=re.DOTALL)
        assert ast.parse(shown).body == [] and text.count("HIDDEN TESTS") == 2


def test_nbgraders_test_prints_the_report_and_ends_with_the_points(out, capsys):
    """A number as the last line of a cell is its mark."""
    tests = {re.search(r"points\('(\w+)'", text)[1]: text for text in marked_cells(out, ATTENTION)}
    lines = ast.parse(tests["split_heads"]).body
    there = {
        "split_heads": lambda x, n: x.view(*x.shape[:2], n, -1).transpose(1, 2),
        "merge_heads": lambda x: x.transpose(1, 2).flatten(2),
    }
    exec(compile(ast.Module(lines[:-1], []), "test", "exec"), there)
    last = compile(ast.Expression(lines[-1].value), "test", "eval")
    assert eval(last, there) == 3.0
    assert capsys.readouterr().out.startswith("Splitting and merging heads: done\n")


def test_points_are_short_numbers_and_never_more_than_the_worth():
    def wrong(n):
        return torch.ones(n, n, dtype=torch.bool).triu()

    exercise = check.EXERCISES["causal_mask"]
    assert marks.points("causal_mask", wrong, seed=4, worth=0.7) == 0.110833
    assert marks.points("causal_mask", exercise.variant(), seed=4, worth=2 / 3) == 2 / 3


def test_what_nbgrader_would_hold_against_an_answer_is_not_written(capfd):
    def causal_mask(n):
        print("mind", file=sys.stderr)  # as warnings do
        return torch.ones(n, n, dtype=torch.bool).tril()

    assert marks.points("causal_mask", causal_mask, seed=4, worth=2) == 2
    assert capfd.readouterr().err == ""


def test_nbgrader_is_told_to_leave_the_stub_and_to_put_tests_back(out):
    config = (out / "nbgrader" / "nbgrader_config.py").read_text("utf-8")
    told: dict = {}

    class Section(dict):
        def __setattr__(self, name, value):
            told[name] = value

    class Config:
        def __getattr__(self, name):
            return Section()

    exec(config, {"get_config": Config})
    assert told == {"code_stub": {"python": ""}, "add_missing_cells": True, "timeout": 60}


# --- otter ---


@for_every_chapter
def test_otter_is_told_where_each_question_begins_and_ends(out, path):
    raw = [text_of(cell) for cell in read(master_of(out, path))["cells"] if cell["cell_type"] == "raw"]
    assert raw[0].split("\n")[0] == "# ASSIGNMENT CONFIG"
    told = yaml.safe_load(raw[0])
    assert told["files"] == ["lmkit.whl"] and told["tests"] == {"ok_format": False} and told["python_version"] == "3.12"
    one = ["# BEGIN QUESTION", "# BEGIN SOLUTION", "# END SOLUTION", "# BEGIN TESTS", "# END TESTS", "# END QUESTION"]
    names = exercises_in(read(path))
    assert [text.split("\n")[0] for text in raw[1:]] == one * len(names)
    assert [yaml.safe_load(text)["name"] for text in raw if "\n" in text and "QUESTION" in text] == names


def cases_in(out, path):
    """For each exercise its test cells: the settings of each, and its function."""
    found: dict = {}
    for cell in read(master_of(out, path))["cells"]:
        name = yaml.safe_load(text_of(cell))["name"] if text_of(cell).startswith("# BEGIN QUESTION") else None
        if name:
            cases = found[name] = []
        if "# BEGIN TEST CONFIG" in text_of(cell):
            head, function = ast.parse(text_of(cell)).body
            cases.append((yaml.safe_load(head.value.value), function))
    return found


@for_every_chapter
def test_otters_cases_are_functions_of_the_answers_and_their_points_are_those_of_the_exercise(out, path):
    """One is shown and worth nothing, the others are hidden."""
    asked = {name: functions_in(cell) for name, cell in cells_of(read(path), "check").items()}
    found = cases_in(out, path)
    assert list(found) == list(asked)
    for name, ((shown, _), *hidden) in found.items():
        assert shown == {"points": 0}
        assert all(told["hidden"] for told, _ in hidden)
        assert sum(told["points"] for told, _ in hidden) == pytest.approx(WORTH.get(name, 1), abs=1e-9)
        assert len({function.name for _, function in found[name]}) == len(found[name]) >= 3
        for _, function in found[name]:
            assert [argument.arg for argument in function.args.args] == asked[name]


def passed(cases, answers):
    """The points of those cases that pass, and whether the first, which is shown, does."""
    there: dict = {}
    results = []
    for told, function in cases:
        exec(compile(ast.Module([function], []), "case", "exec"), there)
        try:
            there[function.name](*answers)
            results.append(told["points"])
        except AssertionError as error:
            results.append(None)
            assert not error.args or "not right yet" in str(error.args[0])
    return sum(filter(None, results)), results[0] is not None


def test_an_answer_earns_with_otter_what_it_earns_by_its_report(out):
    """Each answer of the banks with one mistake, of the exercises that take one function; and the right one."""
    partly = 0
    for name, cases in cases_in(out, ATTENTION).items():
        exercise, worth = check.EXERCISES[name], WORTH.get(name, 1)
        if exercise.observe:
            continue
        assert passed(cases, [exercise.variant()]) == (pytest.approx(worth), True)
        for mistake in exercise.misconceptions[::3]:
            answer = exercise.variant((mistake,))
            report = getattr(check, name)(answer, seed=seed_in(cases))
            earned, shown = passed(cases, [answer])
            assert earned == pytest.approx(worth * report.score, abs=1e-5) and not shown
            partly += 0 < report.score < 1
    assert partly >= 5


def seed_in(cases):
    (seed,) = {int(re.search(r"seed=(\d+)", ast.unparse(function))[1]) for _, function in cases[1:]}
    return seed


def test_the_report_of_an_answer_is_made_once_for_its_parts(monkeypatch):
    made = []

    def gelu(*given, seed):
        made.append((given, seed))
        return Report("gelu", "GELU", ())

    monkeypatch.setattr(check, "gelu", gelu, raising=False)
    one, other = torch.relu, torch.tanh
    for answer, seed in [(one, 1), (one, 1), (other, 1), (other, 2), (other, 2), (one, 1)]:
        marks.report_on("gelu", (answer,), seed)
    assert made == [((one,), 1), ((other,), 1), ((other,), 2), ((one,), 1)]


@pytest.mark.parametrize("name", check.EXERCISES)
def test_the_parts_of_an_exercise_are_worth_all_of_it(name):
    parts = marks.parts_of(check.EXERCISES[name], seed=1)
    assert sum(parts.values()) == pytest.approx(1)
    assert parts["done"] == pytest.approx(0.4 if check.EXERCISES[name].properties else 0.5)


# --- The release ---


def test_both_try_the_same_numbers_which_are_not_those_that_students_can_try(out):
    seeds = {seed_in(cases) for path in CHAPTERS for cases in cases_in(out, path).values()}
    texts = [text for path in CHAPTERS for text in marked_cells(out, path)]
    assert {int(re.search(r"seed=(\d+)", text)[1]) for text in texts} == seeds
    assert len(seeds) == 1 and seeds <= set(range(1, 100))


def test_the_file_of_points_is_that_of_the_release(out):
    assert (out / "points.toml").read_text() == (out.parent / "mine.toml").read_text()


def test_points_of_other_exercises_are_refused_before_anything_is_written(tmp_path):
    (tmp_path / "points.toml").write_text("[points]\ngelu = 2\n")
    with pytest.raises(ValueError, match="points.toml: unknown: gelu; missing: causal_mask"):
        release([ATTENTION], ["causal_mask"], tmp_path / "a.whl", tmp_path / "out", tmp_path / "points.toml")
    assert not (tmp_path / "out").exists()


def test_the_command_makes_the_folders_that_are_asked_for(tmp_path, monkeypatch):
    script = tmp_path / "make_wheel.py"
    script.write_text("import pathlib, sys\npathlib.Path(sys.argv[1], 'lmkit.whl').write_text('a wheel')\n")
    monkeypatch.setattr(__main__, "MAKES_THE_WHEEL", script)
    asked = {"one": ["--otter"], "two": ["--nbgrader", "--otter"], "none": []}
    for folder, options in asked.items():
        __main__.main(["release", str(ATTENTION), "--exercises", "causal_mask", "-o", str(tmp_path / folder), *options])
        made = {path.name for path in (tmp_path / folder).iterdir() if path.is_dir()} - {"students", "teacher"}
        assert made == {option.removeprefix("--") for option in options}


@pytest.mark.parametrize("name", ["nbgrader", "otter"])
def test_each_folder_has_the_commands_and_says_what_the_tool_does_not_withstand(out, name):
    said = " ".join((out / name / "README.md").read_text("utf-8").split())
    assert "runs an answer as you, in the process that marks it" in said
    assert "01_tokens" in said and "{chapter}" not in said
