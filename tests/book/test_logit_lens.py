"""The logit lens in a page without a kernel: it shows what the model would say, keys reach it all, tokens are text."""

import numpy as np
import pytest
import torch

import lmkit
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets import LogitLens
from tests.book.browsing import states_of
from tests.book.pictures import ACCENT, backgrounds, marked, picture_of, share_of

N_LAYERS = 3
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight"]
HOSTILE = [
    '<img src=x onerror="window.ran = true">',
    "</script><script>window.ran = true</script>",
    "{{constructor}} ${window.ran = true} &lt;b&gt;",
]


@pytest.fixture(scope="module")
def model():
    """A small model with weights large enough for its predictions to differ."""
    config = TransformerConfig(vocab_size=12, n_layers=N_LAYERS, n_heads=2, d_model=16, init_std=0.5)
    return Transformer(config, torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def trace(model):
    """What it did with eight tokens."""
    return lmkit.trace(model, torch.tensor([[3, 1, 4, 1, 5, 9, 2, 6]]))


@pytest.fixture(scope="module")
def shares(model, trace):
    """What it would say after each layer: entry, position, vocab."""
    with torch.no_grad():
        stream = torch.cat(trace.residual)
        return model.unembed(model.final_norm(stream)).softmax(dim=-1)


@pytest.fixture
def show_lens(show):
    """A function that shows one lens, and gives the page."""
    seen = []

    def show_lens(widget):
        hosted = states_of(widget)
        seen.append(show(hosted, [widget.model_id], viewport={"width": 1000, "height": 900}))
        return seen[-1].page

    yield show_lens
    assert [complaint for visit in seen for complaint in visit.complaints] == []


def lens_of(trace, model, **options):
    return LogitLens(trace, model, WORDS, decode=lambda token: f"t{token}", **options)


def cells_of(page):
    """The cells of the predictions, row by row, each its word and its share."""
    rows = page.locator("[role=grid] tbody tr").all()[:-1]  # the last one holds the right tokens
    return [
        [(cell.text_content(), cell.get_attribute("data-share")) for cell in row.locator("td").all()] for row in rows
    ]


def value_of_share(text):
    """A share as it is shown, such as "6.5 %", as a number."""
    return float(text.removesuffix("%").strip().lstrip("<>").strip()) / 100


def said(page):
    return page.locator("output.lmkit-say").inner_text()


def test_every_cell_shows_what_the_model_would_say_there(show_lens, trace, model, shares):
    rows = cells_of(show_lens(lens_of(trace, model)))
    assert (len(rows), len(rows[0])) == (N_LAYERS + 1, len(WORDS))
    for row, wanted_row in zip(rows, shares, strict=True):
        for (word, share), wanted in zip(row, wanted_row, strict=True):
            assert word == f"t{wanted.argmax()}"
            assert value_of_share(share) == pytest.approx(float(wanted.max()), abs=0.006)


def test_every_cell_is_as_deep_as_its_share_and_the_last_row_as_that_of_the_right_token(
    show_lens, trace, model, shares
):
    page = show_lens(lens_of(trace, model, layer=1))
    *rows, feet = page.locator("[role=grid] tbody tr").all()
    for row, wanted in zip(rows, shares, strict=True):
        painted = [share_of(color) for color in backgrounds(row.locator("td"))]
        assert painted == pytest.approx(wanted.max(dim=-1).values.tolist(), abs=0.01)
    for entry in (1, 3):
        rows[entry].locator("td").first.click()
        painted = [share_of(color) for color in backgrounds(feet.locator("td"))[:-1]]
        right = shares[entry, :-1].gather(1, trace.tokens[0, 1:, None])[:, 0]
        assert painted == pytest.approx(right.tolist(), abs=0.01)


def test_the_dots_of_a_followed_token_lie_by_its_ranks_and_are_as_deep_as_its_shares(show_lens, trace, model, shares):
    page = show_lens(lens_of(trace, model, position=4, watch=[7], layer=0))
    page.locator(".lmkit-guesses [role=radio]").filter(has_text="t7").click()
    ranks = [int((row > row[7]).sum()) + 1 for row in shares[:, 4]]
    assert len(set(ranks)) > 2
    columns, rows = [], []
    for entry in range(N_LAYERS + 1):
        page.locator("[role=grid] tbody tr").nth(entry).locator("td").nth(4).click()
        picture = picture_of(page.locator("canvas[role=img]"))
        accent = marked(picture, ACCENT)[:160]  # the rest are names
        column = int(accent.sum(axis=0).argmax())  # an upright line goes through the dot, and is hidden behind it
        row = int(np.flatnonzero(accent[:, column - 5]).mean())
        assert share_of(picture[row, column]) == pytest.approx(float(shares[entry, 4, 7]), abs=0.01)
        columns.append(column)
        rows.append(row)
    assert np.ptp(np.diff(columns)) <= 1 and columns[0] < columns[1]
    slope, start = np.polyfit(np.log(ranks), rows, 1)
    assert slope > 10 and np.abs(slope * np.log(ranks) + start - rows).max() < 1.5


def test_each_guess_has_a_bar_as_long_as_its_share(show_lens, trace, model, shares):
    page = show_lens(lens_of(trace, model, layer=2, position=3))
    for chip in page.locator(".lmkit-guesses [role=radio]").all():
        token = int(chip.inner_text().split()[0].removeprefix("t"))
        length = float(chip.evaluate("chip => parseFloat(getComputedStyle(chip).backgroundSize)"))
        assert length == pytest.approx(100 * float(shares[2, 3, token]), abs=0.1)


def test_the_last_row_of_the_table_holds_the_tokens_that_follow(show_lens, trace, model):
    page = show_lens(lens_of(trace, model))
    last = page.locator("[role=grid] tbody tr").last
    assert last.locator("td").all_text_contents()[:-1] == [f"t{token}" for token in trace.tokens[0, 1:].tolist()]


def test_arrow_keys_walk_over_the_cells_and_the_sentence_follows(show_lens, trace, model, shares):
    page = show_lens(lens_of(trace, model, layer=1, position=2))
    page.locator("[role=grid] [aria-selected=true]").focus()
    for key, (entry, place) in [
        ("ArrowDown", (2, 2)),
        ("ArrowRight", (2, 3)),
        ("ArrowUp", (1, 3)),
        ("ArrowLeft", (1, 2)),
        ("End", (1, 7)),
        ("Home", (1, 0)),
    ]:
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.getAttribute('aria-selected')") == "true"
        assert said(page).startswith(f"After layer {entry - 1}, at “{WORDS[place]}”:")
        assert f"“t{shares[entry, place].argmax()}”" in said(page)


def test_a_token_is_followed_through_the_layers_with_its_ranks(show_lens, trace, model, shares):
    page = show_lens(lens_of(trace, model, position=4, watch=[7]))
    page.locator(".lmkit-guesses [role=radio]").filter(has_text="t7").click()
    ranks = [int((row > row[7]).sum()) + 1 for row in shares[:, 4]]
    names = ["embedding", *(f"layer {layer}" for layer in range(N_LAYERS))]
    label = page.locator("canvas[role=img]").get_attribute("aria-label")
    assert label == "Rank of “t7”: " + ", ".join(f"{name} {rank}" for name, rank in zip(names, ranks, strict=True))


def test_the_key_t_opens_the_table_view(show_lens, trace, model):
    page = show_lens(lens_of(trace, model))
    page.locator("[role=grid] [aria-selected=true]").focus()
    assert page.locator(".lmkit-full").count() == 0
    page.keyboard.press("t")
    assert page.locator(".lmkit-full").count() == 1


@pytest.mark.parametrize("token", HOSTILE)
def test_a_hostile_token_is_shown_and_never_run(show_lens, trace, model, token):
    widget = LogitLens(trace, model, [token] * len(WORDS), decode=lambda _: token, watch=[1])
    page = show_lens(widget)
    page.locator("[role=grid] [aria-selected=true]").focus()
    page.keyboard.press("t")
    page.wait_for_timeout(100)  # an image that failed to load would run its handler by now
    assert page.evaluate("window.ran") is None
    assert page.locator(".page-widget :is(img, script, b b)").count() == 0
    assert token.split()[0][:10] in page.locator(".page-widget").inner_text()


def test_the_ranks_fit_a_page_that_has_become_narrower(show_lens, trace, model):
    """A canvas must not hold its column as wide as it was first drawn."""
    page = show_lens(lens_of(trace, model))
    page.set_viewport_size({"width": 640, "height": 900})
    fits = "() => document.querySelector('canvas').getBoundingClientRect().right <= innerWidth"
    page.wait_for_function(fits, timeout=5000)
    assert page.evaluate(fits)
