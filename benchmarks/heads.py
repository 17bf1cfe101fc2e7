"""AttentionHeads beside other viewers of heads: what 72 heads cost a page and its reader, and whom they reach.

Each page is opened in a fresh browser, where every request to another host is refused. Pages that are open soon are
opened three times; one that shows nothing within a minute is given up, and so are the longer texts of its viewer.
"""

import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from playwright.sync_api import Error, Page, TimeoutError
from tqdm import tqdm
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model

import lmkit
from benchmarks import viewers
from benchmarks.browser import open_page, serve
from benchmarks.kinds import kinds_shown
from benchmarks.viewers import Viewer, Weights

LAYERS, HEADS = 6, 12
SMALL = {"num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": 96, "intermediate_size": 96}
LENGTHS = [16, 64, 128, 256, 512]
LIMIT = 60  # seconds that a reader waits
SOON = 10  # seconds: a page that takes longer is opened once
VISITS = 3
DARK = "<style>body { background: #14181e; color: #ced6dd }</style>"  # the dark page of the book
AFTER_TWO_FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
MOVED = """() => {
    window.moved = new Promise((done) => {
        const seen = ({ timeStamp }) =>
            requestAnimationFrame(() => setTimeout(() => done(performance.now() - timeStamp)));
        for (const type of ["keydown", "click", "change"])
            addEventListener(type, seen, { capture: true, once: true });
    });
}"""
LEAST_CONTRAST = """() => {
    const parts = (color) => (color.match(/[\\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
    const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const luminance = ([red, green, blue]) => {
        const [r, g, b] = [red, green, blue].map((part) => linear(part / 255));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05;
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const color = parts(getComputedStyle(at).backgroundColor);
            if (color.length === 3 || color[3] === 1) return color;
        }
        return [255, 255, 255];
    };
    const contrast = (element) => {
        const style = getComputedStyle(element);
        const ink = luminance(parts(element instanceof SVGElement ? style.fill : style.color));
        const page = luminance(behind(element));
        return Math.max(ink, page) / Math.min(ink, page);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const seen = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        const hidden = element.closest("script, style, title, noscript") || !element.checkVisibility();
        if (walker.currentNode.data.trim() && !hidden) seen.push(contrast(element));
    }
    return Math.min(...seen);
}"""


def measure(lengths: list[int] = LENGTHS, limit: float = LIMIT, n_visits: int = VISITS) -> dict:
    """Give, of each viewer, its bytes a weight, whom it reaches, and what each length of a text costs."""
    peers = viewers.installed()
    return {
        "limit": limit,
        "bytes_a_weight": {viewer.name: bytes_a_weight(viewer) for viewer in peers},
        "reach": {viewer.name: reach(viewer) for viewer in peers},
        "lengths": costs(peers, lengths, limit, n_visits),
    }


def attentions(n_tokens: int, causal: bool) -> Weights:
    """The weights of 72 heads of a model with random parameters; the number of bytes does not depend on training."""
    torch.manual_seed(0)
    if causal:
        ends = {"bos_token_id": 0, "eos_token_id": 0}
        config = GPT2Config(vocab_size=100, n_layer=LAYERS, n_head=HEADS, n_embd=96, n_positions=n_tokens, **ends)
        model = GPT2Model(config)
    else:
        model = BertModel(BertConfig(vocab_size=100, max_position_embeddings=n_tokens, **SMALL))
    return lmkit.trace(model, torch.randint(100, (1, n_tokens))).attentions


@contextmanager
def laid_out(viewer: Viewer, weights: Weights, whole: bool = True) -> Iterator[Path]:
    """A folder with the page of a viewer and all that it loads; but what it asks another host for, only if `whole`."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        body = viewer.write(weights, viewers.words(weights[0].shape[-1]), folder)
        body = viewers.bring_libraries(body, folder) if whole else body
        (folder / "index.html").write_text(f"<!doctype html><meta charset=utf-8><title>heads</title>{DARK}{body}")
        yield folder


def weight(folder: Path) -> int:
    """The bytes of a page and of all that it loads."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def bytes_a_weight(viewer: Viewer, n_tokens: int = 64) -> dict[str, float]:
    """Bytes in the page for each of the layers × heads × T × T weights; what a page has without them is not counted."""
    results = {}
    for kind, causal in {"causal": True, "dense": False}.items():
        with laid_out(viewer, attentions(n_tokens, causal)) as full, laid_out(viewer, attentions(1, causal)) as bare:
            results[kind] = (weight(full) - weight(bare)) / (LAYERS * HEADS * n_tokens**2)
    return results


