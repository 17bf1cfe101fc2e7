"""A sandbox made by bubblewrap (0.8 or newer), a small program that makes such places."""

import os
from pathlib import Path

from lmkit.classroom import contents
from lmkit.classroom.server import FILES


def command(book: Path) -> list[str]:
    """The command before the command: new namespaces, and of all files only those that Python needs, to read.

    No program inside can make namespaces of its own, in which it would have rights again. For root, it changes to a
    user that owns nothing before that: the limit of processes does not hold for root.

    Args:
        book: A folder that holds the student's lmkit.
    """
    alone = ["--unshare-user", "--disable-userns", "--cap-drop", "ALL"]
    command = ["bwrap", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--die-with-parent"]
    command += ["--new-session", "--clearenv"]
    for name, value in contents.ENVIRONMENT.items():
        command += ["--setenv", name, value]
    command += _files(book)
    if os.geteuid():
        return [*command, *alone]
    user = contents.own_user()
    command += ["setpriv", "--reuid", user, "--regid", user, "--clear-groups", "--no-new-privs"]
    return [*command, "bwrap", "--dev-bind", "/", "/", *alone]


def _files(book: Path) -> list[str]:
    files = []
    for path, seen in contents.shown(book):
        for folder in reversed(Path(seen).parents[:-1]):
            files += ["--perms", "0755", "--dir", str(folder)]
        files += ["--ro-bind", path, seen]
    files += ["--proc", "/proc", "--dev", "/dev"]
    files += ["--perms", "1777", "--size", str(contents.ROOM), "--tmpfs", FILES, "--chdir", FILES]
    files += ["--perms", "0755", "--dir", "/tmp"]  # bubblewrap itself needs the name for the place that it makes
    return [*files, "--remount-ro", "/dev", "--remount-ro", "/"]
