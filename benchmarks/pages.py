"""What opening a page of the book costs a reader with a slow phone; beside it the same page of an older build.

Each visit is to a fresh Chromium without a cache, its processor slowed down 4 times, on a line of 1.6 Mbit/s down and
0.75 up with 150 ms of delay, which is what Lighthouse calls slow 4G (Google, lighthouse/core/config/constants.js).
"""

import statistics
import sys
from pathlib import Path

from playwright.sync_api import CDPSession, Page
from tqdm import tqdm

from benchmarks.browser import open_page, serve

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "_build" / "html"
SLOW_DOWN = 4
LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
QUIET = 2000  # milliseconds after the last request in which nothing may come any more
WATCH = """
window.seen = { shift: 0, blocked: 0, figure: null };
const watch = (type, tell) => {
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(tell));
    observer.observe({ type, buffered: true });
};
watch("layout-shift", ({ value, hadRecentInput }) => { if (!hadRecentInput) seen.shift += value; });
watch("longtask", ({ duration }) => { seen.blocked += duration - 50; });
new MutationObserver(() => {
    if (seen.figure === null && document.querySelector("[data-ready]")) seen.figure = performance.now() / 1000;
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready"] });
"""

Facts = dict[str, float | None]


def measure(before: Path | None = None, n_rounds: int = 3, names: list[str] | None = None) -> dict:
    """Give medians over the rounds for the introduction and each chapter, now and, of an older build, then."""
    builds = {"now": BUILT} | ({"then": before} if before else {})
    names = names or ["book/intro.html", *chapters()]
    seen: dict = {name: {when: [] for when, build in builds.items() if (build / name).exists()} for name in names}
    visits = [(name, when) for _ in range(n_rounds) for name in names for when in seen[name]]
    for name, when in tqdm(visits, desc="opening pages", file=sys.stdout):
        seen[name][when].append(visit(builds[when], name))
    medians = {name: {when: _medians(visits) for when, visits in both.items()} for name, both in seen.items()}
    return {"rounds": n_rounds, "pages": medians}


def chapters() -> list[str]:
    """The addresses of the chapters in the built book."""
    return sorted(path.relative_to(BUILT).as_posix() for path in (BUILT / "chapters").glob("*.html"))


def visit(build: Path, name: str) -> Facts:
    """Open a page once and wait until nothing comes any more."""
    with serve(build, compressed=True) as address, open_page(address) as page:
        page.set_viewport_size({"width": 375, "height": 812})
        page.add_init_script(WATCH)
        came = _slow_down(page)
        page.goto(f"{address}/{name}", wait_until="load", timeout=120_000)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(QUIET)
        elements = page.evaluate("document.querySelectorAll('*').length")
        return {"kB": sum(came) / 1000, "elements": elements, **page.evaluate("window.seen")}


def _slow_down(page: Page) -> list[int]:
    """Give the list to which the bytes of every answer will be added, with its headers, as they come over the line."""
    came: list[int] = []
    session: CDPSession = page.context.new_cdp_session(page)
    session.on("Network.loadingFinished", lambda answer: came.append(answer["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_DOWN})
    return came


def _medians(visits: list[Facts]) -> Facts:
    measured = {key: [facts[key] for facts in visits if facts[key] is not None] for key in visits[0]}
    return {key: statistics.median(values) if values else None for key, values in measured.items()}
