"""Playground: what the page gets, that it computes what Python computes, and what is refused."""

import base64
import hashlib
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from traitlets import TraitError

import lmkit
from lmkit.inside import interventions
from lmkit.shelf import packing, pretrained
from lmkit.text.storyworld import stories, tell
from lmkit.widgets.model_weights import ModelWeights, weights_of
from lmkit.widgets.playground import Playground
from tests.hard_strings import hard_strings
from tests.widgets.test_page_module import run

WIDGETS = Path(__file__).parents[2] / "lmkit" / "widgets"
SOURCES = WIDGETS / "js" / "playground"
TEXT = "Tom had a red kite. He gave it to Nora."
READ_IN_NODE = f"""
import {{ readFileSync }} from "node:fs";
import {{ loadModel }} from "{(SOURCES.parent / "engine").as_uri()}/model.js";
import {{ createReader, settleFor }} from "{SOURCES.as_uri()}/reading.js";
import {{ firstState }} from "{SOURCES.as_uri()}/data.js";
import {{ foreignSays }} from "{SOURCES.as_uri()}/foreign.js";
const model = loadModel(readFileSync("{{file}}"), {{ simd: true }});
const figures = JSON.parse(readFileSync(0));
const reader = createReader(model, figures[0].capacity);
console.log(JSON.stringify(figures.map((traits) => {{
  const get = (name) => traits[name];
  const state = settleFor(model, get("capacity"), reader.tokensOf, 2000)(firstState({{ get }}));
  const reading = reader.read(state);
  const {{ tokens, shown }} = reading;
  const logits = [...shown.run.logits(state.position)];
  const foreign = foreignSays(reading, state.text);
  return {{ ids: tokens.ids, total: tokens.total, costs: shown.costs, logits, foreign }};
}})));
"""
TRAITS = "text off layer head position hidden temperature top_k top_p seed capacity beginnings".split()


def in_page(*figures: Playground, texts: list[str] = ()) -> list[dict]:
    """What the page reads in the state of each figure; in the first one's also with each of some other texts."""
    states = [{trait: getattr(figure, trait) for trait in TRAITS} for figure in figures]
    states += [{**states[0], "text": text} for text in texts]
    file = pretrained.packed(figures[0].weights.name)
    script = READ_IN_NODE.replace("{file}", str(file))
    return json.loads(run("node", "--input-type=module", "-e", script, stdin=json.dumps(states)))


# --- The page and Python agree. ---


def test_the_page_reads_hard_texts_as_python_does():
    tokenizer = packing.unpack(pretrained.packed("tiny"))[1]
    texts = ["", "  two spaces\nand a line", *(text[:2000] for text in hard_strings()[:150])]
    for text, page in zip(texts, in_page(Playground("tiny"), texts=texts)[1:], strict=True):
        ids = [0, *tokenizer.encode(text)]
        assert page["ids"] == ids[:256] and page["total"] == len(ids)


def test_no_story_is_foreign_to_a_model_and_other_english_is():
    """Held-out stories, each from its beginning to somewhere in it."""
    at_home = [" ".join(tell(seed, "test").text.split()[: 8 + seed % 40]) for seed in range(150)]
    foreign = [
        "The committee approved the quarterly budget despite objections.",
        "To be, or not to be, that is the question.",
        "My name is Charlotte and I live in a small village near the sea.",
        "Hello, how are you today?",
        "Je suis un chat noir.",
        "def f(x): return x ** 2",
    ]
    for name in ("tiny", "book"):
        _, *pages = in_page(Playground(name), texts=at_home + foreign)
        assert [page["foreign"] for page in pages[:150]] == [""] * 150
        assert all("has read stories only" in page["foreign"] for page in pages[150:])


def test_the_page_computes_without_the_same_heads_and_neurons_what_python_computes_without_them():
    which, silent = [(0, 1), (3, 2)], [(1, 7), (2, 200)]
    figure = Playground("book", TEXT, off={"heads": which, "neurons": silent}, position=5)
    model = lmkit.load("book")
    tokens = model.encode(TEXT)
    with torch.no_grad(), interventions.changed(model.model, off={"heads": which, "neurons": silent}):
        logits = model.model(tokens)[0]
    (page,) = in_page(figure)
    np.testing.assert_allclose(page["logits"], logits[5], atol=5e-5)
    costs = -logits.log_softmax(-1)[:-1].gather(1, tokens[0, 1:, None])[:, 0]
    np.testing.assert_allclose(page["costs"][1:], costs, atol=5e-5)


