"""Run the comparisons, print them, and keep them for the book in benchmarks/results.json.

    python -m benchmarks                     all of them
    python -m benchmarks training tracing    these; the results of the others stay
    python -m benchmarks --nanogpt ../nanoGPT --before ../older/_build/html
"""

import argparse
import importlib
import json
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks import machine
from benchmarks.tables import TABLES

RESULTS = Path(__file__).parent / "results.json"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what was asked for, one after the other; each result is kept as soon as it is there."""
    options = _parse(arguments)
    torch.set_num_threads(1)
    for name in options.names or TABLES:
        result = measure(name, options)
        keep(name, result)
        print(f"\n{TABLES[name](result).text()}\n")
    print(f"Written to {RESULTS}")


def measure(name: str, options: argparse.Namespace) -> dict:
    """Run one comparison; only here its peers are imported."""
    peers = {"training": {"checkout": options.nanogpt}, "pages": {"before": options.before}}
    return importlib.import_module(f"benchmarks.{name}").measure(**peers.get(name, {}))


def keep(name: str, result: dict) -> None:
    """Write a result and its machine beside the results of the others."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[name] = {"machine": machine.describe(), "result": result}
    RESULTS.write_text(json.dumps(_rounded(results), indent=2, ensure_ascii=False) + "\n")


def _rounded(value: object) -> object:
    """Drop the digits that mean nothing, so that the file is easy to read."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list) else value


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure this project beside others.")
    known = ", ".join(TABLES)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which ones, of {known}; all unless given")
    parser.add_argument("--nanogpt", type=Path, help="a checkout of nanoGPT, to train beside it")
    parser.add_argument("--before", type=Path, help="an older build of the book, to open its pages beside today's")
    options = parser.parse_args(arguments)
    if unknown := set(options.names) - set(TABLES):
        parser.error(f"there is no {', '.join(sorted(unknown))}: name some of {known}")
    return options


if __name__ == "__main__":
    main()
