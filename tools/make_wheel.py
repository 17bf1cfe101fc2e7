"""Build the wheel of lmkit into a folder: python tools/make_wheel.py FOLDER

From a copy of what belongs into it, because setuptools leaves a build folder beside the sources, and what lay in that
folder yesterday would be in today's wheel.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
NOT_PYTHON = shutil.ignore_patterns("__pycache__", "js")  # js/ holds the sources of widgets/static/


def make_wheel(folder: Path) -> Path:
    """Build it, without a network: with the setuptools that is installed.

    Returns:
        The path of the wheel; one of an earlier version is removed.
    """
    with tempfile.TemporaryDirectory() as copy:
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, copy)
        shutil.copytree(ROOT / "lmkit", Path(copy, "lmkit"), ignore=NOT_PYTHON)
        shutil.rmtree(folder, ignore_errors=True)
        options = ["--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder.absolute())]
        subprocess.run([sys.executable, "-m", "pip", "wheel", *options, copy], check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Build the wheel of lmkit.")
    parser.add_argument("folder", type=Path, help="what lies in it is replaced")
    print(make_wheel(parser.parse_args().folder))
