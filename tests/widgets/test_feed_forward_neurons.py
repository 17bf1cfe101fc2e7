"""FeedForwardNeurons: what Python packs is what was recorded and what is written, and what the page reads."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from lmkit.inside import neurons
from lmkit.inside.survey import BEFORE, OUTSIDE, Survey, survey
from lmkit.model.transformer import Transformer, TransformerConfig
from lmkit.widgets import FeedForwardNeurons
from tests.widgets.test_page_module import run

SOURCES = Path(__file__).parents[2] / "lmkit" / "widgets" / "js" / "feed-forward-neurons"
READ_IN_NODE = f"""
import {{ readFileSync }} from "node:fs";
import {{ readNeurons }} from "{SOURCES.as_uri()}/data.js";
import {{ passagesOf, writtenBy }} from "{SOURCES.as_uri()}/seen.js";
const {{ binary, ...state }} = JSON.parse(readFileSync(0));
for (const [name, data] of Object.entries(binary)) {{
  const bytes = Buffer.from(data, "base64");
  state[name] = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}}
const data = readNeurons({{ get: (name) => state[name] }});
const each = (n, read) => Array.from({{ length: n }}, (_, i) => read(i));
const all = (read) => each(data.layers, (layer) => each(data.neurons, (neuron) => read(layer, neuron)));
console.log(JSON.stringify({{
  passages: all((layer, neuron) => passagesOf(data, layer, neuron)),
  written: all((...one) => writtenBy(data, ...one).map((side) => side.map(({{ name }}) => data.names[name]))),
  peaks: [...data.peaks],
}}));
"""
BINARY = ("peak_values", "passage_names", "passage_levels", "written_names", "written_values", "scores")
VOCAB, LAYERS, NEURONS = 13, 2, 10
TEXTS = [torch.arange(20) % VOCAB, torch.tensor([3, 1, 4]), torch.tensor([9, 2, 6, 5]), torch.tensor([8])]


def make_model(**changes: object) -> Transformer:
    config = dict(vocab_size=VOCAB, n_layers=LAYERS, n_heads=2, d_model=8, d_hidden=NEURONS, init_std=0.5)
    return Transformer(TransformerConfig(**{**config, **changes}), torch.Generator().manual_seed(0))


def name(token: int) -> str:
    return f"t{token}"


@pytest.fixture(scope="module")
def model() -> Transformer:
    return make_model()


@pytest.fixture(scope="module")
def seen(model) -> Survey:
    return survey(model, TEXTS, n_passages=3)


def make(seen: Survey, model: nn.Module, **options: object) -> FeedForwardNeurons:
    return FeedForwardNeurons(seen, model, **{"decode": name, "top": 4, **options})


@pytest.fixture(scope="module")
def page(seen, model) -> dict:
    """What the page reads."""
    figure = make(seen, model)
    state = {trait: getattr(figure, trait) for trait in ("shape", "names", "score_names")}
    state["binary"] = {trait: base64.b64encode(getattr(figure, trait)).decode() for trait in BINARY}
    return json.loads(run("node", "--input-type=module", "-e", READ_IN_NODE, stdin=json.dumps(state)))


def test_the_page_shows_the_passages_of_the_survey_and_nothing_where_the_text_is_over(page, seen):
    for layer, neuron in np.ndindex(LAYERS, NEURONS):
        for tokens, passage in zip(seen.passages[layer, neuron].tolist(), page["passages"][layer][neuron], strict=True):
            assert [word["word"] for word in passage] == [name(token) for token in tokens if token != OUTSIDE]
            places = [place for place, token in enumerate(tokens) if token != OUTSIDE]
            assert [word["peak"] for word in passage] == [place == BEFORE for place in places]


def test_the_shares_of_the_page_are_the_activations_within_a_hundredth_of_the_peak(page, seen):
    for layer, neuron in np.ndindex(LAYERS, NEURONS):
        peak = float(seen.peak[layer, neuron])
        assert page["peaks"][layer * NEURONS + neuron] == pytest.approx(peak, rel=1e-3)
        if peak < 0.05:
            continue
        inside = seen.passages[layer, neuron] != OUTSIDE
        wanted = (seen.levels[layer, neuron][inside] / peak).clamp(0, 1)
        shown = torch.tensor([float(word["share"]) for passage in page["passages"][layer][neuron] for word in passage])
        torch.testing.assert_close(shown, wanted, rtol=0, atol=0.01)


def test_the_page_names_what_each_neuron_raises_and_lowers_most(page, model):
    written = neurons.writes(model)
    for layer, neuron in np.ndindex(LAYERS, NEURONS):
        raised, lowered = page["written"][layer][neuron]
        order = written[layer, neuron].argsort(descending=True)
        assert raised == [name(int(i)) for i in order[:4]]
        assert lowered == [name(int(i)) for i in order.flip(0)[:4]]


def test_it_opens_with_the_loudest_neuron_of_the_layer_unless_told(seen, model):
    loudest = seen.peak[1].argmax()
    figure = make(seen, model, layer=1)
    assert (figure.layer, figure.neuron) == (1, int(loudest))
    told = make(seen, model, layer=1, neuron=3)
    assert (told.layer, told.neuron) == (1, 3)


def test_python_chooses_the_neuron_and_is_held_to_neurons_that_exist(seen, model):
    figure = make(seen, model)
    figure.layer, figure.neuron = 1, 9
    for trait, value in {"layer": LAYERS, "neuron": NEURONS}.items():
        with pytest.raises(ValueError, match=f"{trait} {value} does not exist: there are"):
            setattr(figure, trait, value)
    with pytest.raises(ValueError, match="layer 5 does not exist: there are 2, from 0 to 1"):
        make(seen, model, layer=5)


def test_the_description_says_what_the_chosen_neuron_fires_on_and_writes(seen, model):
    figure = make(seen, model, layer=0, neuron=2)
    word = name(int(seen.passages[0, 2, 0, BEFORE]))
    written = neurons.writes(model)[0, 2]
    assert figure.description == (
        f"20 neurons in 2 layers, on 4 texts of 28 tokens: L0 · 2 fires hardest on “{word}”, raises "
        f"“{name(int(written.argmax()))}” most and lowers “{name(int(written.argmin()))}” most."
    )


def test_the_same_survey_gives_the_same_figure(seen, model):
    first, second = (make(seen, model) for _ in range(2))
    states = [
        {k: v for k, v in one.get_state().items() if k not in ("layout", "_anywidget_id")} for one in (first, second)
    ]
    assert states[0] == states[1]
    assert first.poster() == second.poster()
    assert first.model_id[:24] == second.model_id[:24]


def test_the_output_is_a_live_figure_with_a_picture_and_a_sentence_for_where_it_cannot_live(seen, model):
    figure = make(seen, model)
    data, metadata = figure._repr_mimebundle_()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == figure.model_id
    assert data["text/plain"] == figure.description == metadata["image/png"]["alt"]
    picture = base64.b64decode(data["image/png"])
    assert min(Image.open(io.BytesIO(picture)).size) > 80 and len(picture) <= 30_000


def test_words_are_kept_as_they_are(seen, model):
    hostile = ["<img src=x onerror=alert(1)>", "", "\u202eevil", "\n", "龍"]
    figure = make(seen, model, decode=lambda token: hostile[token % 5])
    assert figure.names == [hostile[token % 5] for token in range(VOCAB)]
    assert figure.poster().startswith(b"\x89PNG")


def test_a_score_of_ones_own_orders_the_neurons(seen, model):
    own = torch.arange(LAYERS * NEURONS).reshape(LAYERS, NEURONS).float()
    figure = make(seen, model, scores={"mine": own})
    assert figure.score_names == ["mine"]
    assert np.frombuffer(figure.scores, "<f4").tolist() == own.flatten().tolist()


WRONG_CALLS = {
    "the survey has 2 layers of 10 neurons, the model 2 of 9": lambda r, m: make(r, make_model(d_hidden=9)),
    "the survey holds the token 12, but the model's vocabulary has 12": lambda r, m: make(r, make_model(vocab_size=12)),
    "top is 14, but the vocabulary has 13 tokens": lambda r, m: make(r, m, top=14),
    r"the score 'mine' has shape \(2,\); it needs one number a neuron: \(2, 10\)": lambda r, m: make(
        r, m, scores={"mine": [1.0, 2.0]}
    ),
    "the score 'mine' holds a number that is not finite": lambda r, m: make(
        r, m, scores={"mine": torch.full((LAYERS, NEURONS), torch.nan)}
    ),
    "scores is empty": lambda r, m: make(r, m, scores={}),
}


@pytest.mark.parametrize("message", WRONG_CALLS)
def test_a_wrong_call_is_told_the_two_things_that_disagree(seen, model, message):
    with pytest.raises(ValueError, match=message):
        WRONG_CALLS[message](seen, model)


def test_a_vocabulary_that_two_bytes_cannot_count_is_refused(seen, model, monkeypatch):
    monkeypatch.setattr("lmkit.widgets.feed_forward_neurons.MOST", 12)
    with pytest.raises(ValueError, match="the vocabulary has 13 tokens, but the figure takes 12 at most"):
        make(seen, model)
