"""Experiments that take longer than a reader of a chapter would wait: run by a command, recorded, read by the chapters.

    python -m lmkit.experiments NAME

runs `lmkit/experiments/NAME.py`, which gives its results as a dictionary, and records them beside it with the machine
and the versions that gave them. `recorded(NAME)` reads them again, so that a page shows no number that was not run.
"""

import json
import platform
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def recorded(name: str) -> dict:
    """Read the results of an experiment: "results", "machine", "versions" and "cpu_seconds".

    Raises:
        FileNotFoundError: nothing is recorded under this name. The text lists the names, and how to record one.
    """
    path = RESULTS / f"{name}.json"
    if not path.exists():
        names = ", ".join(sorted(path.stem for path in RESULTS.glob("*.json")))
        raise FileNotFoundError(
            f"no experiment {name!r} is recorded; there are: {names}. To record one: python -m lmkit.experiments {name}"
        )
    return json.loads(path.read_text("utf-8"))


def record(name: str, results: dict, cpu_seconds: float) -> Path:
    """Write the results of an experiment, and where they come from."""
    facts = {
        "results": results,
        "cpu_seconds": round(cpu_seconds),
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": {package: version(package) for package in ("torch", "transformers")},
    }
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path