def costs(peers: list[Viewer], lengths: list[int], limit: float, n_visits: int) -> dict[str, dict[str, dict]]:
    """What a page of 72 dense heads costs, by the length of its text and its viewer."""
    results: dict[str, dict[str, dict]] = {}
    gave_up: set[str] = set()
    for n_tokens in tqdm(lengths, desc="lengths", file=sys.stdout):
        weights = attentions(n_tokens, causal=False)
        results[str(n_tokens)] = {}
        for viewer in [viewer for viewer in peers if viewer.name not in gave_up]:
            cost = cost_of(viewer, weights, limit, n_visits)
            results[str(n_tokens)][viewer.name] = cost
            if cost["seconds"] is None:
                gave_up.add(viewer.name)
    return results


def cost_of(viewer: Viewer, weights: Weights, limit: float, n_visits: int) -> dict[str, float | None]:
    """Bytes, and the median over some visits of what `visit` gives; of a page that was given up, its bytes alone."""
    with laid_out(viewer, weights) as folder, serve(folder) as address:
        visits: list[dict[str, float]] = []
        while len(visits) < n_visits and (not visits or visits[-1]["seconds"] < SOON):
            seen = visit(viewer, address, limit)
            if seen is None:
                return {"bytes": weight(folder), "seconds": None}
            visits.append(seen)
        medians = {key: statistics.median([seen[key] for seen in visits]) for key in visits[0]}
        return {"bytes": weight(folder), **medians}


def visit(viewer: Viewer, address: str, limit: float) -> dict[str, float] | None:
    """Seconds until two frames after the heads are there, and what the page then has; None where a reader gives up.

    Moving on is timed from the key or the click to the end of the next frame, in milliseconds.
    """
    with open_page(address) as page:
        try:
            seconds = _seconds_to_visible(viewer, page, address, limit)
            elements = page.evaluate("document.querySelectorAll('*').length")
            megabytes = _megabytes(page)
            page.evaluate(MOVED)
            viewer.moves_on(page)
            return {
                "seconds": seconds,
                "elements": elements,
                "megabytes": megabytes,
                "move": page.wait_for_function("() => window.moved").json_value(),
            }
        except (TimeoutError, Error):  # it took too long, or the page broke down
            return None


def _seconds_to_visible(viewer: Viewer, page: Page, address: str, limit: float) -> float:
    """The whole of it is bounded: a page may have its elements, and be busy with them for minutes."""
    ends = time.monotonic() + limit
    page.set_default_timeout(1000 * limit)
    page.goto(f"{address}/index.html", wait_until="commit")
    seen = f"() => ({viewer.shown}) && {AFTER_TWO_FRAMES}.then(() => performance.now())"
    return page.wait_for_function(seen, timeout=1000 * max(0.1, ends - time.monotonic())).json_value() / 1000


def _megabytes(page: Page) -> float:
    """What the objects, elements and bytes of a page take up, without what it needs no more."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")
    return (used["usedSize"] + used["embedderHeapUsedSize"] + used["backingStorageSize"]) / 1e6


def reach(viewer: Viewer, n_tokens: int = 16) -> dict[str, float]:
    """Whom a page reaches: places where the Tab key stops, the least contrast of its words on a dark page, whether it
    shows heads without a network, and from how many kinds of models it got them.
    """
    weights = attentions(n_tokens, causal=False)
    with laid_out(viewer, weights) as folder, serve(folder) as address, open_page(address) as page:
        page.emulate_media(color_scheme="dark")
        _seconds_to_visible(viewer, page, address, LIMIT)
        found = {"contrast": page.evaluate(LEAST_CONTRAST), "stops": _tab_stops(page)}
    with laid_out(viewer, weights, whole=False) as folder, serve(folder) as address:
        return found | {"offline": visit(viewer, address, SOON) is not None} | kinds_shown(viewer)


def _tab_stops(page: Page, most: int = 100) -> int:
    page.evaluate("() => { window.stops = new Set(); }")
    for _ in range(most):
        page.keyboard.press("Tab")
        is_new = "at !== document.body && stops.size < stops.add(at).size"
        if not page.evaluate(f"() => {{ const at = document.activeElement; return {is_new}; }}"):
            break
    return page.evaluate("() => stops.size")
