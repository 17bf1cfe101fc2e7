"""Write down how tall the figures of the built pages are, on a wide screen and on a phone.

`python -m tools.measure_figures` does it, from the built book. The next build gives each place this height before its
figure is drawn, so that the text below it does not jump.
"""

import json
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from benchmarks.browser import FLAGS, serve
from tools.find_chromium import find

ROOT = Path(__file__).parents[1]
BUILT = ROOT / "_build" / "html"
HEIGHTS = ROOT / "book" / "figure_heights.json"
WIDTHS = {"wide": 1280, "narrow": 375}

MEASURED = """async () => {
    dispatchEvent(new Event("beforeprint"));
    const places = [...document.querySelectorAll(".page-widget")];
    while (!places.every((place) => place.dataset.ready)) await new Promise(requestAnimationFrame);
    await new Promise((done) => setTimeout(done, 300));
    return places.map((place) => Math.round(place.getBoundingClientRect().height));
}"""


def heights(browser: Browser, address: str, width: int) -> list[int]:
    """The heights of all figures of a page, as they open in a window of some width."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(address)
    found = page.evaluate(MEASURED)
    page.close()
    return found


def measure(browser: Browser, address: str) -> dict[str, list[list[int]]]:
    """For each page that has figures, the two heights of each."""
    pages = [path.relative_to(BUILT).as_posix() for path in sorted(BUILT.glob("*/*.html"))]
    with_figures = [page for page in pages if 'class="page-widget' in (BUILT / page).read_text("utf-8")]
    return {
        page.removesuffix(".html"): [
            list(both)
            for both in zip(*(heights(browser, f"{address}/{page}", width) for width in WIDTHS.values()), strict=True)
        ]
        for page in with_figures
    }


if __name__ == "__main__":
    with sync_playwright() as playwright, serve(BUILT) as address:
        chromium = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        lines = [f"  {json.dumps(page)}: {json.dumps(both)}" for page, both in measure(chromium, address).items()]
        HEIGHTS.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
        print(f"Wrote {HEIGHTS.relative_to(ROOT)}; `make book` puts the heights into the pages.")
