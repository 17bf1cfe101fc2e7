"""The film of training in a page without a kernel: its numbers are those it was given, and keys reach all of it."""

import math
import re

import pytest
import torch

from lmkit.widgets import TrainingFilm
from lmkit.widgets.training_film import Frame
from tests.book.browsing import states_of

STEPS = [0, 50, 200, 900]
WORDS = ["one", "two", "three", '<img src=x onerror="window.ran = true">']
AGREEMENT = [0.5, 0.25, 0.75, 1.0]
HELD_OUT = {0: 6.5, 50: 4.25, 200: 2.13, 900: 1.0}
HOSTILE = '</script><script>window.ran = true</script><b onclick="window.ran = true">x</b>'


def attention(seed: int) -> torch.Tensor:
    """Two layers of two causal heads on four tokens, as AttentionHeads takes them."""
    scores = torch.randn(2, 2, 4, 4, generator=torch.Generator().manual_seed(seed)) * 2
    return scores.masked_fill(~torch.ones(4, 4).tril().bool(), -torch.inf).softmax(dim=-1)


def film(**options) -> TrainingFilm:
    curve = {"step": [*STEPS, 500], "train": [*HELD_OUT.values(), 1.5], "valid": [*HELD_OUT.values(), math.nan]}
    order = sorted(range(5), key=lambda i: curve["step"][i])
    curve = {name: [values[i] for i in order] for name, values in curve.items()}
    given = {"frames": [Frame(step, attention(step)) for step in STEPS], **options}
    return TrainingFilm(curve=curve, tokens=WORDS, measures={"agreement": AGREEMENT}, **given)


@pytest.fixture
def show_film(show):
    """A function that shows a film and gives the page; nothing may complain or run."""
    seen = []

    def show_film(widget, **context):
        hosted = states_of(widget)
        seen.append(show(hosted, [widget.model_id], viewport={"width": 1000, "height": 900}, **context))
        return seen[-1].page

    yield show_film
    assert [one.complaints for one in seen] == [[]] * len(seen)
    assert all(one.page.evaluate("window.ran") is None for one in seen)


def handle(page):
    """The handle on the curves that chooses the frame."""
    return page.get_by_role("slider", name="Frame")


def shown_frame(page) -> int:
    """The frame that the handle says it is at."""
    return int(handle(page).get_attribute("aria-valuenow"))


def test_the_table_and_the_sentence_hold_the_numbers_that_were_given(show_film):
    page = show_film(film())
    handle(page).focus()
    page.keyboard.press("t")
    table = page.get_by_role("group", name="Table of frames")
    rows = [row.locator("th, td").all_text_contents() for row in table.locator("tbody tr").all()]
    losses = [f"{HELD_OUT[step]:.2f}" for step in STEPS]
    assert [row[0] for row in rows] == [str(step) for step in STEPS]
    assert [row[1] for row in rows] == [row[2] for row in rows] == losses
    assert [row[3] for row in rows] == [f"{share:.2f}" for share in AGREEMENT]
    for frame, step in enumerate(STEPS):
        page.keyboard.press("Home")
        for _ in range(frame):
            page.keyboard.press("ArrowRight")
        says = handle(page).get_attribute("aria-valuetext")
        assert says.startswith(f"Step {step}.") and f"{HELD_OUT[step]:.2f} held out" in says
        # The name stands between two marks that keep its direction of writing to itself.
        assert says.endswith(f"\u2068agreement\u2069 {AGREEMENT[frame]:.2f}.")


def test_what_each_frame_writes_is_shown_and_heard_and_never_run(show_film):
    frames = [Frame(step, attention(step), f"One day, {HOSTILE} {step}") for step in STEPS]
    page = show_film(film(frames=frames, beginning="One day,"))
    handle(page).focus()
    for step in STEPS:
        assert page.locator(".lmkit-written").inner_text() == f"{HOSTILE} {step}"
        assert handle(page).get_attribute("aria-valuetext").endswith(f" {HOSTILE} {step}\u2069")
        page.keyboard.press("ArrowRight")
    page.keyboard.press("t")
    table = page.get_by_role("group", name="Table of frames")
    assert table.locator("tbody tr").first.locator("td").last.inner_text().strip() == f"{HOSTILE} 0"


def test_keys_walk_over_the_frames_and_stop_at_the_ends(show_film):
    page = show_film(film())
    handle(page).focus()
    walk = [("ArrowRight", 1), ("ArrowRight", 2), ("End", 3), ("ArrowRight", 3), ("ArrowLeft", 2), ("Home", 0)]
    for key, frame in [*walk, ("ArrowLeft", 0)]:
        page.keyboard.press(key)
        assert shown_frame(page) == frame


def test_each_frame_shows_its_own_heads(show_film):
    """The largest share of the last token, as the sentence below the heads says it."""
    page = show_film(film(layer=1, head=1))
    handle(page).focus()
    page.keyboard.press("t")
    for step in STEPS:
        shares = attention(step)[1, 1, 2]
        cells = page.get_by_role("group", name="Table of shares").locator("tbody tr").nth(2).inner_text()
        shown = [float(number) for number in re.findall(r"([\d.]+)\s?%", cells)]
        assert shown[0] == pytest.approx(100 * float(shares.max()), abs=1.0)
        page.keyboard.press("ArrowRight")


def test_space_plays_to_the_end_and_stops(show_film):
    page = show_film(film())
    handle(page).focus()
    page.keyboard.press(" ")
    page.wait_for_function(
        "() => document.querySelector('[role=slider][aria-label=Frame]').getAttribute('aria-valuenow') === '3'"
    )
    page.wait_for_timeout(900)  # longer than a frame lasts
    assert shown_frame(page) == 3


def test_where_less_motion_is_wanted_each_start_shows_the_next_frame_and_stops(show_film):
    page = show_film(film(), reduced_motion="reduce")
    handle(page).focus()
    for frame in (1, 2):
        page.keyboard.press(" ")
        page.wait_for_timeout(900)
        assert shown_frame(page) == frame


def test_a_hostile_label_and_hostile_words_are_shown_and_never_run(show_film):
    page = show_film(film(label=HOSTILE))
    assert HOSTILE in page.locator(".lmkit-title").first.inner_text()
    handle(page).focus()
    page.keyboard.press("t")
    assert "onerror" in page.get_by_role("group", name="Table of shares").inner_text()
    assert page.locator("img").count() == 0
