"""WordSwap: the page asks the same classifier, and attacks it as lmkit does; what cannot be is refused."""

import base64
import io
import json

import numpy as np
import pytest
import torch
from PIL import Image
from traitlets import TraitError

from lmkit.learning import finetuning
from lmkit.learning.finetuning import Classifier
from lmkit.learning.security.substitution import NEUTRAL, attack, choices
from lmkit.text import storyworld
from lmkit.text.labelled import Labelled
from lmkit.widgets import WordSwap
from tests.widgets.small_victim import STORIES, TEXTS, tokenizer, victim
from tests.widgets.test_page_module import ROOT, run

SWAP = ROOT / "lmkit" / "widgets" / "js" / "word-swap"
IN_NODE = f"""
import {{ readFileSync }} from "node:fs";
import {{ MOST, shareOf, worst }} from "{SWAP.as_uri()}/attacking.js";
import {{ readClassifier, readStories }} from "{SWAP.as_uri()}/data.js";
import {{ choices, swapped }} from "{SWAP.as_uri()}/swapping.js";
const {{ state, texts, labels }} = JSON.parse(readFileSync(0));
for (const name of ["weights", "head"]) state[name] = new Uint8Array(Buffer.from(state[name], "base64"));
const model = {{ get: (name) => state[name] }};
const {{ words }} = readStories(model);
const ask = readClassifier(model);
const attacked = (text, label) => {{
  const swaps = [];
  let queries = 0;
  while (swaps.length < MOST) {{
    const found = worst(text, swaps, label, ask, words);
    if (!found) break;
    swaps.push(found.swap);
    queries += found.queries;
    if (found.share <= 0.5) break;
  }}
  return {{ text: swapped(text, swaps, words), swaps, queries }};
}};
console.log(JSON.stringify({{
  shares: texts.map(ask),
  choices: texts.map((text) => choices(text, words)),
  attacks: texts.map((text, i) => attacked(text, labels[i])),
}}));
"""


@pytest.fixture(scope="module")
def figure():
    return WordSwap(victim(), tokenizer(), STORIES)


@pytest.fixture(scope="module")
def stories():
    """Forty stories of the test split, short enough for the figure."""
    data = storyworld.sentiment(120, "test")
    short = [number for number, text in enumerate(data.texts) if len(text) < 260 and choices(text)]
    return data.take(short[:40])


def ask_node(figure, texts, labels) -> dict:
    state = {name: getattr(figure, name) for name in ("capacity", "texts", "labels", "classes", "groups", "plurals")}
    state |= {name: base64.b64encode(getattr(figure, name)).decode() for name in ("weights", "head")}
    asked = {"state": state, "texts": list(texts), "labels": list(labels)}
    return json.loads(run("node", "--input-type=module", "-e", IN_NODE, stdin=json.dumps(asked)))


def test_the_page_gives_the_same_answers_choices_and_attacks_as_python(figure, stories):
    in_page = ask_node(figure, stories.texts, stories.labels)
    np.testing.assert_allclose(in_page["shares"], [p for _, p in figure.answers(stories.texts)], atol=2e-5)
    ask = lambda texts: torch.tensor(figure.answers(texts))  # noqa: E731
    flipped = 0
    for number, (text, label) in enumerate(zip(stories.texts, stories.labels, strict=True)):
        assert [tuple(each) for each in in_page["choices"][number]] == list(choices(text).items())
        wanted, given = attack(text, label, ask), in_page["attacks"][number]
        assert [list(swap) for swap in wanted.swaps] == given["swaps"]
        assert (wanted.text, wanted.queries) == (given["text"], given["queries"])
        flipped += wanted.flipped
    assert 0 < flipped


def test_the_rounded_weights_answer_nearly_as_the_classifier_that_was_given(figure, stories):
    given = finetuning.probabilities(victim(), finetuning.encode(stories.texts, Encoder(), 192))
    rounded = torch.tensor(figure.answers(stories.texts))
    assert (given - rounded).abs().max() < 0.1
    assert len(figure.weights) < 80_000


class Encoder:
    """The tokenizer as `finetuning.encode` wants it."""

    def __call__(self, text):
        return {"input_ids": [0, *tokenizer().encode(text)]}


def test_every_word_that_may_be_swapped_is_in_one_group(figure):
    inside = [word for group in figure.groups for word in group]
    assert len(inside) == len(set(inside)) and set(inside) == {word for word, others in NEUTRAL.items() if others}
    assert figure.plurals["bench"] == "benches"


def test_swaps_are_made_one_after_the_other_and_python_sees_the_text(figure):
    figure.swaps = [["Mia", "Zoe"], ["kite", "doll"]]
    assert figure.text() == TEXTS[0].replace("Mia", "Zoe").replace("kite", "doll")
    figure.swaps = []
    assert figure.text() == TEXTS[0]


@pytest.mark.parametrize(
    "swaps",
    [
        [["Mia", "Tom"]],
        [["Mia", "Leo"]],
        [["Nina", "Zoe"]],
        [["Mia"]],
        [["Mia", "Zoe"], ["Zoe", "Nina"]],
        [["sad", "upset"]],
    ],
)
def test_a_swap_that_cannot_be_made_is_refused(figure, swaps):
    with pytest.raises(TraitError, match="swaps has"):
        figure.swaps = swaps
    with pytest.raises(ValueError, match="swaps has"):
        WordSwap(victim(), tokenizer(), STORIES, swaps=swaps)


def test_what_the_page_cannot_run_is_refused():
    with pytest.raises(ValueError, match="reads the last token"):
        WordSwap(Classifier(victim().body, 2, read="mean"), tokenizer(), STORIES)
    with pytest.raises(ValueError, match="the model should have two classes, and has 3"):
        WordSwap(Classifier(victim().body, 3), tokenizer(), STORIES)
    with pytest.raises(ValueError, match="train a smaller one"):
        WordSwap(victim(d_model=64), tokenizer(), STORIES)
    with pytest.raises(ValueError, match="choose a shorter one"):
        WordSwap(victim(), tokenizer(), Labelled([TEXTS[0] * 6], [0], ["bad", "good"]))
    with pytest.raises(ValueError, match="no word can be swapped"):
        WordSwap(victim(), tokenizer(), Labelled(["It was so."], [0], ["bad", "good"]))
    with pytest.raises(ValueError, match="story 2 does not exist"):
        WordSwap(victim(), tokenizer(), STORIES, story=2)


def test_its_sentence_says_what_is_answered_and_its_picture_is_small(figure):
    ((_, p),) = figure.answers([TEXTS[0]])
    assert f"“{['bad', 'good'][int(p > 0.5)]}”, with {100 * max(p, 1 - p):.0f} %" in figure.description
    picture = figure.poster()
    assert len(picture) < 15_000 and Image.open(io.BytesIO(picture)).width == 640
