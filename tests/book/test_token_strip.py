"""The tokenizer bench in a page without a kernel: what the reader types becomes Python's tokens, by keys alone."""

import pytest
from ipywidgets.embed import embed_data

from lmkit import tokenizer
from lmkit.widgets import TokenStrip

TEXT = "the cat sat on the mat, and the hat was on the cat. " * 20
SMALL, LARGE = tokenizer.train(TEXT, 262), tokenizer.train(TEXT, 280)
TYPED = ["the cats chat", "  two spaces\nand a line", "né 猫 😺", '<img src=x onerror="window.ran = true">', ""]


@pytest.fixture
def bench(show):
    """A page with a TokenStrip of two tokenizers, and nothing else."""
    widget = TokenStrip({"small": SMALL, "large": LARGE}, "the cat", tokenizer=1)
    saved = embed_data(views=[widget], drop_defaults=False)["manager_state"]["state"]
    hosted = {name: model for name, model in saved.items() if model["model_module"] == "anywidget"}
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
