"""Lay into dist/ what a release carries: the wheel, the built book as one file, and the notes of this version.

`make release` calls it after `make book`. How a release is made is told in CONTRIBUTING.md.
"""

import os
import re
import shutil
import tomllib
from pathlib import Path

import yaml

from tools.make_wheel import make_wheel

ROOT = Path(__file__).parents[1]


def version() -> str:
    """The version that pyproject.toml states.

    Raises:
        SystemExit: CITATION.cff states another, or the tag that is being released does.
    """
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    cited = str(yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))["version"])
    if cited != stated:
        raise SystemExit(f"CITATION.cff says version {cited}, pyproject.toml {stated}: make them the same")
    tag = os.environ.get("TAG", f"v{stated}")
    if tag != f"v{stated}":
        raise SystemExit(f"the tag is {tag}, but pyproject.toml says version {stated}: the tag must be v{stated}")
    return stated


def notes(changelog: str, version: str) -> str:
    """The section of one version.

    Raises:
        SystemExit: the changelog has none.
    """
    found = re.search(rf"^## {re.escape(version)}\b.*\n([\s\S]*?)(?=^## |\Z)", changelog, re.M)
    if found is None:
        raise SystemExit(f"CHANGELOG.md has no section '## {version}': rename '## To come', and begin a new one")
    return found[1].strip() + "\n"


def make_release(folder: Path) -> None:
    """Build all of it; what lay in the folder is replaced."""
    number = version()
    text = notes((ROOT / "CHANGELOG.md").read_text("utf-8"), number)
    make_wheel(folder)
    shutil.make_archive(str(folder / f"inside-language-models-{number}-book"), "zip", ROOT / "_build" / "html")
    (folder / "notes.md").write_text(text, "utf-8")
    print(*sorted(path.name for path in folder.iterdir()), sep="\n")


if __name__ == "__main__":
    make_release(ROOT / "dist")
