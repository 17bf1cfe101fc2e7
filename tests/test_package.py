"""The package: quick to import, with one version and a few public names."""

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import lmkit
from tools.make_wheel import make_wheel

ROOT = Path(__file__).parents[1]


def in_a_fresh_python(code: str) -> str:
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return run.stdout.strip()


def test_importing_lmkit_loads_neither_torch_nor_transformers():
    code = "import lmkit, sys; print({'torch', 'transformers'} & sys.modules.keys())"
    assert in_a_fresh_python(code) == "set()"


def test_importing_lmkit_takes_less_than_two_seconds():
    code = "import time; t = time.perf_counter(); import lmkit; print(time.perf_counter() - t)"
    assert float(in_a_fresh_python(code)) < 2


def test_tracing_and_loading_need_no_transformers_until_a_model_of_theirs_is_used():
    code = "import lmkit, sys; lmkit.trace; lmkit.load; print('transformers' in sys.modules)"
    assert in_a_fresh_python(code) == "False"


@pytest.mark.parametrize("name", ["trace", "Trace", "load", "Pretrained", "MissingModel"])
def test_a_public_name_is_there_and_is_listed(name):
    assert getattr(lmkit, name).__module__.startswith("lmkit.")
    assert name in dir(lmkit)


def test_a_module_is_imported_from_the_package_as_usual():
    code = "from lmkit.inside import heads; print(heads.__name__)"
    assert in_a_fresh_python(code) == "lmkit.inside.heads"


def test_a_name_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(AttributeError, match="lmkit has no 'trase'; it has .*trace"):
        lmkit.trase  # noqa: B018


def test_the_version_is_that_of_the_distribution():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == lmkit.__version__


def test_the_wheel_brings_every_file_that_lmkit_needs(tmp_path):
    """What `pip install` gives a reader, who has no checkout: code, weights, records, the bundle of the figures."""
    brought = files_of(make_wheel(tmp_path / "wheel"))
    needed = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "lmkit").rglob("*")
        if path.is_file() and not {"__pycache__", "js"} & set(path.parts)
    }
    assert any(name.endswith(".safetensors") for name in needed)
    assert brought == needed


def test_the_wheel_lies_beside_the_pages_under_the_name_that_they_give_it():
    (wheel,) = (ROOT / "_build/html/wheel").glob("*.whl")
    assert f'href="../wheel/{wheel.name}"' in (ROOT / "_build/html/book/architecture.html").read_text("utf-8")
    assert wheel.name == f"inside_language_models-{lmkit.__version__}-py3-none-any.whl"
    assert "lmkit/shelf/weights/book.safetensors" in files_of(wheel)


def files_of(wheel):
    """The names of all files of lmkit in a wheel."""
    return {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("lmkit/")}
