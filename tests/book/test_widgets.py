"""The living figures in a page without a kernel: they draw what the trace says, and keys reach all of it."""

import re

import pytest
import torch

import lmkit
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets import AttentionHeads, AttentionSteps
from lmkit.widgets.attention_steps import Example
from tests.book.browsing import states_of

LAYERS, HEADS = 2, 3
WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
HOSTILE = [
    '<img src=x onerror="window.ran = true">',
    "</script><script>window.ran = true</script>",
    "{{constructor}} ${window.ran = true} &lt;b&gt;",
]


@pytest.fixture(scope="module")
def trace():
    """What a small random model did with ten tokens."""
    torch.manual_seed(0)
    config = TransformerConfig(vocab_size=16, n_layers=LAYERS, n_heads=HEADS, d_model=24, max_positions=16)
    return lmkit.trace(Transformer(config), torch.arange(10))


@pytest.fixture
def show_widget(show):
    """A function that shows one widget of lmkit, and gives the page."""

    def show_widget(widget):
        hosted = states_of(widget)
        seen = show(hosted, [widget.model_id], viewport={"width": 1000, "height": 900})
        assert seen.complaints == []
        return seen.page

    return show_widget


def heads_of(trace, **options):
    """An AttentionHeads of the trace."""
    return AttentionHeads(trace.attentions, WORDS, layer=0, head=0, query=9, **options)


def steps_of(trace, layer, head, **options):
    """An AttentionSteps of one head of the trace."""
    return AttentionSteps([Example.from_trace(trace, WORDS, layer, head)], **options)


def said(page):
    """The sentence of the figure."""
    return page.locator("output.lmkit-say").inner_text()


