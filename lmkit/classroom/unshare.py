"""A sandbox made by `unshare`, `mount`, `pivot_root` and `setpriv`, programs of util-linux that nearly every Linux has.

In new namespaces a shell lays out a root of its own, with what may be seen and no more. It moves there, lets go of
the former root, and in the end gives up every right. A step that fails ends it: then there is no sandbox.
"""

import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from lmkit.classroom import contents
from lmkit.classroom.server import FILES

PROGRAMS = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"  # pivot_root lies where an ordinary user does not look
NAMESPACES = ["--mount", "--pid", "--fork", "--kill-child", "--net", "--ipc", "--uts"]
DIES = ["setpriv", "--pdeathsig", "KILL"]  # when the process that started it ends; a change of user forgets it
MOUNTED = Path("/proc/self/mountinfo")
DEVICES = "null", "zero", "full", "random", "urandom"
STREAMS = {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}
TO_READ = "remount,bind,ro,nosuid,nodev"
LAST_ONE = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"'

Step = list[str]


def command(book: Path) -> list[str]:
    """The command before the command, as that of bubblewrap.

    Args:
        book: A folder that holds the student's lmkit. Beside it, one named `root` is made.
    """
    root = book.with_name("root")
    steps = [*_begun(root), *_to_read(root, book), *_to_use(root), *_moved(root)]
    script = "\n".join(["umask 022", *map(shlex.join, steps), 'exec "$@"'])
    as_root = ["--user", "--map-root-user"] if os.geteuid() else []
    shell = ["sh", "-e", "-c", script, "sh"]
    return ["env", "-i", PROGRAMS, *DIES, "unshare", *as_root, *NAMESPACES, *shell, *_without_rights()]


def _begun(root: Path) -> Iterator[Step]:
    """In an empty root, the folders that each sandbox has."""
    yield ["mkdir", "-p", str(root)]
    yield ["mount", "-t", "tmpfs", "-o", "mode=755,nosuid,nodev", "tmpfs", str(root)]
    folders = ("proc", "dev", "dev/shm", "tmp", "former", FILES.strip("/"))
    yield ["mkdir", *(str(root / name) for name in folders)]


def _to_read(root: Path, book: Path) -> Iterator[Step]:
    """What may be seen. Its mounts are set to be read only one by one: `mount` cannot do it for all at once."""
    for path, seen in contents.shown(book):
        target = f"{root}{seen}"
        if os.path.isdir(path):
            yield ["mkdir", "-p", target]
        else:
            yield ["mkdir", "-p", os.path.dirname(target)]
            yield ["touch", target]
        yield ["mount", "--rbind", path, target]
        for below in _mounts(path):
            yield ["mount", "-o", TO_READ, f"{target}{below}"]


def _mounts(path: str) -> list[str]:
    """Where there are mounts at a path and below it, as seen from there: "" is the path itself."""
    real = os.path.realpath(path)
    lines = MOUNTED.read_text(errors="surrogateescape").splitlines()
    points = [re.sub(r"\\(\d{3})", lambda found: chr(int(found[1], 8)), line.split()[4]) for line in lines]
    below = [point.removeprefix(real) for point in points if point.startswith(real + "/")]
    return list(dict.fromkeys(["", *below]))


def _to_use(root: Path) -> Iterator[Step]:
    """The processes inside, a few devices that are harmless, and the one place to write."""
    yield ["mount", "-t", "proc", "-o", "nosuid,nodev,noexec", "proc", f"{root}/proc"]
    for name in DEVICES:
        yield ["touch", f"{root}/dev/{name}"]
        yield ["mount", "--bind", f"/dev/{name}", f"{root}/dev/{name}"]
        yield ["mount", "-o", "remount,bind,ro,nosuid,noexec", f"{root}/dev/{name}"]
    for name, end in STREAMS.items():
        yield ["ln", "-s", f"/proc/self/fd{end}", f"{root}/dev/{name}"]
    yield ["mount", "-t", "tmpfs", "-o", f"mode=1777,size={contents.ROOM},nosuid,nodev", "tmpfs", f"{root}{FILES}"]


def _moved(root: Path) -> Iterator[Step]:
    """From the former root to the new one, of which nothing can be changed any more."""
    yield ["pivot_root", str(root), f"{root}/former"]
    yield ["cd", FILES]
    yield ["umount", "-l", "/former"]
    yield ["rmdir", "/former"]
    yield ["mount", "-o", TO_READ, "/"]


def _without_rights() -> list[str]:
    """What the shell becomes: a user with no rights, in a namespace that can have no other below it.

    Only one who has rights in a namespace can forbid that and give them up for good, so it has them all for a
    moment. Root changes to a user that owns nothing before that: the limit of processes does not hold for root.
    """
    user = contents.own_user()
    other = [] if os.geteuid() else ["setpriv", "--reuid", user, "--regid", user, "--clear-groups"]
    alone = ["unshare", "--user", "--map-user", user, "--map-group", user, "--keep-caps", "sh", "-e", "-c", LAST_ONE]
    none = ["--bounding-set", "-all", "--inh-caps", "-all", "--ambient-caps", "-all", "--no-new-privs"]
    told = [f"{name}={value}" for name, value in contents.ENVIRONMENT.items()]
    return [*other, *alone, "sh", *DIES, *none, "env", "-i", *told]