def test_the_page_hides_the_same_tokens_of_a_masked_model():
    figure = Playground("book-masked", TEXT, hidden=[4, 3])
    model = lmkit.load("book-masked")
    tokens = model.encode(TEXT)
    seen = tokens.clone()
    seen[0, [3, 4]] = 1  # <|mask|>
    with torch.no_grad():
        logits = model.model(seen)[0]
    (page,) = in_page(figure)
    costs = [None if cost is None else round(cost, 3) for cost in page["costs"]]
    asked = -logits.log_softmax(-1)[[3, 4], tokens[0, [3, 4]]]
    assert costs == [None] * 3 + [round(float(cost), 3) for cost in asked] + [None] * (len(costs) - 5)
    assert figure.hidden == [3, 4] and figure.position == 4


# --- The weights, once. ---


def test_all_figures_share_one_holder_whose_bytes_are_the_packed_file():
    first, second, other = Playground("tiny", "a"), Playground("tiny", "b"), Playground("book", "a")
    assert first.weights is second.weights is weights_of("tiny")
    assert other.weights is not first.weights
    data = pretrained.packed("tiny").read_bytes()
    assert bytes(first.weights.weights) == data
    assert first.weights.sha256 == hashlib.sha256(data).hexdigest()
    assert first.get_state()["weights"] == f"IPY_MODEL_{first.weights.model_id}"


def test_a_holder_shows_nothing_and_a_closed_one_is_made_anew_under_the_same_name():
    holder = weights_of("tiny")
    name = holder.model_id
    assert holder._view_name is None and holder._repr_mimebundle_() is None
    holder.close()
    again = weights_of("tiny")
    assert again is not holder and again.model_id == name
    assert repr(again).startswith("ModelWeights('tiny', sha256='")


def test_a_model_that_the_book_does_not_have_is_refused():
    packed = "book-masked, book-instruct, book, tiny"
    for name in ("minilm", "tiny-snapshots", "../tiny", ""):
        with pytest.raises(ValueError, match=rf"the book has no packed model .*; it has {packed}"):
            ModelWeights(name)
        with pytest.raises(ValueError, match="the book has no packed model"):
            Playground(name)


# --- What Python says of it. ---


def test_the_description_says_what_is_expected_and_what_is_off():
    model = lmkit.load("book")
    with torch.no_grad():
        shares = model.model(model.encode(TEXT))[0, 5].softmax(-1)
    word, likely = model.words(torch.stack([model.encode(TEXT)[0, 5], shares.argmax()]))
    n = model.encode(TEXT).shape[1]
    figure = Playground("book", TEXT, position=5)
    assert figure.description == (
        f"The model book, run in the page on a text of {n} tokens: after “{word}” it expects “{likely}”, "
        f"with {100 * float(shares.max()):.0f} %."
    )
    less = Playground("book", TEXT, position=5, off={"heads": [(0, 0), (1, 1)], "neurons": [(2, 3)]})
    assert f"a text of {n} tokens, 3 switched off: after “{word}”" in less.description
    masked = Playground("book-masked", TEXT, hidden=[3])
    assert "in the place of “" in masked.description


def test_it_opens_at_the_last_token_or_at_the_first_hidden_one_unless_told():
    figure = Playground("tiny", TEXT)
    assert figure.position == len(lmkit.load("tiny").encode(TEXT)[0]) - 1
    assert Playground("tiny", TEXT, position=2).position == 2
    assert Playground("tiny", "").position == 0
    assert Playground("book-masked", TEXT, hidden=[6, 2]).position == 6


def test_the_same_figure_has_the_same_state_and_the_same_name():
    first, second = (Playground("tiny", TEXT, off={"heads": [(1, 1)]}, seed=3) for _ in range(2))
    states = [
        {k: v for k, v in one.get_state().items() if k not in ("layout", "_anywidget_id")} for one in (first, second)
    ]
    assert states[0] == states[1] and first.poster() == second.poster()
    assert first.model_id[:24] == second.model_id[:24] and first.model_id != second.model_id


@pytest.mark.parametrize("text", [TEXT, "", "<img src=x onerror=alert(1)>", "猫 😺\x00", "one two " * 250])
def test_the_poster_is_a_small_picture_beside_a_sentence(text):
    figure = Playground("tiny", text, off={"heads": [(0, 0)]})
    data, metadata = figure._repr_mimebundle_()
    poster = base64.b64decode(data["image/png"])
    assert min(Image.open(io.BytesIO(poster)).size) > 80 and len(poster) < 30_000
    assert data["text/plain"] == figure.description == metadata["image/png"]["alt"]


