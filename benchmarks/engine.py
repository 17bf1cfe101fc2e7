"""The engine of the page: `book` in headless Chromium beside PyTorch, transformers and onnxruntime-web.

Each computes in one thread. Rounds are timed by the clock, as a reader would: the browser is a process of its own.
"""

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from playwright.sync_api import Page

import lmkit
from benchmarks import onnx_export, peers, rounds
from benchmarks.browser import open_page, serve
from benchmarks.generation import SHAPE
from lmkit.model.generation import generate
from lmkit.model.transformer import Transformer

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "lmkit" / "widgets" / "js" / "engine"
RUNTIME = ROOT / "benchmarks" / "node_modules" / "onnxruntime-web" / "dist"  # make bench lays it there
RUNTIME_FILES = ["ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"]
PLAYGROUND = "_build/html/book/playground.html"
FORWARDS, TEXTS = 10, 4  # in one run, so that asking the page costs next to nothing

Candidates = dict[str, Callable[[], object]]


def measure(n_tokens: int = 64, n_new: int = 128, n_rounds: int = 15, n_keys: int = 40) -> dict:
    """Give quartiles: milliseconds of a forward, of a token that is written, of a key; and the bytes of two engines."""
    book = lmkit.load("book").model.eval()
    ids = torch.randint(book.config.vocab_size, (n_tokens,), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode(), serve(ROOT) as address, open_page(address) as page:
        page.goto(f"{address}/benchmarks/page/engine.html")
        page.wait_for_function("window.forward !== undefined")
        return {
            "forward": {"tokens": n_tokens} | _forward(page, book, ids, n_rounds),
            "write": {"tokens": n_new} | _write(page, book, n_new, n_rounds),
            "bytes": _bytes(),
            "keys": _keys(page, f"{address}/{PLAYGROUND}", n_keys),
        }


def _forward(page: Page, book: Transformer, ids: torch.Tensor, n_rounds: int) -> dict:
    """All logits of one text, computed anew."""
    listed = ids.tolist()
    candidates = {
        "the page": lambda: page.evaluate("([ids, times]) => forward(ids, times)", [listed, FORWARDS]),
        "lmkit": lambda: [book(ids[None]) for _ in range(FORWARDS)][-1][0, -1].tolist(),
    }
    expected = torch.tensor(candidates["lmkit"]())
    if RUNTIME.exists():
        _start_onnx(page, book, ids)
        candidates["onnxruntime-web"] = lambda: page.evaluate("([ids, times]) => onnx(ids, times)", [listed, FORWARDS])
    for name, run in candidates.items():
        torch.testing.assert_close(
            torch.tensor(run()), expected, rtol=0, atol=1e-3, msg=f"{name} computes another model"
        )
    return _take_turns(candidates, n_rounds, FORWARDS, "a forward in the page")


def _start_onnx(page: Page, book: Transformer, ids: torch.Tensor) -> None:
    path = ROOT / "_build" / "bench" / "book.onnx"
    onnx_export.write(book, ids, path)
    where = [f"/{path.relative_to(ROOT)}" for path in (RUNTIME, path)]
    page.evaluate("([folder, model]) => startOnnx(folder, model)", where)


def _write(page: Page, book: Transformer, n_new: int, n_rounds: int) -> dict:
    """One text, greedily, with a cache. What transformers writes with is a GPT-2 of this shape with random weights."""
    prompt = torch.tensor([[1]])
    theirs = peers.hugging_face(replace(SHAPE, vocab_size=book.config.vocab_size)).eval()
    candidates = {
        "the page": lambda: page.evaluate("([count, times]) => write([1], count, times)", [n_new, TEXTS]),
        "lmkit": lambda: [generate(book, prompt, n_new)[0].tolist() for _ in range(TEXTS)][-1],
        "Hugging Face": lambda: [theirs.generate(prompt, max_new_tokens=n_new, do_sample=False) for _ in range(TEXTS)],
    }
    return {
        "same_tokens": candidates["the page"]() == candidates["lmkit"](),
        **_take_turns(candidates, n_rounds, TEXTS * n_new, "writing in the page"),
    }


def _take_turns(candidates: Candidates, n_rounds: int, amount: int, what: str) -> dict:
    times = rounds.take_turns(candidates, n_rounds, what, rounds.clock_seconds)
    milliseconds = {
        name: rounds.quartiles([1000 * seconds / amount for seconds in measured]) for name, measured in times.items()
    }
    factors = {name: rounds.factor(times["the page"], measured) for name, measured in times.items()}
    return {"rounds": n_rounds, "milliseconds": milliseconds, "factors": factors}


def _bytes() -> dict[str, int]:
    """What a page must load to compute at all, gzipped, without the weights."""
    ours = sorted(ENGINE.rglob("*.js"))
    sizes = {"the page": [path for path in ours if path.name != "build.js"]}
    if RUNTIME.exists():
        sizes["onnxruntime-web"] = [RUNTIME / name for name in RUNTIME_FILES]
    return {name: sum(len(gzip.compress(path.read_bytes())) for path in paths) for name, paths in sizes.items()}


def _keys(page: Page, address: str, n_keys: int) -> dict:
    """Milliseconds from a key in the Playground until the frame is painted that shows what the model makes of it."""
    page.goto(address)
    field = page.locator(".lmkit-playground textarea").first
    field.wait_for()
    field.press("Control+End")
    field.evaluate("(field) => import('/benchmarks/page/keys.js').then(({ watch }) => watch(field))")
    for i in range(n_keys):
        page.keyboard.press("abcde "[i % 6])
        page.wait_for_function("n => window.keys.length > n", arg=i)
    tokens = int(page.locator(".lmkit-playground").first.inner_text().split(" tokens")[0].split()[-1])
    return {"tokens": tokens, "milliseconds": rounds.quartiles(page.evaluate("window.keys"))}
