"""Figures of one link in one page, and a figure that was saved as a file of its own."""

import html
import itertools

import pytest
import torch

import lmkit
from benchmarks.browser import serve
from lmkit.inside.head_survey import survey
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets import AttentionFlow, AttentionHeads, HeadAtlas, QueryKey
from tests.book.browsing import states_of

WORDS = ["one", "two", "three", "four", "five", "six"]
NO_EVAL = (
    "<meta http-equiv='Content-Security-Policy' "
    "content=\"default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data:\">"
)


@pytest.fixture(scope="module")
def trace():
    """What a small random model did with six tokens."""
    torch.manual_seed(0)
    config = TransformerConfig(vocab_size=16, n_layers=3, n_heads=2, d_model=16, max_positions=8)
    return lmkit.trace(Transformer(config), torch.arange(6))


@pytest.fixture
def linked(show, trace):
    """A page with a flow, a score and all heads, of one link."""
    figures = [kind(trace, WORDS, link="one", query=5) for kind in (AttentionFlow, QueryKey, AttentionHeads)]
    seen = show(states_of(*figures), [figure.model_id for figure in figures], viewport={"width": 1000, "height": 900})
    assert seen.complaints == []
    return seen


def said(page):
    """What each figure says: the flow, the score, and the heads."""
    return page.locator("output.lmkit-say").all_inner_texts()


def test_a_head_that_is_chosen_in_one_figure_is_shown_in_the_others(linked):
    page = linked.page
    heads = page.get_by_role("slider", name="Head")
    heads.focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    page.get_by_role("radiogroup", name="Query").last.get_by_role("radio", name="three").click()
    flow, score, one = said(page)
    assert score.startswith("L1 · H1. “three” looks for") and one.startswith("L1 · H1. From “three”")
    assert "Through “three” in L1" in flow
    page.get_by_label("Layer", exact=True).select_option("L2")
    assert [text.startswith("L2 · H1.") for text in said(page)[1:]] == [True, True]


def test_a_link_of_the_flow_opens_its_layer_in_the_heads(linked):
    page = linked.page
    output = page.get_by_role("slider", name="Output token, rollout")
    output.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert said(page)[2].startswith("L2 · H0. From “six”")
    box = output.bounding_box()
    heights = range(30, int(box["height"]), 10)
    widths = range(int(box["width"]) - 10, 0, -10)  # from the right: the last token's own stream comes first
    for x, y in itertools.product(widths, heights):
        page.mouse.click(box["x"] + x, box["y"] + y)
        if said(page)[2].startswith("L0 · H0."):
            break
    flow, score, heads = said(page)
    assert "Through “six” in L0" in flow
    assert score.startswith("L0 · H0. “six” looks for") and heads.startswith("L0 · H0. From “six”")
    output.focus()
    page.keyboard.press("Home")
    assert said(page)[0].startswith("one. After 3 layers: by rollout, 100")


def test_the_figures_keep_the_rules_of_accessible_pages(linked):
    for theme in ("light", "dark"):
        linked.set_theme(theme)
        for name in ("more", "table"):
            for button in linked.page.get_by_role("button", name=name, exact=True).all():
                button.click()
        assert linked.axe_violations(".page-widget") == []


@pytest.fixture(scope="module")
def saved(trace, tmp_path_factory):
    """A folder with a figure of each kind, each a file of its own that may not evaluate text."""
    folder = tmp_path_factory.mktemp("saved")
    config = TransformerConfig(vocab_size=6, n_layers=3, n_heads=2, d_model=16, max_positions=8)
    read = survey(Transformer(config), [torch.randperm(6) for _ in range(6)], n_passages=2)
    figures = {
        "heads": AttentionHeads(trace, WORDS, layer=1, head=1, pinned=[(0, 0)]),
        "score": QueryKey(trace, WORDS, layer=1, head=1),
        "flow": AttentionFlow(trace, WORDS, layer=1),
        "atlas": HeadAtlas(read, decode=WORDS.__getitem__, layer=1, head=1),
    }
    for name, figure in figures.items():
        figure.save(folder / f"{name}.html")
        page = (folder / f"{name}.html").read_text("utf-8").replace("<meta charset", f"{NO_EVAL}<meta charset", 1)
        (folder / f"{name}.html").write_text(page, "utf-8")
    return folder


def test_saved_figures_live_in_sandboxed_frames_that_may_not_evaluate_text(open_page, saved):
    pages = [html.escape((saved / f"{name}.html").read_text("utf-8")) for name in ("heads", "score", "flow", "atlas")]
    frames = [f'<iframe sandbox="allow-scripts" width="700" height="300" srcdoc="{page}"></iframe>' for page in pages]
    (saved / "index.html").write_text("<!doctype html><title>t</title>" + "".join(frames), "utf-8")
    with serve(saved) as address:
        seen = open_page(f"{address}/index.html", viewport={"width": 1500, "height": 700})
        shown = seen.page.frames[1:]
        for frame in shown:
            frame.wait_for_selector("[data-ready]")
        said = [frame.locator("output.lmkit-say").inner_text() for frame in shown]
        heads, score, flow, atlas = said
        assert [text[:7] for text in (heads, score, atlas)] == ["L1 · H1"] * 3 and "Through “six” in L1" in flow
        for frame, key in zip(shown, ("Home", "End", "Home", "PageUp"), strict=True):
            frame.locator("canvas").first.focus()
            seen.page.keyboard.press(key)
        moved = [frame.locator("output.lmkit-say").inner_text() for frame in shown]
        assert [before == after for before, after in zip(said, moved, strict=True)] == [False] * 4
        assert (seen.complaints, seen.foreign) == ([], [])


def test_a_saved_figure_lives_in_a_page_of_its_own(open_page, saved):
    with serve(saved) as address:
        seen = open_page(f"{address}/heads.html")
        seen.page.wait_for_selector("[data-ready]")
        assert seen.page.locator("output").inner_text().startswith("L1 · H1.")
        assert seen.page.locator(".lmkit-pins canvas:visible").count() == 1
        assert (seen.complaints, seen.foreign) == ([], [])
