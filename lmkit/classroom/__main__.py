"""The command line: python -m lmkit.classroom release chapters/02_attention.ipynb -o out"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import lmkit
from lmkit.classroom.release import release

MAKES_THE_WHEEL = Path(lmkit.__file__).parents[1] / "tools" / "make_wheel.py"


def wheel_in(folder: str) -> Path:
    """Build the wheel of the checkout in which this lmkit lies.

    Raises:
        ValueError: This lmkit does not lie in a checkout.
    """
    if not MAKES_THE_WHEEL.exists():
        raise ValueError("a release is made from a checkout of the book: there is no tools/make_wheel.py")
    subprocess.run([sys.executable, MAKES_THE_WHEEL, folder], check=True, stdout=subprocess.DEVNULL)
    return next(Path(folder).glob("*.whl"))


def main(arguments: list[str] | None = None) -> None:
    """Hand out what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m lmkit.classroom", description="Exercises for a class.")
    commands = parser.add_subparsers(dest="command", required=True)
    hand_out = commands.add_parser("release", help="make a folder to hand out, and a solved copy for the teacher")
    hand_out.add_argument("chapters", nargs="+", type=Path, help="notebooks of the book")
    hand_out.add_argument("--exercises", nargs="+", default=[], metavar="NAME", help="only these; all otherwise")
    hand_out.add_argument("-o", dest="folder", type=Path, required=True, help="a new folder")
    asked = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory() as place:
            names = release(asked.chapters, asked.exercises, wheel_in(place), asked.folder)
    except (ValueError, OSError) as error:
        parser.exit(1, f"{error}\n")
    print(f"{asked.folder}: {len(names)} exercises, {', '.join(names)}")


if __name__ == "__main__":
    main()
