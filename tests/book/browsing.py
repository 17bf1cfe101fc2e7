"""A browser without a network: it loads the built book, and writes down what was asked for and said."""

import gzip
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ipywidgets.embed import dependency_state
from widget_pages import FIGURES, VIEW, lay_beside, script, with_places

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "_build" / "html"

# JavaScript: until the next frame, or a second where none is drawn, as of a page behind another. Without the second a
# test may wait for ever.
FRAME = "Promise.race([new Promise(requestAnimationFrame), new Promise((done) => setTimeout(done, 1000))])"
FONTS = "async () => { await document.fonts.ready; return true; }"
SCRIPTS = [ROOT / "book/_static/late.js", ROOT / "lmkit/widgets/static/page-host.js"]
FAINT_WORDS = """() => {
    const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const luminance = (color) => {
        const [red, green, blue] = color.match(/[\\d.]+/g).map((part) => linear(part / 255));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
    };
    const page = luminance(getComputedStyle(document.body).backgroundColor);
    const contrast = (text) => {
        const ink = luminance(getComputedStyle(text).fill);
        return Math.max(ink, page) / Math.min(ink, page);
    };
    const words = [...document.querySelectorAll(".lmkit-plot text")];
    return words.filter((text) => contrast(text) < 4.5).map((text) => text.textContent);
}"""
SHIFT = """() => new Promise((done) => {
    let sum = 0;
    const add = ({ value, hadRecentInput }) => { if (!hadRecentInput) sum += value; };
    const observer = new PerformanceObserver((list) => list.getEntries().forEach(add));
    observer.observe({ type: "layout-shift", buffered: true });
    const [page] = performance.getEntriesByType("navigation");
    // What was seen before is told at once; what moves late, moves by half a second after all is loaded.
    setTimeout(() => done(sum), Math.max(100, 500 - (performance.now() - page.loadEventEnd)));
})"""
LEFT = "net::ERR_ABORTED"  # what a request ends with whose page is left before its answer: nothing is broken
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def built_pages() -> list[str]:
    """The addresses of all pages of the built book, relative to it. index.html only sends on to the first."""
    pages = [path.relative_to(BUILT).as_posix() for path in BUILT.rglob("*.html")]
    return sorted(page for page in pages if page != "index.html" and not page.startswith("_static"))


def pages_with_figures() -> list[str]:
    """Those of them that show a widget."""
    return [page for page in built_pages() if VIEW in (BUILT / page).read_text()]


def states_of(*widgets) -> dict:
    """What a notebook saves of these widgets and of what they hold, of which the host of a page draws the figures."""
    saved = dependency_state(widgets, drop_defaults=False)
    return {name: model for name, model in saved.items() if model["model_module"] == "anywidget"}


def page_with(models: dict, views: list[str], folder: Path) -> str:
    """A page that shows widgets, as the build writes it: a place for each view, and their files in a folder."""
    places = with_places("".join(f"<div>{script(VIEW, {'model_id': view})}</div>" for view in views))
    files = script(FIGURES, lay_beside(models, folder / "figures"))
    scripts = "".join(f'<script defer src="{path.name}"></script>' for path in SCRIPTS)
    return f"<!doctype html><meta charset=utf-8><title>t</title>{places}{files}{scripts}"


@dataclass
class Visit:
    """One page in one browser, and what came to light there."""

    page: object
    foreign: list[str] = field(default_factory=list)
    """Requests to another host. They were refused."""
    broken: list[str] = field(default_factory=list)
    """Requests that were answered with an error, or not at all."""
    complaints: list[str] = field(default_factory=list)
    """All that the console says, and uncaught errors."""
    loaded: list[str] = field(default_factory=list)
    """The addresses of all that was loaded."""

    def wait_for_widgets(self):
        """Have all widgets drawn, also those that the reader is not near, and wait until each is, or has said why not.

        As for printing: the page then begins with all that it has held back.
        """
        self.page.evaluate("() => { dispatchEvent(new Event('beforeprint')); }")
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('.page-widget')].every("
            "el => el.dataset.ready || el.getAttribute('role') === 'alert')"
        )

    def weight(self) -> dict[str, float]:
        """What the page costs so far: compressed bytes of what was loaded, elements, and how far things jumped."""
        paths = {unquote(urlsplit(url).path).lstrip("/") for url in self.loaded}
        sizes = [compressed_size(BUILT / path) for path in paths if (BUILT / path).is_file()]
        elements = self.page.evaluate("document.querySelectorAll('*').length")
        return {"kB": round(sum(sizes) / 1000, 1), "elements": elements, "shift": self.page.evaluate(SHIFT)}

    def set_theme(self, theme: str):
        """Show the page as after a click on the theme switch, light or dark, when all colors have arrived.

        It is brought to the front: a page behind another may draw no frame, and its transitions then never end.
        """
        self.page.bring_to_front()
        self.page.evaluate(
            """async theme => {
                const within = (wait) => Promise.race([wait, new Promise((done) => setTimeout(done, 2000))]);
                Object.assign(document.documentElement.dataset, { theme, mode: theme });
                await FRAME;
                await within(Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
            }""".replace("FRAME", FRAME),
            theme,
        )

    def axe_violations(self, inside: str = "html") -> list[str]:
        """What axe-core finds, a line for each element; all of the page, or what is inside of some elements."""
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text())
        found = self.page.evaluate(
            "([inside, rules]) => axe.run(inside, { runOnly: rules, resultTypes: ['violations'] })", [inside, AXE_RULES]
        )
        return [
            f"{violation['id']} ({violation['impact']}): {node['html'][:200]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def faint_words(self) -> list[str]:
        """Words in plots whose contrast with the page is less than 4.5, the least of WCAG. axe-core skips SVG."""
        return self.page.evaluate(FAINT_WORDS)


@cache
def compressed_size(path: Path) -> int:
    """The bytes of a file of the built book as a server sends it."""
    return len(gzip.compress(path.read_bytes(), mtime=0))


def visit(browser, address: str, before: str = "", **context) -> Visit:
    """Open an address with every request to another host refused. The script `before` runs first."""
    home = address.split("/", 3)[:3]  # scheme, nothing, host and port
    page = browser.new_context(**context).new_page()
    page.add_init_script(before)
    seen = Visit(page)

    def let_through(route):
        url = route.request.url
        if url.split("/", 3)[:3] == home or url.startswith(("blob:", "data:")):
            route.continue_()
        else:
            seen.foreign.append(url)
            route.abort()

    page.context.route("**/*", let_through)
    page.on("console", lambda said: seen.complaints.append(said.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("response", lambda answer: (seen.broken if answer.status >= 400 else seen.loaded).append(answer.url))
    page.on("requestfailed", lambda request: request.failure != LEFT and seen.broken.append(request.url))
    page.set_default_timeout(90_000)  # milliseconds: the machine may be busy
    page.goto(address)  # and wait for its `load` event
    page.wait_for_function(FONTS)  # also where the page leads on to another
    return seen
