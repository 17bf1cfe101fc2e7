"""TokenStrip: the page does the same byte pair encoding as Python, from nothing but the merges."""

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from traitlets import TraitError

from lmkit.text.tokenizer import Tokenizer, train
from lmkit.widgets.token_strip import TokenStrip
from tests.hard_strings import hard_strings

SOURCES = Path(__file__).parents[2] / "lmkit" / "widgets" / "js"
RUN_IN_NODE = f"""
import {{ readFileSync }} from "node:fs";
import {{ encode, mergeSteps, unpackTokenizers }} from "{SOURCES.as_uri()}/shared/bpe.js";
import {{ show }} from "{SOURCES.as_uri()}/token-strip/seen.js";
const {{ outlines, merges, texts, words }} = JSON.parse(readFileSync(0));
const tokenizers = unpackTokenizers(outlines, Buffer.from(merges, "base64"));
const bytes = words.map((word) => new TextEncoder().encode(word));
const plain = (one) => (step) => step.map((index) => Array.from(one.tokens[index]));
console.log(JSON.stringify(tokenizers.map((one) => ({{
  ids: texts.map((text) => encode(one, text).map((index) => index + one.special)),
  steps: bytes.map((word) => mergeSteps(one, word).map(plain(one))),
  shown: one.tokens.map(show),
}}))));
"""
STORY = (
    "Nora gave the red lamp to Omar; it was his. 我喜欢猫，猫也喜欢灯。 aaaa ababab 👩‍👩‍👧‍👦👍🏽 café don't"
)
END = "<|end|>"


@pytest.fixture(scope="module")
def tokenizers() -> dict[str, Tokenizer]:
    return {
        "bytes": Tokenizer([]),
        "small": train(STORY, 270, [END]),
        "large": train(STORY, 400, [END, "<|b|>"]),
    }


def run_in_page(tokenizers: dict[str, Tokenizer], texts: list[str], words: list[str]) -> list[dict]:
    """What the page makes of texts and words with each tokenizer, from the state of a figure."""
    figure = TokenStrip(tokenizers, "")
    merges = base64.b64encode(figure.merges).decode()
    state = {"outlines": figure.outlines, "merges": merges, "texts": texts, "words": words}
    places = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    node = subprocess.run(
        ["node", "--input-type=module", "-e", RUN_IN_NODE],
        input=json.dumps(state),
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": places},
    )
    assert node.returncode == 0, node.stderr
    return json.loads(node.stdout)


# --- The page and Python agree. ---


def test_the_page_gives_hard_strings_the_ids_that_python_gives(tokenizers):
    texts = hard_strings()
    for in_page, one in zip(run_in_page(tokenizers, texts, []), tokenizers.values(), strict=True):
        assert in_page["ids"] == [one.encode(text) for text in texts]


@settings(max_examples=10)  # each starts Node
@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cn"])), min_size=20))
def test_the_page_gives_any_text_the_ids_that_python_gives(tokenizers, texts):
    for in_page, one in zip(run_in_page(tokenizers, texts, []), tokenizers.values(), strict=True):
        assert in_page["ids"] == [one.encode(text) for text in texts]


def test_the_page_shows_the_merge_steps_that_python_shows(tokenizers):
    words = ["lamp", " the", "喜欢猫", "aaaa", "ababab", "é", ""]
    for in_page, one in zip(run_in_page(tokenizers, [], words), tokenizers.values(), strict=True):
        steps = [one.merge_steps(word) for word in words]
        assert in_page["steps"] == [[[list(token) for token in step] for step in word] for word in steps]


def test_the_page_shows_a_part_of_a_character_as_python_does(tokenizers):
    large = tokenizers["large"]
    in_page = run_in_page({"large": large}, [], [])[0]["shown"]
    in_python = large.words(range(len(large.special_tokens), large.vocab_size))
    parts = {i for i, token in enumerate(in_python) if token.startswith("<") and len(token) > 2}
    assert parts and all(in_page[i] == in_python[i] for i in parts)


