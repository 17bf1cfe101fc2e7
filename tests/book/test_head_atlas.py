"""The atlas of heads in a page without a kernel: each head is reached by keys and by the pointer, and told truly."""

import re

import numpy as np
import pytest
import torch

from lmkit.inside.head_survey import SCORES, HeadSurvey, survey
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets import HeadAtlas
from tests.book.browsing import states_of
from tests.book.pictures import ACCENT, marked, picture_of

LAYERS, HEADS = 2, 3
ALL = [(layer, head) for layer in range(LAYERS) for head in range(HEADS)]
WORDS = ["the", " cat", " sat", " on", " a", " mat", '<img src=x onerror="window.ran = true">', " hat"]


@pytest.fixture(scope="module")
def seen() -> HeadSurvey:
    config = TransformerConfig(vocab_size=8, n_layers=LAYERS, n_heads=HEADS, d_model=12, d_hidden=12, init_std=0.5)
    model = Transformer(config, torch.Generator().manual_seed(0))
    generator = torch.Generator().manual_seed(1)
    return survey(model, [torch.randint(8, (9,), generator=generator) for _ in range(6)], n_passages=4)


@pytest.fixture
def shown(show, seen):
    """A page with one HeadAtlas, as wide as a phone."""
    widget = HeadAtlas(seen, decode=WORDS.__getitem__, label="toy")
    visit = show(states_of(widget), [widget.model_id], viewport={"width": 375, "height": 900}, reduced_motion="reduce")
    yield visit
    assert visit.complaints == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.fixture
def page(shown):
    """The page of it."""
    return shown.page


def test_figures_of_one_link_show_the_same_head(show, seen):
    """Whichever of them is asked."""
    first, second = (HeadAtlas(seen, decode=WORDS.__getitem__, label=label, link="heads") for label in ("a", "b"))
    page = show(states_of(first, second), [first.model_id, second.model_id]).page
    page.locator("canvas").nth(1).focus()
    page.keyboard.press("Home")
    said = page.locator("output.lmkit-say").all_inner_texts()
    assert said[0] == said[1] and said[0].startswith("L{} · H{} ".format(*by_score(seen, "previous")[0]))


def chosen(page) -> tuple[int, int]:
    """The head that the sentence names."""
    said = page.locator("output.lmkit-say").inner_text()
    return tuple(map(int, re.match(r"L(\d+) · H(\d+) ", said).groups()))


def selected(page) -> set[tuple[int, int]]:
    """Those that are listed."""
    listed = page.get_by_role("radiogroup", name="Selected heads").get_by_role("radio").all_inner_texts()
    return {tuple(map(int, re.match(r"L(\d+) · H(\d+)", text).groups())) for text in listed}


def by_score(seen, name) -> list[tuple[int, int]]:
    return [divmod(i, HEADS) for i in seen.score(name).flatten().argsort(stable=True).tolist()]


def dot(page) -> tuple[int, int]:
    """The middle of the dot of the chosen head: where most of its color is."""
    color = marked(picture_of(page.locator("canvas")), ACCENT)
    boxes = np.lib.stride_tricks.sliding_window_view(color, (11, 11)).sum(axis=(2, 3))
    row, column = np.argwhere(boxes == boxes.max()).mean(axis=0)
    return int(column) + 5, int(row) + 5


def test_arrow_keys_walk_over_all_heads_in_the_order_of_either_score(page, seen):
    assert chosen(page) == by_score(seen, "induction")[-1]
    page.locator("canvas").focus()
    page.keyboard.press("Home")
    walked = [chosen(page)]
    for _ in ALL[1:]:
        page.keyboard.press("ArrowRight")
        walked.append(chosen(page))
    assert walked == by_score(seen, "previous")
    page.get_by_label("Score up").select_option(label="↑ entropy, in bits")
    page.locator("canvas").focus()
    upwards = by_score(seen, "entropy")
    for head in upwards[upwards.index(chosen(page)) :]:
        assert chosen(page) == head
        page.keyboard.press("ArrowUp")


def test_a_click_on_a_dot_chooses_its_head(page):
    canvas = page.locator("canvas")
    places = {}
    canvas.focus()
    page.keyboard.press("Home")
    for _ in ALL:
        places[chosen(page)] = dot(page)
        page.keyboard.press("ArrowRight")
    for head, (x, y) in places.items():
        canvas.click(position={"x": x, "y": y})
        assert chosen(page) == head


def test_several_heads_are_selected_by_a_line_around_them_or_by_the_space_bar(page, seen):
    canvas = page.locator("canvas")
    box = canvas.bounding_box()
    corners = [(50, 28), (box["width"] - 16, 28), (box["width"] - 16, box["height"] - 46), (50, box["height"] - 46)]
    page.mouse.move(box["x"] + 50, box["y"] + 28)
    page.mouse.down()
    for x, y in [*corners, corners[0]]:
        page.mouse.move(box["x"] + x, box["y"] + y, steps=3)
    page.mouse.up()
    assert selected(page) == set(ALL)
    bars = page.locator(".lmkit-distances li").all_inner_texts()
    assert bars[1].endswith(f"{100 * float(seen.distances[..., 1].mean()):.0f}\u00a0%")
    canvas.focus()
    page.keyboard.press("Escape")
    assert selected(page) == set()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert selected(page) == set(by_score(seen, "previous")[:2])


def test_the_passages_are_those_of_the_survey_and_a_token_is_never_run(page, seen):
    page.locator("canvas").focus()
    for key in ("PageUp", "PageDown"):
        page.keyboard.press(key)
        layer, head = chosen(page)
        for i, item in enumerate(page.get_by_role("list", name="Passages").locator("li").all()):
            text = [WORDS[token] for token in seen.passages[layer, head, i].tolist() if token >= 0]
            assert item.locator("> span > span").inner_text() == "".join(text)
            query, key = int(seen.queries[layer, head, i]), int(seen.keys[layer, head, i])
            assert item.locator(".lmkit-from").inner_text() == text[query].strip()
            assert item.locator(".lmkit-to").inner_text() == text[key].strip()
            share = 100 * float(seen.hardest[layer, head, i])
            told = float(re.match(r"[\d.]+", item.locator("> small").inner_text())[0])
            assert told == pytest.approx(share, abs=1)
    assert page.evaluate("window.ran") is None


def test_the_table_has_every_score_of_every_head_and_nothing_is_out_of_reach(shown, seen):
    page = shown.page
    page.locator("canvas").focus()
    page.keyboard.press("t")
    rows = page.get_by_role("group", name="Table of heads").locator("tbody tr").all()
    assert [row.locator("th").inner_text() for row in rows] == [f"L{layer} · H{head}" for layer, head in ALL]
    for (layer, head), row in zip(ALL, rows, strict=True):
        told = float(row.locator("td").first.inner_text().split(" ±")[0])
        assert told == pytest.approx(100 * float(seen.scores[SCORES.index("previous"), layer, head]), abs=0.06)
    for theme in ("light", "dark"):
        shown.set_theme(theme)
        assert shown.axe_violations(".lmkit-figure") == []
