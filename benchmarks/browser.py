"""Pages of a folder in a headless Chromium, with every request to another host refused."""

import functools
import gzip
import http.server
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tools.find_chromium import find

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing of each request."""


class _Compressed(_Quiet):
    def send_head(self) -> io.BytesIO | None:
        """Answer with gzip what a server of pages would."""
        path = Path(self.translate_path(self.path))
        if path.suffix not in {".css", ".html", ".js", ".json", ".mjs", ".svg"} or not path.is_file():
            return super().send_head()
        body = gzip.compress(path.read_bytes())
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)


@contextmanager
def serve(folder: Path, compressed: bool = False) -> Iterator[str]:
    """Serve a folder on a free port of this machine, and give its address."""
    handler = functools.partial(_Compressed if compressed else _Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:  # before the socket is closed: the thread would go round and round on what has its number next
            server.shutdown()


@contextmanager
def open_page(address: str) -> Iterator[Page]:
    """A fresh page in a fresh browser, so that no run warms the next one's cache."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        page = browser.new_page(viewport={"width": 1000, "height": 1000})
        page.route("**/*", lambda route: route.continue_() if route.request.url.startswith(address) else route.abort())
        yield page
        browser.close()
