"""Viewers of attention heads, and the page that each one writes for the same heads.

A peer that is not installed is left out. Each writes what it would into the output of a notebook cell; what its page
asks another host for can be laid beside the page, so that no network takes part.
"""

import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import torch
from ipywidgets.embed import dependency_state, embed_data
from playwright.sync_api import Page

from lmkit.inside.tracing import Trace
from lmkit.widgets import AttentionHeads

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "book" / "_ext"))  # the page is made by the same code as a page of the book
from local_libraries import ADDRESSES, LIBRARIES  # noqa: E402
from widget_pages import FIGURES, VIEW, lay_beside, script, with_places  # noqa: E402

SCRIPTS = [ROOT / "book/_static/late.js", ROOT / "lmkit/widgets/static/page-host.js"]
Weights = tuple[torch.Tensor, ...] | Trace  # of each layer, (1, head, query, key)


@dataclass(frozen=True)
class Viewer:
    """How one viewer shows heads, and how a reader moves on to others.

    Args:
        write: Lays what it writes into a folder, as pieces that stand in a page.
        shown: A condition of the page: the heads are there.
        moves_on: What a reader does to see the next of its pictures.
    """

    name: str
    package: str
    write: Callable[[Weights, list[str], Path], str]
    shown: str
    moves_on: Callable[[Page], object]


def installed() -> list[Viewer]:
    """Those of the viewers that can be had here."""
    return [viewer for viewer in VIEWERS if importlib.util.find_spec(viewer.package)]


def bring_libraries(body: str, folder: Path) -> str:
    """Lay the libraries that a page asks another host for beside it, and have it ask for them there."""
    if not any(foreign in body for foreign in ADDRESSES):
        return body
    place = folder / "_static/vendor"
    place.mkdir(parents=True)
    for name, source in LIBRARIES.items():
        (place / name).write_bytes((ROOT / "node_modules" / source).read_bytes())
    for foreign, local in ADDRESSES.items():
        body = body.replace(foreign, local)
    return body


def words(n_tokens: int) -> list[str]:
    """A word for each token: word0, word1, ..."""
    return [f"word{i}" for i in range(n_tokens)]


def _ours(weights: Weights, tokens: list[str], folder: Path) -> str:
    """As a page of the book: a place, its files beside it, and the host."""
    widget = AttentionHeads(weights, tokens)
    data = embed_data(views=[widget], state=dependency_state([widget], drop_defaults=False))
    saved = data["manager_state"]["state"].items()
    models = {name: model for name, model in saved if model["model_module"] == "anywidget"}
    files = lay_beside(models, folder / "figures")
    for path in SCRIPTS:
        (folder / path.name).write_bytes(path.read_bytes())
    place = with_places(script(VIEW, data["view_specs"][0]))
    scripts = "".join(f'<script defer src="{path.name}"></script>' for path in SCRIPTS)
    return f"{place}{script(FIGURES, files)}{scripts}"


def _bertviz(weights: Weights, tokens: list[str], folder: Path) -> str:
    from bertviz import head_view

    return head_view(weights, tokens, html_action="return").data


def _circuitsvis(weights: Weights, tokens: list[str], folder: Path) -> str:
    """As it writes it where there is no network, with all of its code; else it asks another host for that."""
    from circuitsvis.attention import attention_heads

    heads = torch.cat(weights).flatten(0, 1)
    names = [f"L{layer} H{head}" for layer in range(len(weights)) for head in range(weights[0].shape[1])]
    is_causal = bool((heads.triu(1) == 0).all())
    return attention_heads(heads, tokens, attention_head_names=names, mask_upper_tri=is_causal).local_src


def _inspectus(weights: Weights, tokens: list[str], folder: Path) -> str:
    """What it hands to IPython to show."""
    import inspectus

    shown = []
    with mock.patch("IPython.display.display", shown.append):
        inspectus.attention(weights, tokens)
    return "".join(html.data for html in shown)


def _press_right(page: Page) -> None:
    page.locator("canvas").first.focus()
    page.keyboard.press("ArrowRight")


VIEWERS = [
    Viewer("AttentionHeads", "lmkit", _ours, "document.querySelector('[data-ready]')", _press_right),
    Viewer(
        "bertviz",
        "bertviz",
        _bertviz,
        "document.querySelector('svg line')",
        lambda page: page.locator("select").first.select_option(index=1),
    ),
    Viewer(
        "CircuitsVis",
        "circuitsvis",
        _circuitsvis,
        "document.querySelectorAll('canvas').length > 1",
        lambda page: page.locator("canvas").nth(1).click(force=True),
    ),
    Viewer(
        "Inspectus",
        "inspectus",
        _inspectus,
        "document.querySelector('rect.cell')",
        lambda page: page.locator(".dimension-values").last.locator(".value").nth(1).click(),
    ),
]
