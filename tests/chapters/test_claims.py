"""What chapters and the page on the book's models say, held to the chapters and the models themselves."""

import math
import re
from collections import Counter
from pathlib import Path

import nbformat
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import lmkit
from lmkit.experiments.neurons import recorded_survey
from lmkit.inside import neurons, story_knowledge
from lmkit.inside.survey import BEFORE
from lmkit.model import attention
from lmkit.text import storyworld, tokenizer
from tests.shelf.test_pretrained import needs_minilm

ROOT = Path(__file__).parents[2]
ASKS = {
    "MiniLM": 'lmkit.load("minilm"', "SmolLM2": 'lmkit.load("smollm2"', "film review": "snippets.movies(",
    "Shakespeare": "corpus.prose(",
}


def code_of(path):
    cells = nbformat.read(path, as_version=4).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


@pytest.mark.parametrize("what", ASKS)
def test_the_page_names_every_chapter_that_reads_what_others_made(what):
    page = (ROOT / "book" / "models.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith("|") and what in line and "chapter" in line]
    named = {int(number) for number in re.findall(r"\d+", row.split("|")[2])}
    assert named == {int(path.name[:2]) for path in ROOT.glob("chapters/*.ipynb") if ASKS[what] in code_of(path)}
    first_page = (ROOT / "book" / "intro.md").read_text(encoding="utf-8")
    assert ("first page" in row) == (ASKS[what] in first_page)


def merged_by_hand(words, n_merges=3):
    """Run the cell of chapter 01 that merges by hand, on these words, and read which pairs it took."""
    cells = nbformat.read(ROOT / "chapters" / "01_tokens.ipynb", as_version=4).cells
    (source,) = [cell.source for cell in cells if cell.get("id") == "by-hand"]
    first, rest = source.split("\n", 1)
    assert first.startswith("words = ")
    names = {"tokenizer": tokenizer, "Counter": Counter, "words": words, "taken": []}
    choice = "best = max(pairs, key=pairs.get)"
    exec(rest.replace(choice, f"{choice}; taken.append(best)"), names)
    assert len(names["taken"]) == n_merges
    return names["taken"]


def test_the_cell_breaks_a_tie_by_the_order_of_the_words_and_lmkit_by_the_numbers_of_the_tokens():
    words = {"hug": 10, "pug": 5, "hugs": 5}
    other_order = dict(sorted(words.items()))
    assert merged_by_hand(words)[-1] == (b"p", b"ug")
    assert merged_by_hand(other_order)[-1] == (b"hug", b"s")
    for each in (words, other_order):
        assert tokenizer.learn_merges(each, 3)[-1] == (b"p", b"ug")


def spread_of_scores(layer, x, divisor):
    """The standard deviation of what the queries and keys of a layer multiply to, divided."""
    query, key, _ = layer.project(x)
    return (query @ key.mT / divisor).std().item()


def test_with_the_root_the_spread_of_an_untrained_layer_does_not_grow_with_d_and_need_not_be_1():
    torch.manual_seed(0)
    x = torch.randn(4, 50, 384)
    layers = {d: attention.MultiHeadAttention(384, 384 // d) for d in (8, 32, 128)}
    divided = [spread_of_scores(layer, x, math.sqrt(d)) for d, layer in layers.items()]
    plain = [spread_of_scores(layer, x, 1) for layer in layers.values()]
    assert max(divided) < 1.1 * min(divided) and max(divided) < 0.5
    assert plain[-1] > 3 * plain[0]


@needs_minilm
@torch.no_grad()
def test_a_head_of_minilm_finds_the_previous_token_by_positions_alone():
    model, n = lmkit.load("minilm").model, 120
    read, ask = model.embeddings, model.encoder.layer[0].attention.self
    same_word = read.word_embeddings.weight.mean(dim=0) + read.token_type_embeddings.weight[0]
    x = read.LayerNorm(same_word + read.position_embeddings.weight[:n])[None]
    query, key = (attention.split_heads(project(x), n_heads=12)[0, 2] for project in (ask.query, ask.key))
    weights = attention.attention_scores(query, key).softmax(dim=-1)
    assert weights.diagonal(-1).min() > 0.99


def test_the_shares_along_the_growth_of_tiny_are_of_two_hundred_pairs():
    shares = [snapshot.measures[kind] for snapshot in lmkit.snapshots().snapshots for kind in story_knowledge.KINDS]
    assert all(math.isclose(200 * share, round(200 * share)) for share in shares)
    assert not all(math.isclose(100 * share, round(100 * share)) for share in shares)


def test_chapter_07_quotes_how_many_test_stories_chapter_05_counts():
    first, second = (
        nbformat.read(ROOT / "chapters" / name, as_version=4).cells
        for name in ("05_pretraining.ipynb", "07_evaluating.ipynb")
    )
    printed = "".join(output.get("text", "") for cell in first for output in cell.get("outputs", []))
    share, stories = re.search(r"(\d+)% of ([\d,]+) test stories", printed).groups()
    (said,) = [cell.source for cell in second if "against 9,000 of training" in cell.source]
    assert "training stories, too" in printed and f"counts {stories} test stories" in said and f"{share} %" in said


@needs_minilm
def test_a_mark_from_outside_is_text_to_lmkits_tokenizer_and_a_mark_to_minilms():
    ours = tokenizer.train("a story", 300, special_tokens=["<|end|>"])
    assert ours.encode("<|end|>", allow_special=True) == [0] and 0 not in ours.encode("<|end|>")
    minilm = lmkit.load("minilm")
    assert minilm.words(minilm.encode("[SEP]")) == ["[CLS]", "[SEP]", "[SEP]"]


def cut_by_view(x, n_heads):
    return x.reshape(len(x), n_heads, x.shape[1], -1)


def join_by_view(x):
    return x.reshape(len(x), x.shape[2], -1)


@pytest.mark.parametrize(
    "cut, join, leaks",
    [
        (attention.split_heads, attention.merge_heads, False),
        (cut_by_view, attention.merge_heads, True),
        (cut_by_view, join_by_view, False),
    ],
)
def test_heads_cut_by_one_view_let_the_future_into_the_past_unless_they_are_joined_by_one(cut, join, leaks):
    x = torch.randn(1, 6, 16, generator=torch.Generator().manual_seed(0))
    changed = torch.cat([x[:, :3], x[:, 3:] + 1], dim=1)
    before, after = (
        join(attention.scaled_dot_product_attention(*[cut(each, 4)] * 3, attention.causal_mask(6))[0])[:, :3]
        for each in (x, changed)
    )
    assert torch.equal(before, after) is not leaks


@torch.no_grad()
@pytest.mark.parametrize("n", [16, 64, 100])
def test_attention_takes_the_multiplications_of_the_formula_and_those_of_the_projections_at_twice_the_width(n):
    d = 32
    layer = attention.MultiHeadAttention(d, n_heads=4)
    layer.attend.explicit = True
    with FlopCounterMode(display=False) as counter:
        layer(torch.randn(1, n, d))
    counts = {kind.__name__.split(".")[0]: flops // 2 for kind, flops in counter.get_flop_counts()["Global"].items()}
    assert counts == {"addmm": 4 * n * d**2, "bmm": 2 * n**2 * d}
    assert (counts["bmm"] > counts["addmm"]) == (n > 2 * d)


def test_the_question_that_the_chapter_quotes_has_been_read_with_its_answer():
    sources = [c.source for path in ROOT.glob("chapters/*.ipynb") for c in nbformat.read(path, as_version=4).cells]
    (quoted,) = [found[1] for text in sources if (found := re.search(r"has read questions such as \*(.+?)\*", text))]
    assert any(quoted in story.text for story in storyworld.stories("train", 2000))


def test_the_neuron_that_speaks_for_was_fires_hardest_at_a_goat_that_ran_and_lowers_were_most():
    book, seen = lmkit.load("book"), recorded_survey()
    ends = seen.passages[2, 227, :, BEFORE - 1 : BEFORE + 2]
    assert {book.tokenizer.tokenizer.decode(end.tolist()) for end in ends} == {" goat ran"}
    raises = neurons.writes(book.model)[2, 227]
    fell, ran, was, were = (book.encode(word)[0, -1].item() for word in (" fell", " ran", " was", " were"))
    assert raises[fell] > raises[was] < raises[ran]
    assert raises.argmin() == were


OPENINGS = {
    "One day, Anna was in the park. The flower near the stones": {1: " were", 2: " was", 3: " was"},
    "One day, Anna met Tom. Anna had a kite. Tom wanted it, so Anna gave the kite to": {0: " her", 2: " Tom"},
}


@pytest.mark.parametrize("beginning", OPENINGS)
def test_the_openings_of_chapters_03_and_04_tell_what_the_model_would_say_after_a_layer(beginning):
    book = lmkit.load("book")
    pages = lmkit.trace(book.model, book.encode(beginning)).residual[1:]
    with torch.no_grad():
        ids = [book.model.unembed(book.model.final_norm(page[0, -1])).argmax() for page in pages]
    said = book.words(torch.stack(ids))
    assert {layer: said[layer] for layer in OPENINGS[beginning]} == OPENINGS[beginning]
    assert any(f"> {beginning} …" in path.read_text("utf-8") for path in ROOT.glob("chapters/*.ipynb"))
