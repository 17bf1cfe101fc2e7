"""The command line.

    python -m lmkit.classroom release chapters/02_attention.ipynb -o out
    python -m lmkit.classroom release chapters/02_attention.ipynb -o out --nbgrader --otter
    python -m lmkit.classroom grade submissions -o grades.csv
    python -m lmkit.classroom feedback grades.csv -o feedback
    python -m lmkit.classroom report grades.csv -o report.html
    python -m lmkit.classroom export grades.csv --for canvas -o canvas.csv
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import lmkit
from lmkit.classroom.exports import FORMS, export
from lmkit.classroom.feedback import feedback
from lmkit.classroom.grading import grade
from lmkit.classroom.release import GRADERS, release

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


def _release(asked: argparse.Namespace) -> str:
    if missing := [str(path) for path in asked.chapters if not path.is_file()]:
        raise ValueError(f"there is no {missing[0]} here: write the path of the checkout before it")
    with tempfile.TemporaryDirectory() as place:
        wheel = wheel_in(place)
        names = release(asked.chapters, asked.exercises, wheel, asked.folder, asked.points, asked.graders)
    return f"{asked.folder}: {len(names)} exercises, {', '.join(names)}"


def _grade(asked: argparse.Namespace) -> str:
    table = grade(asked.submissions, asked.release, asked.grades, asked.workers)
    return f"{asked.grades}: {len(table)} students"


def _feedback(asked: argparse.Namespace) -> str:
    pages = feedback(asked.grades, asked.release, asked.folder)
    return f"{asked.folder}: a page for each of {len(pages)} students"


def _report(asked: argparse.Namespace) -> str:
    from lmkit.classroom.report import report  # what draws takes seconds to load, and every worker loads this file

    beside = asked.grades.with_name("groups.csv")
    groups = asked.groups or (beside if beside.exists() else None)
    return report(asked.grades, asked.release, asked.file, groups, asked.book) + f"\n\nThe page: {asked.file}"


def _export(asked: argparse.Namespace) -> str:
    return f"{asked.out}: {export(asked.grades, asked.release, asked.form, asked.out, asked.title)}"


def parser() -> argparse.ArgumentParser:
    """What can be asked."""
    asks = argparse.ArgumentParser(prog="python -m lmkit.classroom", description="Exercises for a class.")
    commands = asks.add_subparsers(required=True)

    hand_out = commands.add_parser("release", help="make a folder to hand out, and a solved copy for the teacher")
    hand_out.add_argument("chapters", nargs="+", type=Path, help="notebooks of the book")
    hand_out.add_argument("--exercises", nargs="+", default=[], metavar="NAME", help="only these; all otherwise")
    hand_out.add_argument("-o", dest="folder", type=Path, required=True, help="a new folder")
    hand_out.add_argument("--points", type=Path, metavar="FILE", help="in place of the points.toml that is made")
    for name in GRADERS:
        also = f"also a folder for {name}"
        hand_out.add_argument(f"--{name}", dest="graders", action="append_const", const=name, default=[], help=also)
    hand_out.set_defaults(do=_release)

    mark = commands.add_parser("grade", help="mark what students handed in, and write a table")
    mark.add_argument("submissions", type=Path, help="a folder: in it a folder, or a notebook, for each student")
    mark.add_argument("-o", dest="grades", type=Path, default=Path("grades.csv"), help="the table (grades.csv)")
    mark.add_argument("--release", type=Path, default=Path("out"), metavar="FOLDER", help="what was released (out)")
    mark.add_argument("--workers", type=int, default=2, help="students that are marked at a time (2)")
    mark.set_defaults(do=_grade)

    tell = _reading(commands, "feedback", "write a page for each student")
    tell.add_argument("-o", dest="folder", type=Path, default=Path("feedback"), help="a folder (feedback)")
    tell.set_defaults(do=_feedback)

    sum_up = _reading(commands, "report", "show which mistakes the class made, and how often")
    sum_up.add_argument("-o", dest="file", type=Path, default=Path("report.html"), help="a page (report.html)")
    sum_up.add_argument("--groups", type=Path, metavar="FILE", help="student, group (groups.csv, where there is one)")
    sum_up.add_argument("--book", default="", metavar="PLACE", help="address or folder of the built book, for links")
    sum_up.set_defaults(do=_report)

    hand_on = _reading(commands, "export", "write the grades for another program")
    hand_on.add_argument("--for", dest="form", choices=FORMS, required=True, help="the program")
    hand_on.add_argument("-o", dest="out", type=Path, required=True, help="a file; for gradescope a folder")
    hand_on.add_argument("--title", default="", help="what the assignment is called there")
    hand_on.set_defaults(do=_export)
    return asks


def _reading(commands: argparse._SubParsersAction, name: str, does: str) -> argparse.ArgumentParser:
    """A command that reads what `grade` has written."""
    command = commands.add_parser(name, help=does)
    command.add_argument("grades", type=Path, help="the table that `grade` wrote")
    command.add_argument("--release", type=Path, default=Path("out"), metavar="FOLDER", help="what was released (out)")
    return command


def main(arguments: list[str] | None = None) -> None:
    """Do what the command line asks."""
    asks = parser()
    asked = asks.parse_args(arguments)
    try:
        print(asked.do(asked))
    except (ValueError, OSError) as error:
        asks.exit(1, f"{error}\n")
    except KeyboardInterrupt:
        asks.exit(1, "Interrupted. What was found is kept: the same command goes on from here.\n")


if __name__ == "__main__":
    main()
