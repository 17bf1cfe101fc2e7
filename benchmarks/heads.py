"""AttentionHeads beside bertviz: how many bytes a page needs for 72 heads, and how long until they are seen."""

import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from bertviz import head_view
from ipywidgets.embed import dependency_state, embed_data
from tqdm import tqdm
from transformers import BertConfig, BertModel, GPT2Config, GPT2Model

import lmkit
from benchmarks.browser import open_page, serve
from lmkit.widgets import AttentionHeads

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "book" / "_ext"))  # the page is made by the same code as a page of the book
from local_libraries import ADDRESSES  # noqa: E402
from widget_pages import FIGURES, VIEW, lay_beside, script, with_places  # noqa: E402

LAYERS, HEADS = 6, 12
SMALL = {"num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "hidden_size": 96, "intermediate_size": 96}
OURS_READY = "document.querySelector('[data-ready]') !== null"
BERTVIZ_READY = "document.querySelectorAll('svg line').length > 0"
SCRIPTS = [ROOT / "book/_static/late.js", ROOT / "lmkit/widgets/static/page-host.js"]


def measure() -> dict:
    """Give both comparisons."""
    return {"bytes_a_weight": bytes_a_weight(), "seconds_to_visible": seconds_to_visible()}


def attentions(n_tokens: int, causal: bool) -> tuple[torch.Tensor, ...]:
    """The weights of 72 heads of a model with random parameters; the number of bytes does not depend on training."""
    torch.manual_seed(0)
    if causal:
        ends = {"bos_token_id": 0, "eos_token_id": 0}
        config = GPT2Config(vocab_size=100, n_layer=LAYERS, n_head=HEADS, n_embd=96, n_positions=n_tokens, **ends)
        model = GPT2Model(config)
    else:
        model = BertModel(BertConfig(vocab_size=100, max_position_embeddings=n_tokens, **SMALL))
    return lmkit.trace(model, torch.randint(100, (1, n_tokens))).attentions


def our_page(weights: tuple[torch.Tensor, ...], folder: Path) -> tuple[str, int]:
    """A page with AttentionHeads, its files in a folder beside it, and how many bytes hold the widget's state."""
    widget = AttentionHeads(weights, _words(weights))
    data = embed_data(views=[widget], state=dependency_state([widget], drop_defaults=False))
    saved = data["manager_state"]["state"].items()
    models = {name: model for name, model in saved if model["model_module"] == "anywidget"}
    files = lay_beside(models, folder / "figures")
    (ours,) = files.values()
    place = with_places(script(VIEW, data["view_specs"][0]))
    scripts = "".join(f'<script defer src="{path.name}"></script>' for path in SCRIPTS)
    page = f"<!doctype html><meta charset=utf-8>{place}{script(FIGURES, files)}{scripts}"
    return page, (folder / "figures" / f"{ours['state']}.js").stat().st_size


def bertviz_page(weights: tuple[torch.Tensor, ...]) -> tuple[str, int]:
    """A page with bertviz's head_view, and how many bytes bertviz wrote; its libraries come from beside the page."""
    written = page = head_view(weights, _words(weights), html_action="return").data
    for foreign, local in ADDRESSES.items():
        page = page.replace(foreign, local)
    return f"<!doctype html><meta charset=utf-8>{page}", len(written)


def _words(weights: tuple[torch.Tensor, ...]) -> list[str]:
    return [f"word{i}" for i in range(weights[0].shape[-1])]


def bytes_a_weight(n_tokens: int = 64) -> dict[str, dict[str, float]]:
    """Bytes in the page for each of the layers × heads × T × T weights."""
    results = {}
    for kind, causal in {"causal": True, "dense": False}.items():
        weights = attentions(n_tokens, causal)
        n_weights = LAYERS * HEADS * n_tokens**2
        with TemporaryDirectory() as folder:
            ours = our_page(weights, Path(folder))[1]
        results[kind] = {"lmkit": ours / n_weights, "bertviz": bertviz_page(weights)[1] / n_weights}
    return results


def seconds_to_visible(rounds: int = 3, n_tokens: int = 128) -> dict[str, float]:
    """Median seconds from opening a page of 72 dense heads until they are drawn, in paired rounds."""
    weights = attentions(n_tokens, causal=False)
    with TemporaryDirectory() as folder, serve(Path(folder)) as address:
        ours, theirs = our_page(weights, Path(folder))[0], bertviz_page(weights)[0]
        pages = {"lmkit": (ours, OURS_READY), "bertviz": (theirs, BERTVIZ_READY)}
        times: dict[str, list[float]] = {name: [] for name in pages}
        _lay_out(Path(folder), {name: html for name, (html, _) in pages.items()})
        for _ in tqdm(range(rounds), desc="opening pages", file=sys.stdout):
            for name, (_, ready) in pages.items():
                times[name].append(_time_to_visible(f"{address}/{name}.html", address, ready))
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def _lay_out(folder: Path, pages: dict[str, str]) -> None:
    (folder / "_static").symlink_to(ROOT / "_build" / "html" / "_static")
    for path in SCRIPTS:
        (folder / path.name).symlink_to(path)
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html)


def _time_to_visible(url: str, address: str, ready: str) -> float:
    with open_page(address) as page:
        page.goto(url, wait_until="commit", timeout=0)
        page.wait_for_function(ready, polling="raf", timeout=300_000)
        after_two_frames = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        return page.evaluate(f"{after_two_frames}.then(() => performance.now())") / 1000
