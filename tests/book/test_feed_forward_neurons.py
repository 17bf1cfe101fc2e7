"""The neurons in a page without a kernel: they show what was recorded, and keys and typing reach all of it."""

import re

import numpy as np
import pytest
import torch

from lmkit.inside import neurons
from lmkit.inside.survey import BEFORE, OUTSIDE, Survey, survey
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets import FeedForwardNeurons
from tests.book.browsing import states_of
from tests.book.pictures import ACCENT, backgrounds, marked, picture_of, share_of

LAYERS, NEURONS = 2, 30
WORDS = ["the", " cat", " sat", " on", " a", " mat", '<img src=x onerror="window.ran = true">', " hat"]


@pytest.fixture(scope="module")
def model() -> Transformer:
    config = TransformerConfig(vocab_size=8, n_layers=LAYERS, n_heads=2, d_model=8, d_hidden=NEURONS, init_std=0.5)
    return Transformer(config, torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def seen(model) -> Survey:
    generator = torch.Generator().manual_seed(1)
    return survey(model, [torch.randint(8, (9,), generator=generator) for _ in range(6)])


@pytest.fixture
def page(show, seen, model):
    """A page with one FeedForwardNeurons, which opens at layer 0, and nothing else."""
    widget = FeedForwardNeurons(seen, model, decode=WORDS.__getitem__, top=3)
    hosted = states_of(widget)
    shown = show(hosted, [widget.model_id], viewport={"width": 375, "height": 900})
    yield shown.page
    assert shown.complaints == []
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= 375


def chosen(page) -> tuple[int, int]:
    """The layer and the neuron that the sentence names."""
    said = page.locator("output.lmkit-say").inner_text()
    return tuple(map(int, re.match(r"L(\d+) · (\d+) ", said).groups()))


def test_keys_walk_over_the_neurons_from_the_highest_peak_on_and_over_the_layers(page, seen):
    order = seen.peak.argsort(dim=1, descending=True, stable=True)
    assert chosen(page) == (0, int(order[0, 0]))
    page.locator("canvas").focus()
    page.keyboard.press("ArrowRight")
    assert chosen(page) == (0, int(order[0, 1]))
    page.keyboard.press("End")
    assert chosen(page) == (0, int(order[0, -1]))
    page.keyboard.press("PageDown")
    assert chosen(page) == (1, int(order[0, -1]))


def test_a_click_on_the_first_square_chooses_the_neuron_with_the_highest_peak(page, seen):
    page.get_by_role("radio", name="layer 1").click()
    page.locator("canvas").click(position={"x": 8, "y": 8})
    assert chosen(page) == (1, int(seen.peak[1].argmax()))


def squares(page) -> dict[int, tuple[int, int]]:
    """The middle of the square of each neuron of the layer, in the order of the keys: where its frame lies."""
    canvas, places = page.locator("canvas"), {}
    canvas.focus()
    page.keyboard.press("Home")
    for _ in range(NEURONS):
        neuron = int(re.search(r"neuron (\d+)", canvas.get_attribute("aria-valuetext"))[1])
        rows, columns = np.nonzero(marked(picture_of(canvas), ACCENT))
        places[neuron] = (int(columns.mean()), int(rows.mean()))
        page.keyboard.press("ArrowRight")
    assert len(places) == NEURONS
    return places


def test_each_square_is_as_deep_as_the_score_of_its_neuron(page, seen):
    for layer, peaks in enumerate(seen.peak):
        page.get_by_role("radio", name=f"layer {layer}", exact=True).click()
        places = squares(page)
        assert list(places.values()) == sorted(places.values(), key=lambda place: place[::-1])  # row by row
        picture = picture_of(page.locator("canvas"))
        painted = {neuron: share_of(picture[y, x]) for neuron, (x, y) in places.items()}
        assert painted == pytest.approx(dict(enumerate((peaks / peaks.max()).clamp(min=0).tolist())), abs=0.012)
        assert list(places) == peaks.argsort(descending=True, stable=True).tolist()


def test_the_squares_of_found_neurons_are_framed(page, seen, model):
    places = squares(page)
    page.get_by_label("Find a token").fill("cat")
    cat, raised = WORDS.index(" cat"), neurons.writes(model)[0].topk(3)
    writes_it = ((raised.indices == cat) & (raised.values > 0)).any(dim=-1)
    hears_it = (seen.passages[0, :, :, BEFORE] == cat).float().mean(dim=-1) >= 0.5
    found = set(torch.nonzero((writes_it | hears_it) & (seen.peak[0] > 0)).flatten().tolist())
    accent = marked(picture_of(page.locator("canvas")), ACCENT)
    sides = {neuron: (accent[y, x - 11 : x - 7], accent[y, x + 8 : x + 11]) for neuron, (x, y) in places.items()}
    framed = {neuron for neuron, (left, right) in sides.items() if left.any() and right.any()}
    chosen_one = {list(places)[-1]}  # has a frame of its own
    assert 0 < len(found) < NEURONS - 1
    assert framed - chosen_one == found - chosen_one


def test_each_word_of_a_passage_is_as_deep_as_the_neuron_fires_on_it(page, seen):
    layer, neuron = chosen(page)
    peak = float(seen.peak[layer, neuron])
    assert peak > 0
    passages = page.get_by_role("list", name="Passages").get_by_role("listitem").all()
    for passage, tokens, levels in zip(passages, seen.passages[layer, neuron], seen.levels[layer, neuron], strict=True):
        fired = [max(0.0, float(level)) for token, level in zip(tokens, levels, strict=True) if token != OUTSIDE]
        for color, level in zip(backgrounds(passage.locator("span > *")), fired, strict=True):
            if level > 0.03:
                assert share_of(color) == pytest.approx(level / peak, abs=0.012)
            elif level < 0.01:
                assert color[3:] == [0]  # no color at all


def test_each_token_that_a_neuron_writes_has_a_bar_as_long_as_its_push(page, model):
    layer, neuron = chosen(page)
    written = neurons.writes(model)[layer, neuron]
    wanted = [*written.topk(3).values.tolist(), *(-written).topk(3).values.tolist()]
    lengths = page.locator(".lmkit-guesses [role=radio]").evaluate_all(
        "chips => chips.map(chip => parseFloat(getComputedStyle(chip).backgroundSize))"
    )
    assert lengths == pytest.approx([100 * push / max(wanted) for push in wanted], abs=0.2)


def test_the_table_says_the_peak_of_every_neuron(page, seen):
    page.locator("canvas").focus()
    page.keyboard.press("t")
    rows = page.locator(".lmkit-table tbody tr").all()
    texts = (row.locator("th, td").all_inner_texts() for row in rows)
    shown = {int(cells[0].removeprefix("L0 · ")): float(cells[1]) for cells in texts}
    wanted = {i: max(0.0, float(peak)) for i, peak in enumerate(seen.peak[0])}
    assert shown == pytest.approx(wanted, abs=0.011)


def test_typing_a_token_finds_the_neurons_that_raise_it_most_and_choosing_one_shows_it(page, seen, model):
    page.get_by_label("Find a token").fill("cat")
    written, peaks = neurons.writes(model), seen.peak.clamp(min=0)
    among_the_first = written.topk(3).indices == WORDS.index(" cat")
    push = (among_the_first * written.topk(3).values).sum(dim=-1) * peaks  # (layer, neuron)
    best = divmod(int(push.argmax()), NEURONS)
    page.get_by_role("radiogroup", name="Neurons that raise it").get_by_role("radio").first.click()
    assert chosen(page) == best
    raised = page.get_by_role("radiogroup", name="It raises").get_by_role("radio").all_inner_texts()
    assert any(text.startswith("␣cat") for text in raised)
    page.get_by_label("Find a token").press("t")  # is typed, and opens no table
    assert page.locator(".lmkit-table").is_hidden()


def test_what_is_no_token_is_said_and_a_near_one_is_found_by_a_click(page):
    page.get_by_label("Find a token").fill("mattress")
    assert "“mattress” is no token of this model" in page.locator(".page-widget").inner_text()
    assert page.get_by_role("radiogroup", name="Neurons that raise it").count() == 0
    page.get_by_role("group", name="Tokens that begin like it").get_by_role("button", name="mat").click()
    assert page.get_by_label("Find a token").input_value() == "mat"
    assert "is no token" not in page.locator(".page-widget").inner_text()


def test_what_the_search_proposes_to_type_is_a_token(page):
    proposed = page.get_by_label("Find a token").get_attribute("placeholder").removeprefix("find a token: ")
    assert {word.strip() for word in proposed.removesuffix("…").split(",")} <= {word.strip() for word in WORDS}


def test_a_hostile_token_is_shown_and_never_run(page):
    page.get_by_label("Find a token").fill("<img")
    page.locator("canvas").focus()
    page.keyboard.press("t")
    page.wait_for_timeout(100)  # an image that failed to load would run its handler by now
    assert page.evaluate("window.ran") is None
    assert page.locator(".page-widget :is(img, script)").count() == 0
    assert "<img src=x" in page.locator(".page-widget").inner_text()
