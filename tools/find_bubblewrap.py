"""Print the path of bubblewrap; install it first where that is possible; print nothing where there is none.

Without it the classroom has the sandbox of util-linux, if any, and the tests say which of its sandboxes they skip.
"""

import shutil

from tools.find_chromium import install_from_debian


def find() -> str | None:
    """The path of the program, or None."""
    if shutil.which("bwrap") is None:
        install_from_debian("bubblewrap")
    return shutil.which("bwrap")


if __name__ == "__main__":
    print(find() or "")