# --- What Python says of it. ---


def test_the_description_counts_what_is_seen(tokenizers):
    figure = TokenStrip({"bytes": tokenizers["bytes"]}, "猫 a")
    assert figure.description == "A text of 3 characters and 5 bytes is 5 tokens by bytes."
    assert TokenStrip(Tokenizer([]), "").outlines[0]["name"] == "vocabulary 256"


def test_the_same_figure_has_the_same_state(tokenizers):
    first, second = (TokenStrip(tokenizers, STORY, tokenizer=1, token=2).get_state() for _ in range(2))
    kept = set(first) - {"layout", "_anywidget_id"}
    assert {name: first[name] for name in kept} == {name: second[name] for name in kept}


@pytest.mark.parametrize("text", [STORY, "", "<img src=x onerror=alert(1)>", "\x00\n\t", STORY * 5])
def test_the_poster_is_a_small_picture(tokenizers, text):
    figure = TokenStrip(tokenizers, text, tokenizer=2)
    poster = figure.poster()
    assert Image.open(io.BytesIO(poster)).format == "PNG" and len(poster) < 30_000
    data, metadata = figure._repr_mimebundle_()
    assert base64.b64decode(data["image/png"]) == poster and data["text/plain"] == figure.description
    assert metadata["image/png"] == {"alt": figure.description}


WRONG_CALLS = {
    "no tokenizer": (r"tokenizer 0 does not exist: there are 0", lambda one: TokenStrip({}, "a")),
    "another tokenizer": (
        r"tokenizer 1 does not exist: there are 1",
        lambda one: TokenStrip(one, "a", tokenizer=1),
    ),
    "another token": (
        r"token 2 does not exist: there are 2, from 0",
        lambda one: TokenStrip(one, "ab", token=2),
    ),
    "a token of nothing": (r"token 1 does not exist: there are 0", lambda one: TokenStrip(one, "", token=1)),
    "long text": (r"501 characters.*takes 500: shorten", lambda one: TokenStrip(one, "a" * 501)),
}


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_a_wrong_call_is_told_the_cause(name):
    message, call = WRONG_CALLS[name]
    with pytest.raises(ValueError, match=message):
        call(Tokenizer([]))


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("tokenizer", 3, "tokenizer 3 does not exist: there are 3, from 0 to 2"),
        ("token", 2, "token 2 does not exist: there are 2, from 0 to 1"),
        ("token", -1, "token -1 does not exist"),
        ("text", "a" * 501, "501 characters.*takes 500: shorten"),
    ],
)
def test_what_does_not_exist_is_refused_later_too_and_the_old_one_stays(tokenizers, name, value, says):
    figure = TokenStrip(tokenizers, "ab", token=1)
    before = getattr(figure, name)
    with pytest.raises(TraitError, match=says):
        setattr(figure, name, value)
    with pytest.raises(TraitError, match=says), figure.hold_trait_notifications():
        setattr(figure, name, value)
    assert getattr(figure, name) == before


def test_another_text_or_tokenizer_keeps_the_token_inside_the_text(tokenizers):
    figure = TokenStrip(tokenizers, "the lamp", token=7)
    figure.tokenizer = 2
    assert figure.token == len(tokenizers["large"].encode("the lamp")) - 1 < 7
    figure.text = ""
    assert figure.token == 0
    figure.text = "\ud83d lamp"  # half a character, as it is typed
    with figure.hold_trait_notifications():
        figure.text, figure.tokenizer, figure.token = "a red lamp", 0, 9
    assert (figure.text, figure.tokenizer, figure.token) == ("a red lamp", 0, 9)


def test_too_large_a_vocabulary_is_refused(monkeypatch):
    monkeypatch.setattr("lmkit.widgets.token_strip.MOST_TOKENS", 256)
    with pytest.raises(ValueError, match=r"'vocabulary 257' has 257 tokens; the figure takes 256"):
        TokenStrip(Tokenizer([(b"a", b"b")]), "a")