def test_the_poster_shows_what_is_hidden():
    pictures = {Playground("book-masked", TEXT, hidden=hidden, position=3).poster() for hidden in ([3], [3, 4], [])}
    assert len(pictures) == 3


# --- What is refused. ---

WRONG_CALLS = {
    "layer 4 does not exist: there are 4, from 0 to 3": dict(layer=4),
    "head -1 does not exist": dict(head=-1),
    "token 99 does not exist: there are": dict(position=99),
    "head 4 does not exist: there are 4, from 0 to 3": dict(off={"heads": [(0, 4)]}),
    "layer 9 does not exist": dict(off={"neurons": [(9, 0)]}),
    "neuron 256 does not exist: there are 256, from 0 to 255": dict(off={"neurons": [(0, 256)]}),
    r"off has \['layers'\], but only heads and neurons": dict(off={"layers": []}),
    r"off has \[1\] among its heads; each needs a layer and a number": dict(off={"heads": [(1,)]}),
    "65 heads are to be off; the figure takes 64": dict(off={"heads": [(0, 0)] * 65}),
    r"hidden is \[2\], but 'tiny' sees no hidden tokens: use 'book-masked'": dict(hidden=[2]),
    r"temperature is -0.1, but must be from 0 to 5": dict(temperature=-0.1),
    r"temperature is nan": dict(temperature=float("nan")),
    r"top_k is 0, but must be from 1 to 768": dict(top_k=0),
    r"top_p is 1.2, but must be from 0.01 to 1": dict(top_p=1.2),
    r"seed is -1, but must be from 0": dict(seed=-1),
    "the text has 2,001 characters; the figure takes 2,000: shorten it": dict(text="a" * 2001),
    "the text has 3,000 characters": dict(beginnings=["a" * 3000]),
}


@pytest.mark.parametrize("message", WRONG_CALLS)
def test_a_wrong_call_is_told_the_cause(message):
    with pytest.raises(ValueError, match=message):
        Playground("tiny", **WRONG_CALLS[message])


def test_what_a_text_begins_with_cannot_be_hidden():
    with pytest.raises(ValueError, match="token 0 does not exist"):
        Playground("book-masked", TEXT, hidden=[0])


@pytest.mark.parametrize(
    ("name", "value"),
    [("layer", 4), ("text", "a" * 2001), ("off", {"heads": [[0, 9]]}), ("temperature", 9.0), ("hidden", [1])],
)
def test_what_does_not_exist_is_refused_later_too_and_the_old_one_stays(name, value):
    figure = Playground("tiny", TEXT)
    before = getattr(figure, name)
    with pytest.raises(TraitError):
        setattr(figure, name, value)
    assert getattr(figure, name) == before


def test_what_the_page_sends_is_taken():
    """A text that ends within a character, as it is typed; parts that are off, twice."""
    figure = Playground("tiny", TEXT)
    figure.text = "Tom \ud83d"
    figure.off = {"heads": [[0, 1], [0, 1]], "neurons": []}
    figure.top_k, figure.position = None, 3
    assert figure.off == {"heads": [[0, 1]], "neurons": []}
    assert figure.poster().startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["playground", "hidden_tokens"])
def test_what_the_pages_propose_to_read_is_told_in_words_that_the_model_has_read(name):
    """All but names, which are an open class."""
    page = (Path(__file__).parents[2] / "book" / f"{name}.md").read_text()
    proposed = re.findall(r'"(?:\{start\} )?([A-Z][^"]+)"', page)
    assert "One day, a girl called Nora met a boy called Tom in the park." in proposed[0]
    read = {word for story in stories("train", 1500) for word in re.findall(r"[A-Za-z]+", story.text)}
    assert {word for text in proposed for word in re.findall(r"[A-Za-z]+", text)} - read - {"Nora"} == set()


def test_the_page_about_it_tells_the_truth_of_its_heads():
    """Without one head, and no other, *were* becomes *was*."""
    page = (Path(__file__).parents[2] / "book" / "playground.md").read_text()
    start = re.search(r'start = "(.*)"', page)[1]
    assert "Without one of them, and no other, the model says *was*" in page
    book = lmkit.load("book")
    tokens = book.encode(f"{start} The flowers near the bench")
    expected = []
    for layer, head in np.ndindex(book.model.config.n_layers, book.model.config.n_heads):
        with torch.no_grad(), interventions.changed(book.model, off={"heads": [(layer, head)]}):
            expected.append(book.words(book.model(tokens)[0, -1:].argmax(-1))[0])
    with torch.no_grad():
        assert book.words(book.model(tokens)[0, -1:].argmax(-1)) == [" were"]
    assert expected.count(" was") == 1
