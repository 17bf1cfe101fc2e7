"""Run the comparisons, print them, and keep them for the book in benchmarks/results.json."""

import json
import platform
from importlib.metadata import version
from pathlib import Path

from benchmarks import head_viewers

RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """Measure, print, write."""
    results = {
        "versions": {package: version(package) for package in ["torch", "transformers", "bertviz"]},
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "bytes_a_weight": head_viewers.bytes_a_weight(),
        "seconds_to_visible": head_viewers.seconds_to_visible(),
    }
    print("\nHead viewers, 6 layers of 12 heads                       lmkit   bertviz   times")
    for kind, measured in results["bytes_a_weight"].items():
        _print_row(f"bytes a weight in the page, {kind}, T = 64", measured)
    _print_row("seconds until visible, dense, T = 128", results["seconds_to_visible"])
    RESULTS.write_text(json.dumps(results, indent=2) + "\n")
    print(f"\nWritten to {RESULTS.relative_to(Path.cwd())}")


def _print_row(what: str, measured: dict[str, float]) -> None:
    ours, theirs = measured["lmkit"], measured["bertviz"]
    print(f"{what:54} {ours:7.2f} {theirs:9.2f} {theirs / ours:7.1f}")


if __name__ == "__main__":
    main()
