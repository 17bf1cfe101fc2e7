"""A browser without a network: it loads the built book, and writes down what was asked for and said."""

from dataclasses import dataclass, field
from pathlib import Path

from widget_pages import MODULES, STATE, script, share_modules

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "_build" / "html"

VIEW = "application/vnd.jupyter.widget-view+json"
FORMULAS_AND_FONTS = "async () => { await window.MathJax?.startup?.promise; await document.fonts.ready; return true; }"
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
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def built_pages() -> list[str]:
    """The addresses of all pages of the built book, relative to it. index.html only sends on to the first."""
    pages = [path.relative_to(BUILT).as_posix() for path in BUILT.rglob("*.html")]
    return sorted(page for page in pages if page != "index.html" and not page.startswith("_static"))


def pages_with_figures() -> list[str]:
    """Those of them that show a widget."""
    return [page for page in built_pages() if VIEW in (BUILT / page).read_text()]


def page_with(models: dict, views: list[str]) -> str:
    """A page that shows widgets, as the build writes it: their saved state, and which of them to show."""
    shared, modules = share_modules(models)
    places = "".join(f"<div>{script(VIEW, {'model_id': view})}</div>" for view in views)
    data = script(MODULES, modules) + script(STATE, {"state": shared})
    return f'<!doctype html><title>t</title>{places}{data}<script defer src="page-host.js"></script>'


@dataclass
class Visit:
    """One page in one browser, and what came to light there."""

    page: object
    foreign: list[str] = field(default_factory=list)
    """Requests to another host. They were refused."""
    broken: list[str] = field(default_factory=list)
    """Requests that were answered with an error, or not at all."""
    complaints: list[str] = field(default_factory=list)
    """Errors and warnings in the console, and uncaught errors."""

    def wait_for_widgets(self):
        """Wait until each widget has been drawn or has said why not."""
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('.page-widget')].every("
            "el => el.dataset.ready || el.getAttribute('role') === 'alert')"
        )

    def set_theme(self, theme: str):
        """Show the page as after a click on the theme switch, light or dark, when all colors have arrived."""
        self.page.evaluate(
            """async theme => {
                Object.assign(document.documentElement.dataset, { theme, mode: theme });
                await new Promise(requestAnimationFrame);
                await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
            }""",
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


def visit(browser, address: str, **context) -> Visit:
    """Open an address with every request to another host refused."""
    home = address.split("/", 3)[:3]  # scheme, nothing, host and port
    page = browser.new_context(**context).new_page()
    seen = Visit(page)

    def let_through(route):
        url = route.request.url
        if url.split("/", 3)[:3] == home or url.startswith(("blob:", "data:")):
            route.continue_()
        else:
            seen.foreign.append(url)
            route.abort()

    page.context.route("**/*", let_through)
    page.on("console", lambda said: said.type in ("error", "warning") and seen.complaints.append(said.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("response", lambda answer: answer.status >= 400 and seen.broken.append(answer.url))
    page.on("requestfailed", lambda request: seen.broken.append(request.url))
    page.set_default_timeout(90_000)  # milliseconds: the machine may be busy
    page.goto(address)  # and wait for its `load` event
    page.wait_for_function(FORMULAS_AND_FONTS)  # also where the page leads on to another
    return seen
