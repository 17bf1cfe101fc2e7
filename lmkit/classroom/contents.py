"""What a sandbox holds, whatever makes it: Python to read, the student's lmkit, and a small place to write."""

import os
import shutil
import sys
from pathlib import Path

import lmkit
from lmkit.classroom.server import FILES

ROOM = 32 << 20  # bytes of files
FOUND = ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", sys.base_prefix, sys.prefix)
PLACE = "/book"  # where the student's lmkit lies, inside
ENVIRONMENT = {
    "HOME": FILES,
    "TMPDIR": FILES,
    "PATH": "/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "OMP_NUM_THREADS": "1",
}
UNLIKE_OTHERS = 100_000  # from here on no system gives out user numbers


def shown(book: Path) -> list[tuple[str, str]]:
    """What can be read inside: each path of this machine, and where it is seen. A later one covers one before.

    An installed lmkit lies among what Python needs, with all its answers: the students' copy covers it.
    """
    seen = [(path, path) for path in dict.fromkeys(FOUND) if os.path.exists(path)]
    here = Path(lmkit.__file__).parent
    is_seen = any(here.is_relative_to(path) for path in FOUND)
    return [*seen, (str(book), PLACE), *([(str(book / "lmkit"), str(here))] if is_seen else [])]


def own_user() -> str:
    """The number of a user that owns nothing, and that no other sandbox here has."""
    return str(UNLIKE_OTHERS + os.getpid())


def students_lmkit(place: Path) -> None:
    """Copy lmkit as a student's program may see it: without the banks, in which the right answers are."""
    here = Path(lmkit.__file__).parent
    banks = here / "check" / "banks"

    def left_out(folder: str, names: list[str]) -> set[str]:
        out = {"__pycache__", "js"} & set(names)
        return out | {name for name in names if Path(folder) == banks and (banks / name).is_dir()}

    shutil.copytree(here, place / "lmkit", ignore=left_out)
    place.chmod(0o755)
