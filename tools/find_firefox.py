"""Print the path of a Firefox that runs; install one first where that is possible; print nothing where there is none.

Only a few tests need it. They say so where they are skipped.
"""

from pathlib import Path

from tools.find_chromium import first_that_runs, install_from_debian

NAMES = ["firefox", "firefox-esr"]
MAC = Path("/Applications/Firefox.app/Contents/MacOS/firefox")


def installed() -> str | None:
    """The path of a browser that is already on this machine, or None."""
    return first_that_runs(NAMES, MAC)


def find() -> str | None:
    """The path of a browser that runs, or None."""
    if installed() is None:
        install_from_debian("firefox-esr")
    return installed()


if __name__ == "__main__":
    print(find() or "")
