"""A Jupyter server of a test's own, with the settings that `make lab` ships, and its notebooks in a browser."""

import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import nbformat
import pytest

from tests.book.browsing import ROOT, visit
from tools import open_lab

VIEWPORT = {"width": 1400, "height": 1600}


def write(path, sources):
    """A notebook of these cells."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)


def options(port, token=""):
    """What it is told besides: a port of its own, and no browser."""
    said = ["--no-browser", "--ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    said += [f"--IdentityProvider.token={token}"]
    return said + (["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])


def environment(folder):
    """The variables that it is started with, so that it has settings which nobody else has touched."""
    return {**open_lab.environment(), "PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(folder / ".settings")}


def free_port():
    """A port that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def served(folder, program="jupyterlab"):
    """Start it on a folder, in a process group of its own; gives the address of one that is named."""
    port, token = free_port(), secrets.token_hex(8)
    command = open_lab.command(folder, options(port, token))
    command[command.index("jupyterlab")] = program
    with (folder / "server.log").open("w") as log:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(folder),
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_until_up(f"http://127.0.0.1:{port}/api?token={token}", lambda: server.poll() is not None)
        yield lambda path: f"http://127.0.0.1:{port}/{path}?token={token}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=20)


def wait_until_up(address, has_ended):
    """Wait until a Jupyter answers, as one does that has just said where it is running."""
    for _ in range(120):
        if has_ended():
            pytest.fail("Jupyter ended before it answered")
        try:
            return urllib.request.urlopen(address, timeout=1)
        except OSError:
            time.sleep(0.5)
    pytest.fail("Jupyter did not answer within a minute")


def open_notebook(browser, address):
    """A notebook in the browser, as soon as there is something of it."""
    seen = visit(browser, address, viewport=VIEWPORT)
    seen.page.set_default_timeout(60_000)
    return seen


def holds_figures(path):
    """Whether a notebook was saved with its living figures. While it is being written, it is none."""
    try:
        return "widgets" in nbformat.read(path, 4).metadata
    except nbformat.reader.NotJSONError:
        return False


def wait_for(page, holds):
    """Wait until something holds; the page goes on meanwhile."""
    for _ in range(120):
        if holds():
            return
        page.wait_for_timeout(250)
    pytest.fail("it did not come to hold within half a minute")