def tab_to(page, selector):
    """Press Tab until an element has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    pytest.fail(f"Tab does not reach {selector}")


def value_of_share(text):
    """A share as it is shown, such as "6.5 %", as a number."""
    return float(text.removesuffix("%").strip().lstrip("<>").strip()) / 100


def rows_of_table(page):
    """The rows of the table that is shown, each the texts of its cells, its heading first."""
    rows = page.locator(".lmkit-table tr:has(td)").all()
    return [row.locator("th, td").all_text_contents() for row in rows if row.locator("th[scope=row]").count()]


def test_keys_choose_the_head_then_the_query_then_the_word(show_widget, trace):
    page = show_widget(heads_of(trace))
    tab_to(page, "canvas")
    page.keyboard.press("ArrowRight")
    assert said(page).startswith("L0 · H1.")
    page.keyboard.press("PageDown")
    assert said(page).startswith("L1 · H1.")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    assert "From “nine”" in said(page)
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    assert "From “one”" in said(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    assert said(page).startswith("L1 · H0.")


def test_who_closes_the_table_from_inside_can_open_it_again(show_widget, trace):
    page = show_widget(heads_of(trace))
    tab_to(page, "canvas")
    page.keyboard.press("t")
    tab_to(page, ".lmkit-table")
    page.keyboard.press("t")
    assert page.locator(".lmkit-table").is_hidden()
    assert page.evaluate("document.activeElement.matches('.lmkit-figure')")
    page.keyboard.press("t")
    assert page.locator(".lmkit-table").is_visible()


def test_the_table_of_heads_shows_the_largest_shares_of_the_trace(show_widget, trace):
    page = show_widget(heads_of(trace))
    tab_to(page, "canvas")
    page.keyboard.press("t")
    for index in range(LAYERS * HEADS):
        head = trace.attentions[index // HEADS][0, index % HEADS]
        for row, (query, *cells) in zip(head, rows_of_table(page), strict=True):
            shown = {cell.split()[0]: value_of_share(cell.split(maxsplit=1)[1]) for cell in cells}
            of_the_trace = {WORDS[key]: float(row[key]) for key in row.argsort(descending=True)[: len(cells)]}
            assert shown.values() == pytest.approx(list(of_the_trace.values()), abs=0.009), query
            for word, share in shown.items():
                assert share == pytest.approx(float(row[WORDS.index(word)]), abs=0.009)
        page.keyboard.press("ArrowRight")
        if index == HEADS - 1:
            page.keyboard.press("PageDown")
            page.keyboard.press("Home")


def test_before_after_and_change_are_shown_and_add_up(show_widget):
    scores = 3 * torch.randn(2, LAYERS, 1, HEADS, 10, 10, generator=torch.Generator().manual_seed(0))
    now, other = scores.masked_fill(torch.ones(10, 10).triu(1).bool(), -torch.inf).softmax(-1)
    page = show_widget(AttentionHeads(now.unbind(), WORDS, before=other.unbind(), show="change"))
    assert said(page).startswith("L0 · H0. After less before, in percentage points. From")
    tab_to(page, "canvas")
    page.keyboard.press("t")
    change = now[0, 0, 0] - other[0, 0, 0]
    rows = rows_of_table(page)
    assert [query for query, *_ in rows] == WORDS[1:]  # the first word sees only itself: nothing can change
    for query, *cells in rows:
        for cell in cells:
            word, points = cell.split()
            told = float(points.replace("−", "-")) / 100
            assert told == pytest.approx(float(change[WORDS.index(query), WORDS.index(word)]), abs=0.014), query
    page.get_by_role("button", name="before", exact=True).click()
    assert "Before." in said(page)
    before = other[0, 0, 0]
    for row, (query, largest, *_) in zip(before, rows_of_table(page), strict=True):
        assert value_of_share(largest.split(maxsplit=1)[1]) == pytest.approx(float(row.max()), abs=0.009), query


def test_pinned_heads_lie_beside_each_other_on_the_same_query(show_widget, trace):
    page = show_widget(heads_of(trace, pinned=[(1, 2)]))
    pins = page.locator(".lmkit-pins canvas:visible")
    tab_to(page, "canvas")
    page.keyboard.press("p")
    assert pins.count() == 2
    page.keyboard.press("Enter")
    page.keyboard.press("Home")
    assert ["From “one”: 100\xa0% on “one”" in pin.get_attribute("aria-label") for pin in pins.all()] == [True, True]
    page.get_by_role("button", name="L1 · H2: take it off").click()
    assert pins.get_attribute("aria-label").startswith("L0 · H0.")
    page.get_by_role("button", name="pin", exact=True).click()
    assert pins.count() == 0


def test_what_is_chosen_under_more_is_what_the_numbers_are(show_widget, trace):
    changed = [layer - 0.5 for layer in trace.attentions]
    other = tuple(layer[..., :4, :4] / layer[..., :4, :4].sum(dim=-1, keepdim=True) for layer in trace.attentions)
    page = show_widget(
        AttentionHeads(
            [trace.attentions, other], [WORDS, list("abcd")], query=3, pair=[4, None],
            weightings={"less": [changed, [layer[..., :4, :4] for layer in changed]]},
        )
    )  # fmt: skip
    tab_to(page, "canvas")
    page.keyboard.press("t")
    page.get_by_role("button", name="more").click()
    page.get_by_label("Heads", exact=True).select_option("mean of all heads")
    mean = torch.cat(trace.attentions).flatten(0, 1).mean(dim=0)
    assert said(page).startswith(f"Mean of {LAYERS * HEADS} heads.")
    for row, (query, largest, *_) in zip(mean, rows_of_table(page), strict=True):
        assert value_of_share(largest.split(maxsplit=1)[1]) == pytest.approx(float(row.max()), abs=0.009), query
    page.get_by_label("Heads", exact=True).select_option("one head")
    page.get_by_label("Sentences").select_option("B → A")
    assert [query for query, *_ in rows_of_table(page)] == WORDS[4:]
    page.get_by_label("Numbers").select_option("less")
    query, largest, *_ = rows_of_table(page)[0]
    word, number = largest.split()
    first = changed[0][0, 0, 4, :4]
    assert float(number.replace("−", "-")) == pytest.approx(float(first[first.abs().argmax()]), abs=0.02)
    page.get_by_role("button", name="Next text").click()
    assert [query for query, *_ in rows_of_table(page)] == list("abcd")
    assert page.get_by_label("Text", exact=True).input_value() == "1"


def test_a_scroll_bar_covers_no_head(show_widget):
    """A headless browser shows no scroll bars; a border takes the same room."""
    page = show_widget(AttentionHeads(torch.full((30, 1, 12, 10, 10), 0.1).unbind(), WORDS))
    page.add_style_tag(content=".lmkit-overview { border-right: 17px solid }")  # the widest in use
    page.set_viewport_size({"width": 500, "height": 900})
    page.wait_for_timeout(300)  # until they are drawn again
    overview = page.locator(".lmkit-overview")
    assert overview.evaluate("el => el.scrollHeight > el.clientHeight"), "no bar is needed"
    assert overview.evaluate("el => el.scrollWidth - el.clientWidth") == 0
    assert page.get_by_text("Scroll for the rest of the 360 heads.").is_visible()


def test_heads_that_all_have_room_do_not_scroll(show_widget):
    page = show_widget(AttentionHeads(torch.full((3, 1, 12, 10, 10), 0.1).unbind(), WORDS, layer=2))
    page.set_viewport_size({"width": 340, "height": 900})  # the smallest thumbnails, with the narrowest gaps
    page.wait_for_timeout(300)  # until they are drawn again, and the frame has arrived
    overview = page.locator(".lmkit-overview")
    assert overview.evaluate("el => el.scrollHeight - el.clientHeight") == 0
    assert page.get_by_text("Scroll for the rest").is_hidden()


def test_many_tokens_do_not_make_a_figure_that_is_higher_than_a_screen(show_widget):
    even = torch.ones(105, 105).tril()
    weights = (even / even.sum(dim=-1, keepdim=True)).expand(4, 1, 4, 105, 105)
    page = show_widget(AttentionHeads(tuple(weights), [f" {word}" for word in WORDS] * 10 + WORDS[:5]))
    page.set_viewport_size({"width": 704, "height": 900})  # about as wide as the column of the book
    page.wait_for_timeout(300)  # until they are drawn again
    assert page.locator(".lmkit-figure").bounding_box()["height"] < 950


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (1, 2)])
@pytest.mark.parametrize("causal", [True, False])
def test_every_number_of_every_step_is_what_pytorch_computes(show_widget, trace, layer, head, causal):
    page = show_widget(steps_of(trace, layer, head, causal=causal))
    query, key, value = (parts[layer][0, head] for parts in (trace.queries, trace.keys, trace.values))
    scores = query @ key.T
    divided = scores / query.shape[-1] ** 0.5
    hidden = torch.ones(10, 10).triu(1).bool() & causal
    masked = divided.masked_fill(hidden, -torch.inf)
    weights = masked.softmax(-1)
    if causal:
        torch.testing.assert_close(weights, trace.attentions[layer][0, head])
    steps = [scores, divided, masked, weights.masked_fill(hidden, -torch.inf), weights @ value]
    tab_to(page, "button")
    page.keyboard.press("t")
    for step, matrix in enumerate(steps, start=1):
        page.keyboard.press(str(step))
        for row, (word, *cells) in zip(matrix, rows_of_table(page), strict=True):
            shown = [number_of_cell(cell) for cell in cells]
            assert shown == pytest.approx(row.tolist(), abs=0.011), (step, word)


def number_of_cell(text):
    """A cell of the table as a number."""
    if text == "hidden":
        return float("-inf")
    return value_of_share(text) if text.endswith("%") else float(text.replace("−", "-"))


def test_keys_walk_through_the_steps_and_the_cells(show_widget, trace):
    page = show_widget(steps_of(trace, 0, 0, query=5, key=5))
    tab_to(page, "canvas")
    page.keyboard.press("ArrowUp")
    assert "five" in said(page).split(":")[0]
    before = said(page)
    page.keyboard.press("4")
    assert said(page) != before
    assert "shares" in said(page)


def test_a_button_goes_on_from_step_to_step_and_from_the_last_to_the_first(show_widget, trace):
    page = show_widget(steps_of(trace, 0, 0))
    for step in ["2", "3", "4", "5", "1"]:
        page.locator(".lmkit-step-bar > button").click()
        assert page.locator(".lmkit-steps [aria-pressed=true] small").inner_text() == step


def test_the_heads_on_the_first_page_are_what_the_model_computes(open_page, address):
    page = open_page(f"{address}/book/intro.html").page
    model = lmkit.load("minilm")
    trace = model.trace("The animal didn't cross the street because it was too tired.")
    page.locator(".lmkit-overview canvas").focus()
    for key in ("t", "PageUp", "Home"):  # the table; one layer up; its first head
        page.keyboard.press(key)
    figure = page.locator(".page-widget", has=page.locator(".lmkit-overview"))
    layer, head = map(int, re.match(r"L(\d+) · H(\d+)", said(figure)).groups())
    rows = rows_of_table(figure)
    assert [word for word, *_ in rows] == model.words(trace.tokens)
    for row, (word, largest, *_) in zip(trace.attentions[layer][0, head], rows, strict=True):
        assert value_of_share(largest.split(maxsplit=1)[1]) == pytest.approx(float(row.max()), abs=0.009), word


@pytest.mark.parametrize("token", HOSTILE)
def test_a_hostile_token_is_shown_and_never_run(show_widget, token):
    tokens = [token, "a", token]
    queries = torch.eye(3)
    weights = torch.full((1, 1, 3, 3), 1 / 3)
    for widget in (
        AttentionHeads((weights,), tokens, label=token, scores={token: torch.zeros(1, 1)}),
        AttentionSteps([Example(token, tokens, queries, queries, queries)], label=token, choose=token),
    ):
        page = show_widget(widget)
        tab_to(page, "canvas")
        page.keyboard.press("t")
        page.wait_for_timeout(100)  # an image that failed to load would run its handler by now
        assert page.evaluate("window.ran") is None
        assert page.locator(".page-widget :is(img, script, b b)").count() == 0
        assert token.split()[0][:10] in page.locator(".page-widget").inner_text()


@pytest.mark.parametrize("damage", ["cut short", "no base64", "NaN"])
def test_a_damaged_figure_says_why_in_its_place_and_the_others_live(show, trace, damage):
    """By the host of the page where the state cannot be read, and by the figure where it cannot be drawn."""
    well, damaged = heads_of(trace), heads_of(trace, scores={"x": torch.zeros(LAYERS, HEADS)})
    hosted = states_of(damaged, well)
    (weights,) = (one for one in hosted[damaged.model_id]["buffers"] if one["path"] == ["weights"])
    if damage == "NaN":
        hosted[damaged.model_id]["state"]["scores"]["x"][0] = float("nan")
    else:
        weights["data"] = weights["data"][:400] if damage == "cut short" else "?" + weights["data"]
    page = show(hosted, [damaged.model_id, well.model_id]).page
    says = {"cut short": "weights of 2 × 3 heads", "no base64": "atob", "NaN": "a number that is not finite"}
    assert says[damage] in page.locator("[role=alert]").inner_text()
    assert page.locator(".lmkit-figure").count() == 1
    page.locator("canvas").first.focus()
    before = page.locator("output.lmkit-say").inner_text()
    page.keyboard.press("ArrowRight")
    assert page.locator("output.lmkit-say").inner_text() != before


def test_marks_in_a_label_and_in_the_name_of_a_score_are_seen_and_turn_nothing_around(show_widget, trace):
    page = show_widget(heads_of(trace, label="toy\u202e 1", scores={"up\u2067 2": torch.zeros(LAYERS, HEADS)}))
    assert "toy‹202e› 1" in page.locator(".lmkit-title").inner_text()
    assert page.locator(".lmkit-depths option").nth(1).inner_text() == "up‹2067› 2"


def test_a_label_from_right_to_left_does_not_change_places_with_the_numbers_beside_it(show_widget, trace):
    page = show_widget(heads_of(trace, label="שלום"))
    ends = page.locator(".lmkit-title").evaluate("""title => {
      const text = [...title.childNodes].find((node) => node.textContent.includes("·"));
      const place = (words) => {
        const range = document.createRange();
        const start = text.textContent.indexOf(words);
        range.setStart(text, start);
        range.setEnd(text, start + words.length);
        return range.getBoundingClientRect().left;
      };
      return [place("2 layers"), place("שלום"), place("10 tokens")];
    }""")
    assert ends == sorted(ends)
