"""Print the path of a Chromium that runs; install one first where there is none.

The browser tests are never skipped: where no browser can be had, this stops with the reason.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def runs(path: str) -> bool:
    """Whether the browser starts. On Ubuntu `chromium-browser` may be a stub that only names a snap."""
    return subprocess.run([path, "--version", "--no-sandbox"], capture_output=True).returncode == 0


def first_that_runs(names: list[str], mac: Path) -> str | None:
    """The path of the first of these programs that is on this machine and starts, or None."""
    paths = [shutil.which(name) for name in names] + [str(mac) if mac.exists() else None]
    return next((path for path in paths if path and runs(path)), None)


def installed() -> str | None:
    """The path of a browser that is already on this machine, or None."""
    return first_that_runs(NAMES, MAC)


def may_use_apt() -> bool:
    """Whether this is Debian or Ubuntu, and packages may be installed."""
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install_from_debian(package: str) -> None:
    """Install a package of Debian, where that is possible."""
    if may_use_apt():
        quiet = {"stdout": sys.stderr, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        subprocess.run(["apt-get", "update", "-qq"], **quiet)
        subprocess.run(["apt-get", "install", "-y", "-qq", package], **quiet)


def from_debian() -> str | None:
    """Install Debian's package, and give the path of the browser."""
    install_from_debian("chromium")
    return installed()


def from_playwright() -> str | None:
    """Let Playwright download its own, and the libraries that it needs where that is possible."""
    from playwright.sync_api import sync_playwright

    libraries = ["--with-deps"] if may_use_apt() else []
    command = [sys.executable, "-m", "playwright", "install", *libraries, "chromium"]
    subprocess.run(command, stdout=sys.stderr)
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() and runs(path) else None


def find() -> str:
    """The path of a browser that runs.

    Raises:
        SystemExit: none is installed and none could be; says what to do.
    """
    path = installed() or from_debian() or from_playwright()
    if path is None:
        raise SystemExit(
            "The tests of the built book need Chromium. None was found, and neither apt-get nor Playwright\n"
            "could install one (their messages are above). Install Chromium or Google Chrome, then: make test"
        )
    return path


if __name__ == "__main__":
    print(find())
