"""The tokenizer bench in a page without a kernel: what the reader types becomes Python's tokens, by keys alone."""

import pytest

from lmkit.text import tokenizer
from lmkit.widgets import TokenStrip
from tests.book.browsing import states_of
from tests.book.pictures import backgrounds, depth_of

TEXT = "the cat sat on the mat, and the hat was on the cat. " * 20
SMALL, LARGE = tokenizer.train(TEXT, 262), tokenizer.train(TEXT, 280)
TYPED = ["the cats chat", "  two spaces\nand a line", "né 猫 😺", '<img src=x onerror="window.ran = true">', ""]


@pytest.fixture
def bench(show):
    """A page with a TokenStrip of two tokenizers, and nothing else."""
    widget = TokenStrip({"small": SMALL, "large": LARGE}, "the cat", tokenizer=1)
    hosted = states_of(widget)
    seen = show(hosted, [widget.model_id])
    yield seen.page
    assert seen.complaints == []


def ids_shown(page) -> list[int]:
    """The id below each token."""
    below = page.locator(".lmkit-chip > span").all_text_contents()
    return [int(text.split(" · ")[0]) for text in below]


@pytest.mark.parametrize("text", TYPED)
def test_what_the_reader_types_becomes_the_tokens_of_python(bench, text):
    bench.get_by_label("Your text").fill(text)
    assert ids_shown(bench) == LARGE.encode(text)
    assert bench.evaluate("window.ran") is None


def test_a_text_that_is_too_long_is_cut_at_its_end_and_that_is_said(bench):
    field = bench.get_by_label("Your text")
    field.fill("a" * 503)
    assert field.input_value() == "a" * 500
    said = bench.get_by_text("The figure takes")
    assert said.inner_text() == "The figure takes 500 characters: 3 characters at the end were cut off."
    bench.keyboard.press("Backspace")
    assert said.is_hidden()


def test_the_more_bytes_in_a_token_the_deeper_its_color(bench):
    bench.get_by_label("Your text").fill("the cat chat né 猫")
    tokens = [LARGE.decode_bytes([token]) for token in LARGE.encode("the cat chat né 猫")]
    lengths = [len(token) for token in tokens]
    assert len(set(lengths)) > 2
    depths = [depth_of(color) for color in backgrounds(bench.locator(".lmkit-chip"))]
    assert depths == pytest.approx([(min(length, 13) - 1) / 12 for length in lengths], abs=0.01)


def test_each_tokenizer_has_a_bar_as_long_as_its_tokens_are_many(bench):
    bench.get_by_label("Your text").fill("the cat sat on the mat")
    counts = [len(one.encode("the cat sat on the mat")) for one in (SMALL, LARGE)]
    bars = bench.locator(".lmkit-compare i").evaluate_all(
        "bars => bars.map(bar => parseFloat(getComputedStyle(bar).backgroundSize))"
    )
    assert bars == pytest.approx([100 * count / max(counts) for count in counts], abs=0.1) and counts[0] > counts[1]


def test_keys_type_choose_the_tokenizer_and_walk_over_the_tokens(bench):
    bench.get_by_label("Your text").focus()
    bench.keyboard.press("End")
    bench.keyboard.type(" sat")
    assert ids_shown(bench) == LARGE.encode("the cat sat")
    bench.keyboard.press("Tab")
    bench.keyboard.press("ArrowUp")
    assert ids_shown(bench) == SMALL.encode("the cat sat")
    bench.keyboard.press("Tab")
    bench.keyboard.press("End")
    n_tokens = len(SMALL.encode("the cat sat"))
    assert f"Token {n_tokens} of {n_tokens}" in bench.locator("output.lmkit-say").inner_text()
    bench.keyboard.press("t")
    assert bench.locator(".lmkit-table tbody tr").count() == n_tokens
