"""The house is in order: pins, licences, notebooks as they are stored, one address."""

import ast
import json
import re
import subprocess
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import nbformat
import pytest
import yaml
from citations import as_roles
from packaging.requirements import Requirement
from packaging.version import Version

from lmkit import widgets
from tests.book.browsing import ROOT
from tools import make_release
from tools.first_cell import first_cell
from tools.refresh_outputs import CHECKED, strip

CHAPTERS = sorted(ROOT.glob("chapters/*.ipynb"))
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda path: path.stem)
TEXT = {".css", ".html", ".ipynb", ".js", ".json", ".md", ".py", ".sh", ".toml", ".txt", ".yml", ""}


def our_files() -> list[Path]:
    """Every text file of the repository, as git would commit it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [ROOT / line for line in listed.stdout.splitlines()]
    return [path for path in paths if path.suffix in TEXT and path.is_file()]


@every_chapter
def test_every_chapter_starts_with_the_same_cell(chapter):
    cells = nbformat.read(chapter, as_version=4).cells
    first = next(cell for cell in cells if cell.cell_type == "code")
    assert first.source == first_cell()


@every_chapter
def test_the_body_of_every_chapter_has_at_most_four_thousand_words(chapter):
    """Counted without the cells of its exercises, and without HTML tags; a citation is one word."""
    cells = nbformat.read(chapter, as_version=4).cells
    body = [as_roles(cell.source) for cell in cells if cell.cell_type == "markdown" and "lmkit" not in cell.metadata]
    assert sum(len(re.sub(r"<[^>]+>", "", source).split()) for source in body) <= 4000


@every_chapter
def test_code_that_only_plots_or_asks_is_folded_in_jupyter_too(chapter):
    cells = [cell for cell in nbformat.read(chapter, as_version=4).cells if cell.cell_type == "code"]
    folded = [cell.id for cell in cells if cell.metadata.get("jupyter", {}).get("source_hidden")]
    assert folded and folded == [cell.id for cell in cells if only_plots(cell.metadata)]


def only_plots(metadata) -> bool:
    """Whether a cell draws a plot, shows code of lmkit, or asks for a guess: what a reader would hardly change."""
    return metadata.get("fold", "").startswith(("draws", "shows")) or "remove-input" in metadata.get("tags", [])


@every_chapter
def test_every_figure_has_a_name_by_which_python_reaches_it(chapter):
    cells = [cell for cell in nbformat.read(chapter, as_version=4).cells if cell.cell_type == "code"]
    last = [ast.parse(re.sub(r"^ +%", "    #", cell.source, flags=re.M) + "\n").body[-1] for cell in cells[1:]]
    called = [node.value.func for node in last if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)]
    assert [name.id for name in called if isinstance(name, ast.Name) and name.id in widgets.__all__] == []


@every_chapter
def test_every_chapter_is_valid_and_its_cells_keep_their_names(chapter):
    notebook = json.loads(chapter.read_text())
    nbformat.validate(notebook)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    names = [cell["id"] for cell in notebook["cells"]]
    assert len(set(names)) == len(names)


@every_chapter
def test_every_chapter_is_stored_without_what_a_run_leaves_behind(chapter):
    stored = nbformat.read(chapter, as_version=4)
    assert strip(nbformat.from_dict(json.loads(json.dumps(stored)))) == stored


@every_chapter
def test_every_checked_cell_has_a_stored_output(chapter):
    cells = nbformat.read(chapter, as_version=4).cells
    checked = [cell for cell in cells if CHECKED in cell.metadata.get("tags", [])]
    assert checked
    assert [cell.id for cell in checked if not cell.outputs] == []


def test_stripping_keeps_the_text_of_checked_cells_alone():
    picture = nbformat.v4.new_output("display_data", {"image/png": "aa", "text/plain": "<Figure>"})
    printed = nbformat.v4.new_output("stream", name="stdout", text="0.5")
    warned = nbformat.v4.new_output("stream", name="stderr", text="slow")
    outputs = [picture, printed, warned]
    checked = nbformat.v4.new_code_cell(outputs=outputs, execution_count=3, metadata={"tags": [CHECKED]})
    other = nbformat.v4.new_code_cell(outputs=outputs, execution_count=4)
    notebook = strip(nbformat.v4.new_notebook(cells=[checked, other], metadata={"widgets": {}}))
    assert [output.get("text", output.get("data")) for output in checked.outputs] == [
        {"text/plain": "<Figure>"},
        "0.5",
    ]
    assert (checked.execution_count, other.execution_count) == (1, None)
    assert (other.outputs, dict(notebook.metadata)) == ([], {})


def test_every_package_that_built_the_book_is_pinned():
    names = ("requirements.txt", "requirements-tests.txt", "requirements-bench.txt", "requirements-graders.txt")
    texts = [(ROOT / name).read_text() for name in names]
    lines = [line.split(" ;")[0] for text in texts for line in text.splitlines()]
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[\w.\-]+==[\w.]+", pin)] == []
    assert [pin for pin in pins if pin.startswith(("torch==", "jupyter-book=="))] == [
        "torch==2.13.0",
        "jupyter-book==1.0.4.post1",
    ]


def needed_by(name: str, seen: set[str]) -> list[Requirement]:
    """What a package needs, and what that needs, as the installed packages declare it."""
    if name in seen:
        return []
    seen.add(name)
    declared = [Requirement(text) for text in distribution(name).requires or []]
    active = [need for need in declared if need.marker is None or need.marker.evaluate({"extra": ""})]
    return active + [deeper for need in active for deeper in needed_by(need.name, seen)]


@pytest.mark.parametrize(("package", "older"), [("torch", "2.5.0"), ("numpy", "1.26.4")])
def test_installing_lmkit_leaves_an_older_torch_and_numpy_alone(package, older):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    ours = [Requirement(text) for text in project["dependencies"]]
    present = {"torch", "numpy"}  # come with the machine, and so does what they need
    theirs = [need for own in ours for need in needed_by(own.name, set(present))]
    bounds = [need for need in ours + theirs if need.name == package]
    assert bounds
    assert [str(bound) for bound in bounds if not bound.specifier.contains(Version(older))] == []


def test_lmkit_asks_for_lower_bounds_only():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    operators = {bound.operator for text in project["dependencies"] for bound in Requirement(text).specifier}
    assert operators == {">="}


def test_nothing_tells_a_reader_to_install_a_strangers_lmkit():
    strangers = re.compile(r"pip install[^\n]*(?<![\w./@-])lmkit(?![\w/.-])")
    itself = Path(__file__)
    assert [path for path in our_files() if path != itself and strangers.search(path.read_text())] == []


def test_the_address_of_the_book_is_stated_once():
    address = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
    stating = {path for path in our_files() if address in path.read_text()}
    assert stating == {ROOT / "_config.yml", *CHAPTERS}


def test_no_pin_names_the_place_where_it_was_found():
    for path in [*ROOT.glob("requirements*.txt"), ROOT / "package-lock.json"]:
        text = path.read_text()
        assert "index-url" not in text
        assert '"resolved"' not in text


def test_continuous_integration_calls_make_test_and_nothing_else():
    script = ROOT / ".ci/run"
    assert script.stat().st_mode & 0o111
    assert script.read_text() == '#!/bin/sh\ncd "$(dirname "$0")/.." && exec make test\n'


def test_the_workflows_call_make_targets_and_nothing_else_of_ours():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    called = {command for path in WORKFLOWS for command in commands_of(path) if not command.startswith("gh release")}
    assert called == {"make book", "make test", "make test-latest", "make test-graders", "make release"}
    assert {command.removeprefix("make ") for command in called} <= targets


WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))


def commands_of(path: Path) -> list[str]:
    """What the steps of a workflow run."""
    jobs = yaml.safe_load(path.read_text())["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


def test_the_citation_and_the_changelog_know_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert make_release.version() == version
    assert make_release.notes((ROOT / "CHANGELOG.md").read_text(), version)


def test_a_release_under_another_tag_is_refused(monkeypatch):
    monkeypatch.setenv("TAG", "v99.0")
    with pytest.raises(SystemExit, match="the tag is v99.0, but .* the tag must be v"):
        make_release.version()


def test_the_notes_of_a_version_are_its_section_of_the_changelog():
    changelog = "# Changes\n\n## 0.2.0, today\n\n- new\n\n## 0.1.0\n\n- old\n"
    assert make_release.notes(changelog, "0.2.0") == "- new\n"
    assert make_release.notes(changelog, "0.1.0") == "- old\n"
    with pytest.raises(SystemExit, match="no section '## 0.3.0'"):
        make_release.notes(changelog, "0.3.0")


def test_the_four_lists_for_contributors_name_files_that_are_there():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    named = set(re.findall(r"`([\w./]+/(?:[\w.]+)?|[\w./]+\.(?:py|md|bib|toml|yml|js|cff))`", text))
    there = {name for name in named if not re.search(r"\bname\b|NAME|NN_|CHAPTER|^dist/", name)}
    assert len(there) > 10
    assert [name for name in sorted(there) if not found(name)] == []


def found(name: str) -> list[Path]:
    """Where a file of that name lies, from the root or from the folder that the text speaks of."""
    folders = (ROOT, ROOT / "lmkit/widgets", ROOT / "book")
    return [folder / name for folder in folders if (folder / name).exists()]


OTHERWISE = re.compile(r"layer (?:\d+|\$?\{[\w.]+\}),? (?:head|neuron) (?:\d+|\$?\{[\w.:]+\})", re.IGNORECASE)
IN_WORDS = ("aria-valuetext", "counted from 0", "trace.attentions[3][0, 1]")  # spoken, or an explanation


def test_heads_and_neurons_have_one_kind_of_name():
    """L1 · H10 and L3 · 508, in figures, chapters, messages and docstrings."""
    sources = [path for kind in ("*.py", "*.js") for path in (ROOT / "lmkit").rglob(kind) if "static" not in path.parts]
    texts = [ROOT / "README.md", *(ROOT / "chapters").glob("*.ipynb"), *(ROOT / "book").glob("*.md"), *sources]
    lines = [(path.name, line) for path in texts for line in path.read_text("utf-8").splitlines()]
    assert len(lines) > 10_000
    assert [line for line in lines if OTHERWISE.search(line[1]) and not any(word in line[1] for word in IN_WORDS)] == []
