"""The command line: python -m lmkit.experiments NAME [NAME ...]"""

import argparse
import time
from importlib import import_module
from pathlib import Path

from lmkit.experiments import record


def names() -> list[str]:
    """List the experiments: every module here is one."""
    return sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))


def main() -> None:
    """Run the experiments that the command line names, one after the other, and record each."""
    there_are = names()
    parser = argparse.ArgumentParser(prog="python -m lmkit.experiments", description="Run and record an experiment.")
    parser.add_argument("names", nargs="+", choices=there_are, metavar="NAME", help=", ".join(there_are))
    for name in parser.parse_args().names:
        began = time.process_time()
        results = import_module(f"lmkit.experiments.{name}").run()
        print(record(name, results, time.process_time() - began))


if __name__ == "__main__":
    main()
